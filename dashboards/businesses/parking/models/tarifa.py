"""What does parking cost?"""

from django.db import models

from dashboards.businesses.parking.models.record import Record, money


class Tarifa(Record):
    """Prices per hour and per day; domain.charge says when which applies. The newest active one is in force."""

    nombre = models.CharField("nombre", max_length=80)
    precio_hora = money("precio por hora")
    precio_dia = money("precio por día")
    activa = models.BooleanField("activa", default=True, db_default=True)

    class Meta(Record.Meta):
        db_table = "parking_tarifa"
        verbose_name = "tarifa"
        verbose_name_plural = "tarifas"
        ordering = ["nombre", "pk"]

    def __str__(self) -> str:
        return self.nombre
