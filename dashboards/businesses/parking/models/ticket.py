"""Which car stands where since when, and what was paid for it?"""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from dashboards.businesses.parking.models.people import Vehiculo
from dashboards.businesses.parking.models.record import Record, money
from dashboards.businesses.parking.models.spaces import Espacio
from dashboards.businesses.parking.models.tarifa import Tarifa
from dashboards.rollups.declaring import RollUp
from dashboards.rollups.levels import by_instant


class Ticket(Record):
    """One stay of one car in one space; open while it has no `fecha_salida`."""

    # It stands first in an index below.
    espacio = models.ForeignKey(
        Espacio, models.RESTRICT, related_name="tickets", verbose_name="espacio", db_index=False
    )
    vehiculo = models.ForeignKey(Vehiculo, models.RESTRICT, related_name="tickets", verbose_name="vehículo")
    tarifa = models.ForeignKey(
        Tarifa, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="tarifa",
        help_text="Vacía: la que esté en vigor a la salida.",
    )  # fmt: skip
    fecha_ingreso = models.DateTimeField("ingreso", default=timezone.now, db_default=Now())
    fecha_salida = models.DateTimeField("salida", null=True, blank=True)
    vence = models.DateTimeField(
        "vence", null=True, blank=True, help_text="Hasta cuándo puede quedarse; vacío: sin límite. Se avisa antes."
    )

    class Meta(Record.Meta):
        db_table = "parking_ticket"
        verbose_name = "ticket"
        verbose_name_plural = "tickets"
        ordering = ["-fecha_ingreso", "-pk"]
        indexes = [
            models.Index(fields=["negocio"], condition=Q(fecha_salida__isnull=True), name="parking_open_tickets"),
            models.Index(fields=["espacio", "-fecha_ingreso", "-id"], name="parking_ticket_of_espacio"),
            models.Index(
                fields=["vence"],
                condition=Q(fecha_salida__isnull=True, vence__isnull=False),
                name="parking_ticket_ends",
            ),
        ]
        constraints = [
            *Record.Meta.constraints,
            models.UniqueConstraint(
                fields=["espacio"], condition=Q(fecha_salida__isnull=True), name="parking_one_open_ticket",
                violation_error_message="Este espacio ya tiene un ticket abierto.",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.wire_id}: {self.vehiculo}"


class Pago(Record):
    """Money received for a ticket."""

    class Metodo(models.TextChoices):
        EFECTIVO = "efectivo", "Efectivo"
        TARJETA = "tarjeta", "Tarjeta"
        TRANSFERENCIA = "transferencia", "Transferencia"

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="pagos", verbose_name="ticket")
    metodo = models.CharField(
        "método", max_length=32, choices=Metodo.choices, default=Metodo.EFECTIVO, db_default=Metodo.EFECTIVO
    )
    monto = money("monto")
    fecha_pago = models.DateTimeField("pagado", default=timezone.now, db_default=Now())

    class Meta(Record.Meta):
        db_table = "parking_pago"
        verbose_name = "pago"
        verbose_name_plural = "pagos"
        ordering = ["-fecha_pago", "-pk"]
        # All that the sums read, so that they come out of the index alone.
        indexes = [models.Index(fields=["negocio", "-fecha_pago", "-id"], include=["monto"], name="parking_pago_sums")]
        constraints = [
            *Record.Meta.constraints,
            RollUp(name="parking_pago_tally", levels=by_instant("fecha_pago", amount="monto")),
        ]

    def __str__(self) -> str:
        return f"{self.monto} ({self.metodo})"
