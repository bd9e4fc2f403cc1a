"""What does a bakery keep? What came out of the oven."""

from typing import ClassVar

from django.db import models

from dashboards.models import Owned


class Horneada(Owned):
    """One batch of one sort."""

    pan = models.CharField("pan", max_length=80)
    piezas = models.PositiveIntegerField("piezas")
    precio = models.DecimalField("precio", max_digits=8, decimal_places=2, default=0)

    objects: ClassVar[models.Manager["Horneada"]] = models.Manager()

    class Meta:
        verbose_name = "horneada"
        verbose_name_plural = "horneadas"

    def __str__(self) -> str:
        return f"{self.piezas} × {self.pan}"
