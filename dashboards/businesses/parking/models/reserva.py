"""Who is promised a space, and for when?"""

from django.db import models
from django.db.models import F, Q

from dashboards.businesses.parking.models.people import Cliente, Vehiculo
from dashboards.businesses.parking.models.record import Record
from dashboards.businesses.parking.models.spaces import Espacio


class Reserva(Record):
    """A space kept for a client for a time."""

    class Estado(models.TextChoices):
        PENDIENTE = "pendiente", "Pendiente"
        CONFIRMADA = "confirmada", "Confirmada"
        CUMPLIDA = "cumplida", "Cumplida"
        CANCELADA = "cancelada", "Cancelada"
        VENCIDA = "vencida", "Vencida"

    espacio = models.ForeignKey(Espacio, models.CASCADE, related_name="reservas", verbose_name="espacio")
    cliente = models.ForeignKey(Cliente, models.CASCADE, related_name="reservas", verbose_name="cliente")
    vehiculo = models.ForeignKey(
        Vehiculo, models.SET_NULL, null=True, blank=True, related_name="reservas", verbose_name="vehículo"
    )
    desde = models.DateTimeField("desde")
    hasta = models.DateTimeField("hasta")
    estado = models.CharField(
        "estado", max_length=16, choices=Estado.choices, default=Estado.PENDIENTE, db_default=Estado.PENDIENTE
    )

    class Meta(Record.Meta):
        db_table = "parking_reserva"
        verbose_name = "reserva"
        verbose_name_plural = "reservas"
        ordering = ["-desde", "-pk"]
        # For those who look what begins or ends soon.
        indexes = [models.Index(fields=["estado", "hasta"], name="parking_reserva_ends")]
        constraints = [
            *Record.Meta.constraints,
            models.CheckConstraint(
                condition=Q(hasta__gt=F("desde")), name="parking_reserva_ends_after_it_begins",
                violation_error_message="Tiene que terminar después de empezar.",
            ),
            models.CheckConstraint(
                condition=Q(estado__in=["pendiente", "confirmada", "cumplida", "cancelada", "vencida"]),
                name="parking_reserva_known_estado",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.espacio}: {self.cliente}"
