"""Where can a car stand, and may it?"""

from django.db import models

from dashboards.businesses.parking.models.record import Record


class Seccion(Record):
    """A part of the lot, called by a letter."""

    letra = models.CharField("letra", max_length=16)

    class Meta(Record.Meta):
        db_table = "parking_seccion"
        verbose_name = "sección"
        verbose_name_plural = "secciones"
        ordering = ["letra"]
        constraints = [
            *Record.Meta.constraints,
            models.UniqueConstraint(fields=["negocio", "letra"], name="parking_one_seccion_per_letra"),
        ]

    def __str__(self) -> str:
        return self.letra


class Espacio(Record):
    """A place for one car. Only `libre` counts as available; all else is occupied to those who count."""

    class Estado(models.TextChoices):
        LIBRE = "libre", "Libre"
        OCUPADO = "ocupado", "Ocupado"
        RESERVADO = "reservado", "Reservado"
        MANTENIMIENTO = "mantenimiento", "En mantenimiento"

    numero = models.CharField("número", max_length=32)
    seccion = models.ForeignKey(
        Seccion, models.SET_NULL, null=True, blank=True, related_name="espacios", verbose_name="sección"
    )
    estado = models.CharField(
        "estado", max_length=16, choices=Estado.choices, default=Estado.LIBRE, db_default=Estado.LIBRE
    )

    class Meta(Record.Meta):
        db_table = "parking_espacio"
        verbose_name = "espacio"
        verbose_name_plural = "espacios"
        ordering = ["seccion__letra", "numero", "pk"]
        indexes = [models.Index(fields=["negocio", "estado"], name="parking_espacio_estado")]
        constraints = [
            *Record.Meta.constraints,
            models.UniqueConstraint(fields=["negocio", "seccion", "numero"], name="parking_one_espacio_per_numero"),
            models.CheckConstraint(
                condition=models.Q(estado__in=["libre", "ocupado", "reservado", "mantenimiento"]),
                name="parking_espacio_known_estado",
            ),
        ]

    def __str__(self) -> str:
        return self.numero
