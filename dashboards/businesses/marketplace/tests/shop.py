"""How does a test fill a marketplace in few words?"""

import datetime as dt
from decimal import Decimal
from itertools import count
from typing import Any

from dashboards.businesses.marketplace.kind import KIND
from dashboards.businesses.marketplace.models import (
    Category,
    Client,
    Inventory,
    Order,
    Product,
    ProductOrder,
    Seller,
    SubCategory,
)
from dashboards.metrics import Figure, Scope, compute
from dashboards.models import Negocio

_numbers = count(1)
MORNING = dt.datetime(2025, 11, 10, 15, 30, tzinfo=dt.UTC)  # 10:30 in Guayaquil


def figure(name: str, negocio: Negocio, now: dt.datetime | None = None) -> Figure:
    """The metric as it is (at `now`)."""
    return compute(KIND.metric(name), Scope([negocio.pk], now=now)).figures[negocio.pk]


def figures(*negocios: Negocio, now: dt.datetime | None = None) -> dict[str, dict[int, Figure]]:
    """Every metric of these negocios as it is (at `now`)."""
    scope = Scope([negocio.pk for negocio in negocios], now=now)
    return {metric.name: dict(compute(metric, scope).figures) for metric in KIND.metrics}


class Shop:
    """Makes saved rows in one negocio; what isn't said gets a plain value."""

    def __init__(self, negocio: Negocio) -> None:
        self.negocio = negocio

    def seller(self, name: str = "Sara", **fields: Any) -> Seller:
        return Seller.objects.create(negocio=self.negocio, name=name, **fields)

    def client(self, name: str = "Ana", **fields: Any) -> Client:
        return Client.objects.create(negocio=self.negocio, name=name, **fields)

    def category(self, name: str = "Moda", **fields: Any) -> Category:
        return Category.objects.create(negocio=self.negocio, name=name, **fields)

    def sub_category(self, category: Category, name: str = "Gorros", **fields: Any) -> SubCategory:
        return SubCategory.objects.create(negocio=self.negocio, category=category, name=name, **fields)

    def inventory(self, seller: Seller, **fields: Any) -> Inventory:
        return Inventory.objects.create(negocio=self.negocio, seller=seller, **fields)

    def product(self, name: str = "Gorro", price: str = "10", **fields: Any) -> Product:
        seller = fields.pop("seller", None) or self.seller()
        fields = {"status": "active", "stock": 20} | fields
        return Product.objects.create(negocio=self.negocio, seller=seller, name=name, price=Decimal(price), **fields)

    def order(self, status: str = "pending", total: str = "0", **fields: Any) -> Order:
        fields.setdefault("order_date", MORNING + dt.timedelta(minutes=next(_numbers)))
        return Order.objects.create(negocio=self.negocio, status=status, total_amount=Decimal(total), **fields)

    def line(self, order: Order, product: Product, quantity: int = 1, price: str | None = None) -> ProductOrder:
        each = product.price if price is None else Decimal(price)
        return ProductOrder.objects.create(
            negocio=self.negocio, order=order, product=product, quantity=quantity, price=each
        )
