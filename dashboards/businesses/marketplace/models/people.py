"""Who sells, and who buys?"""

from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from dashboards.businesses.marketplace.models.record import Known, text
from dashboards.rollups.declaring import RollUp
from dashboards.rollups.levels import Level


class Seller(Known):
    """Somebody who offers products."""

    name = models.CharField("nombre", max_length=200)
    email = models.EmailField("correo", blank=True, default="", db_default="")
    phone = text("teléfono", 40)
    business_name = text("nombre comercial")
    location = text("ubicación")
    created_at = models.DateTimeField("creado", default=timezone.now, db_default=Now())

    class Meta(Known.Meta):
        verbose_name = "vendedor"
        verbose_name_plural = "vendedores"
        ordering = ["name", "pk"]
        constraints = [*Known.Meta.constraints, RollUp(name="marketplace_seller_tally", levels={"all": Level()})]

    def __str__(self) -> str:
        return self.business_name or self.name


class Client(Known):
    """Somebody who orders."""

    name = models.CharField("nombre", max_length=200)
    email = models.EmailField("correo", blank=True, default="", db_default="")
    address = text("dirección", 300)
    phone = text("teléfono", 40)
    document_type = text("tipo de documento", 40)
    document_number = text("número de documento", 40)
    birth_date = models.DateField("fecha de nacimiento", null=True, blank=True)
    avatar_url = text("foto", 500)
    additional_addresses = models.JSONField(
        "otras direcciones", null=True, blank=True, help_text='Una lista, como ["Av. Amazonas 123"].'
    )
    created_at = models.DateTimeField("creado", default=timezone.now, db_default=Now())

    class Meta(Known.Meta):
        verbose_name = "cliente"
        verbose_name_plural = "clientes"
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name
