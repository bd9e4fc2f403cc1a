"""What does the shop offer to do?"""

from django.db import models

from dashboards.businesses.repairs.models.record import Known, money


class Service(Known):
    """Work that orders are made of, with its usual price."""

    name = models.CharField("nombre", max_length=200)
    description = models.TextField("descripción", blank=True, default="", db_default="")
    base_price = money("precio base", blank=True)

    class Meta(Known.Meta):
        db_table = "repairs_service"
        verbose_name = "servicio"
        verbose_name_plural = "servicios"
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name
