"""What did somebody bring in?"""

from django.db import models

from dashboards.businesses.repairs.models.people import Client
from dashboards.businesses.repairs.models.record import Known


class Equipment(Known):
    """One thing that can be repaired, whoever owns it."""

    name = models.CharField("nombre", max_length=200)
    brand = models.CharField("marca", max_length=120, blank=True, default="", db_default="")
    model = models.CharField("modelo", max_length=120, blank=True, default="", db_default="")
    category = models.CharField("categoría", max_length=120, blank=True, default="", db_default="")
    client = models.ForeignKey(
        Client, models.SET_NULL, null=True, blank=True, related_name="equipment", verbose_name="cliente"
    )

    class Meta(Known.Meta):
        db_table = "repairs_equipment"
        verbose_name = "equipo"
        verbose_name_plural = "equipos"
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name
