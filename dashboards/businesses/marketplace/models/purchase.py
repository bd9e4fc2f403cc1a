"""What goes with an order: what was chosen before it, how it is paid, and how it gets there?"""

from django.core.validators import MinValueValidator
from django.db import models

from dashboards.businesses.marketplace.models.people import Client
from dashboards.businesses.marketplace.models.product import Product
from dashboards.businesses.marketplace.models.record import Known, money, text


class PaymentMethod(Known):
    """A way to pay."""

    name = models.CharField("nombre", max_length=120)
    details = text("detalles", 500)

    class Meta(Known.Meta):
        verbose_name = "forma de pago"
        verbose_name_plural = "formas de pago"
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name


class Cart(Known):
    """A product that a client has chosen and how many of it, until it is ordered."""

    class Status(models.TextChoices):
        ACTIVE = "active", "Abierto"
        ORDERED = "ordered", "Pedido"
        ABANDONED = "abandoned", "Abandonado"

    client = models.ForeignKey(Client, models.CASCADE, related_name="carts", verbose_name="cliente")
    product = models.ForeignKey(Product, models.CASCADE, related_name="+", verbose_name="producto")
    quantity = models.PositiveIntegerField("cantidad", default=1, db_default=1, validators=[MinValueValidator(1)])
    status = models.CharField(
        "estado", max_length=32, choices=Status.choices, default=Status.ACTIVE, db_default=Status.ACTIVE
    )

    class Meta(Known.Meta):
        verbose_name = "carrito"
        verbose_name_plural = "carritos"
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"Carrito {self.wire_id}"


class Delivery(Known):
    """How something gets to a client: where to, when, by whom."""

    class Status(models.TextChoices):
        PENDING = "pending", "Pendiente"
        IN_TRANSIT = "in_transit", "En camino"
        DELIVERED = "delivered", "Entregada"

    product = models.ForeignKey(
        Product, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="producto"
    )
    address = text("dirección", 300)
    city = text("ciudad", 120)
    status = models.CharField(
        "estado", max_length=32, choices=Status.choices, default=Status.PENDING, db_default=Status.PENDING
    )
    estimated_time = models.DateTimeField("llegada estimada", null=True, blank=True)
    person = text("repartidor")
    cost = money("costo", blank=True)
    phone = text("teléfono", 40)

    class Meta(Known.Meta):
        verbose_name = "entrega"
        verbose_name_plural = "entregas"
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.address}, {self.city}".strip(", ") or f"Entrega {self.wire_id}"
