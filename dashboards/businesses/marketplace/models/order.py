"""Who ordered what, how is it paid and brought, and how far is it?"""

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from dashboards.businesses.marketplace.models.people import Client
from dashboards.businesses.marketplace.models.product import Product
from dashboards.businesses.marketplace.models.purchase import Cart, Delivery, PaymentMethod
from dashboards.businesses.marketplace.models.record import Known, Record, money
from dashboards.rollups.declaring import RollUp
from dashboards.rollups.levels import Level, by_instant


class Status(models.TextChoices):
    """How far an order is. Teams have words of their own beside these, which are counted too."""

    PENDING = "pending", "Pendiente"
    CONFIRMED = "confirmed", "Confirmado"
    PROCESSING = "processing", "En preparación"
    SHIPPED = "shipped", "Enviado"
    DELIVERED = "delivered", "Entregado"
    CANCELLED = "cancelled", "Cancelado"


class Order(Known):
    """One purchase of one client, of any number of sellers. It earns once it is confirmed, unless it is cancelled."""

    Status = Status

    class DeliveryType(models.TextChoices):
        DELIVERY = "delivery", "A domicilio"
        PICKUP = "pickup", "Retiro en tienda"

    order_date = models.DateTimeField("fecha", default=timezone.now, db_default=Now())
    status = models.CharField(
        "estado", max_length=32, choices=Status.choices, default=Status.PENDING, db_default=Status.PENDING
    )
    total_amount = money("total")
    delivery_type = models.CharField(
        "tipo de entrega", max_length=32, choices=DeliveryType.choices,
        default=DeliveryType.DELIVERY, db_default=DeliveryType.DELIVERY,
    )  # fmt: skip
    client = models.ForeignKey(
        Client, models.SET_NULL, null=True, blank=True, related_name="orders", verbose_name="cliente"
    )
    cart = models.ForeignKey(
        Cart, models.SET_NULL, null=True, blank=True, related_name="orders", verbose_name="carrito"
    )  # fmt: skip
    payment_method = models.ForeignKey(
        PaymentMethod, models.SET_NULL, null=True, blank=True, related_name="orders", verbose_name="forma de pago"
    )
    delivery = models.ForeignKey(
        Delivery, models.SET_NULL, null=True, blank=True, related_name="orders", verbose_name="entrega"
    )

    class Meta(Known.Meta):
        verbose_name = "pedido"
        verbose_name_plural = "pedidos"
        ordering = ["-order_date", "-pk"]
        indexes = [
            models.Index(
                fields=["negocio", "status"], include=["order_date", "total_amount", "id"],
                name="marketplace_order_sums",
            ),
            models.Index(fields=["negocio", "-order_date", "-id"], name="marketplace_order_recent"),
        ]  # fmt: skip
        constraints = [
            *Known.Meta.constraints,
            RollUp(
                name="marketplace_order_tally",
                levels={
                    "status": Level(word="status", amount="total_amount"),
                    **by_instant("order_date", word="status", amount="total_amount"),
                },
            ),
        ]

    def __str__(self) -> str:
        return f"{self.wire_id}: {self.get_status_display()}"


# In these an order earns nothing: not yet, and not any more.
UNEARNED = (Status.PENDING, Status.CANCELLED)
EARNED = ~models.Q(order__status__in=UNEARNED)
LINE_AMOUNT = models.F("quantity") * models.F("price")


class ProductOrder(Record):
    """One product of an order: how many, at which price a piece."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="lines", verbose_name="pedido")
    product = models.ForeignKey(Product, models.RESTRICT, related_name="lines", verbose_name="producto")
    quantity = models.PositiveIntegerField("cantidad", default=1, db_default=1, validators=[MinValueValidator(1)])
    price = money("precio por unidad")

    class Meta:
        verbose_name = "producto del pedido"
        verbose_name_plural = "productos de pedidos"
        indexes = [
            models.Index(
                fields=["negocio", "product"], include=["order", "quantity", "price"], name="marketplace_line_sums"
            )
        ]
        constraints = [
            RollUp(
                name="marketplace_line_tally",
                levels={
                    # In orders that earn: lines and income, and pieces.
                    "product": Level(number="product_id", where=EARNED, amount=LINE_AMOUNT),
                    "product_pieces": Level(number="product_id", where=EARNED, amount="quantity"),
                    # Orders, whatever became of them, and what they are worth; pieces in those that earn.
                    "seller": Level(
                        number="product__seller_id", word="order__status", distinct="order_id",
                        amount=LINE_AMOUNT,
                    ),
                    "seller_pieces": Level(number="product__seller_id", where=EARNED, amount="quantity"),
                },
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.quantity} × {self.product}"
