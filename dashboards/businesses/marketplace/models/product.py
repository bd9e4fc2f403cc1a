"""What is offered, by whom, for how much, and how much of it is left?"""

from django.core.validators import MinValueValidator
from django.db import models

from dashboards.businesses.marketplace.models.catalogue import Category, Inventory, SubCategory
from dashboards.businesses.marketplace.models.people import Seller
from dashboards.businesses.marketplace.models.record import Known, money, text
from dashboards.rollups.declaring import RollUp
from dashboards.rollups.levels import Level


class Product(Known):
    """Something that a seller offers; clients see it while it is active."""

    class Status(models.TextChoices):
        PENDING = "pending", "Por aprobar"
        ACTIVE = "active", "Activo"
        REJECTED = "rejected", "Rechazado"
        INACTIVE = "inactive", "Inactivo"

    seller = models.ForeignKey(Seller, models.CASCADE, related_name="products", verbose_name="vendedor")
    inventory = models.ForeignKey(
        Inventory, models.SET_NULL, null=True, blank=True, related_name="products", verbose_name="inventario"
    )
    category = models.ForeignKey(
        Category, models.SET_NULL, null=True, blank=True, related_name="products", verbose_name="categoría"
    )
    sub_category = models.ForeignKey(
        SubCategory, models.SET_NULL, null=True, blank=True, related_name="products", verbose_name="subcategoría"
    )
    name = models.CharField("nombre", max_length=200)
    description = models.TextField("descripción", blank=True, default="", db_default="")
    price = money("precio")
    stock = models.IntegerField("existencias", default=0, db_default=0, validators=[MinValueValidator(0)])
    status = models.CharField(
        "estado", max_length=16, choices=Status.choices, default=Status.PENDING, db_default=Status.PENDING
    )
    image_url = text("imagen", 500)

    class Meta(Known.Meta):
        verbose_name = "producto"
        verbose_name_plural = "productos"
        ordering = ["name", "pk"]
        indexes = [
            models.Index(fields=["negocio", "seller", "status"], name="marketplace_product_seller"),
            models.Index(
                fields=["negocio", "stock"], condition=models.Q(status="active"), name="marketplace_product_stock"
            ),
        ]
        constraints = [
            *Known.Meta.constraints,
            models.CheckConstraint(
                condition=models.Q(status__in=["pending", "active", "rejected", "inactive"]),
                name="marketplace_product_known_status",
            ),
            RollUp(
                name="marketplace_product_tally",
                levels={"status": Level(word="status"), "seller": Level(number="seller_id", word="status")},
            ),
        ]

    def __str__(self) -> str:
        return self.name
