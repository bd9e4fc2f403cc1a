"""What does a tour operator offer?"""

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Value

from dashboards.businesses.tourism.models.record import Record, price


class Destino(Record):
    """A place that tours go to."""

    class Estado(models.TextChoices):
        ACTIVO = "activo", "Activo"
        INACTIVO = "inactivo", "Inactivo"

    nombre = models.CharField("nombre", max_length=200)
    pais = models.CharField("país", max_length=80, blank=True, default="Ecuador", db_default="Ecuador")
    descripcion = models.TextField("descripción", blank=True, default="", db_default="")
    estado = models.CharField(
        "estado", max_length=16, choices=Estado.choices, default=Estado.ACTIVO, db_default=Estado.ACTIVO
    )

    class Meta(Record.Meta):
        verbose_name = "destino"
        verbose_name_plural = "destinos"
        ordering = ["nombre", "pk"]

    def __str__(self) -> str:
        return self.nombre


class Guia(Record):
    """Somebody who leads tours."""

    nombre = models.CharField("nombre", max_length=200)
    especialidad = models.CharField("especialidad", max_length=120, blank=True, default="", db_default="")
    idiomas = ArrayField(
        models.CharField(max_length=40), verbose_name="idiomas", default=list, blank=True,
        db_default=Value([], output_field=ArrayField(models.CharField(max_length=40))),
        help_text="Separados por comas.",
    )  # fmt: skip
    activo = models.BooleanField("activo", default=True, db_default=True)

    class Meta(Record.Meta):
        verbose_name = "guía"
        verbose_name_plural = "guías"
        ordering = ["nombre", "pk"]

    def __str__(self) -> str:
        return self.nombre


class Tour(Record):
    """A trip that can be booked, at its price per person."""

    nombre = models.CharField("nombre", max_length=200)
    descripcion = models.TextField("descripción", blank=True, default="", db_default="")
    destino = models.ForeignKey(
        Destino, models.SET_NULL, null=True, blank=True, related_name="tours", verbose_name="destino"
    )
    guia = models.ForeignKey(Guia, models.SET_NULL, null=True, blank=True, related_name="tours", verbose_name="guía")
    precio = price("precio por persona")
    horas = models.PositiveSmallIntegerField(
        "duración", default=8, db_default=8, validators=[MinValueValidator(1)], help_text="En horas."
    )
    activo = models.BooleanField("activo", default=True, db_default=True)

    class Meta(Record.Meta):
        verbose_name = "tour"
        verbose_name_plural = "tours"
        ordering = ["nombre", "pk"]

    def __str__(self) -> str:
        return self.nombre


class Servicio(Record):
    """Something that can be hired besides tours: a transfer, a meal, a night."""

    nombre = models.CharField("nombre", max_length=200)
    tipo = models.CharField("tipo", max_length=80, blank=True, default="", db_default="")
    precio = price("precio")
    activo = models.BooleanField("activo", default=True, db_default=True)

    class Meta(Record.Meta):
        verbose_name = "servicio"
        verbose_name_plural = "servicios"
        ordering = ["nombre", "pk"]

    def __str__(self) -> str:
        return self.nombre
