"""How is what is offered sorted, and in whose stock does it lie?"""

from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from dashboards.businesses.marketplace.models.people import Seller
from dashboards.businesses.marketplace.models.record import Known, text


class Category(Known):
    """A department of the marketplace."""

    name = models.CharField("nombre", max_length=200)
    description = models.TextField("descripción", blank=True, default="", db_default="")
    photo = text("foto", 500)

    class Meta(Known.Meta):
        verbose_name = "categoría"
        verbose_name_plural = "categorías"
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name


class SubCategory(Known):
    """A part of a category."""

    category = models.ForeignKey(
        Category, models.CASCADE, related_name="sub_categories", verbose_name="categoría"
    )  # fmt: skip
    name = models.CharField("nombre", max_length=200)
    description = models.TextField("descripción", blank=True, default="", db_default="")

    class Meta(Known.Meta):
        verbose_name = "subcategoría"
        verbose_name_plural = "subcategorías"
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name


class Inventory(Known):
    """A seller's stock; how much of each thing is there, the products say."""

    seller = models.ForeignKey(Seller, models.CASCADE, related_name="inventories", verbose_name="vendedor")
    updated_at = models.DateTimeField("actualizado", default=timezone.now, db_default=Now())

    class Meta(Known.Meta):
        verbose_name = "inventario"
        verbose_name_plural = "inventarios"
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"Inventario {self.wire_id}"
