"""Who parks here, and what do they drive?"""

from django.db import models

from dashboards.businesses.parking.models.record import Record


class Cliente(Record):
    """Somebody who owns cars. `usuario_id` is the user id in their tokens: alerts of their own go there."""

    nombre = models.CharField("nombre", max_length=200)
    correo = models.EmailField("correo", blank=True, default="", db_default="")
    telefono = models.CharField("teléfono", max_length=40, blank=True, default="", db_default="")
    usuario_id = models.CharField(
        "id de usuario", max_length=64, blank=True, default="", db_default="",
        help_text="El de sus tokens; vacío: no recibe avisos propios.",
    )  # fmt: skip

    class Meta(Record.Meta):
        db_table = "parking_cliente"
        verbose_name = "cliente"
        verbose_name_plural = "clientes"
        ordering = ["nombre", "pk"]

    def __str__(self) -> str:
        return self.nombre


class Vehiculo(Record):
    """A car, known by its plate."""

    placa = models.CharField("placa", max_length=32)
    cliente = models.ForeignKey(
        Cliente, models.SET_NULL, null=True, blank=True, related_name="vehiculos", verbose_name="cliente"
    )

    class Meta(Record.Meta):
        db_table = "parking_vehiculo"
        verbose_name = "vehículo"
        verbose_name_plural = "vehículos"
        ordering = ["placa"]
        constraints = [
            *Record.Meta.constraints,
            models.UniqueConstraint(fields=["negocio", "placa"], name="parking_one_vehiculo_per_placa"),
        ]

    def __str__(self) -> str:
        return self.placa
