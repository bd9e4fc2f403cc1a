"""How is something ordered, so that what isn't there can't be sold?"""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from dashboards.businesses.marketplace.models import Client, Order, Product, ProductOrder


class OutOfStock(Exception):
    """There are not so many pieces of this product, or it isn't offered."""

    def __init__(self, product: Product, wanted: int) -> None:
        self.product, self.wanted = product, wanted
        super().__init__(f"{wanted} pieces of {product} were wanted, {product.stock} are there ({product.status})")


@transaction.atomic
def place_order(client: Client, wanted: Mapping[Product, int], **fields: Any) -> Order:
    """A new order of so many pieces of each product, at today's prices; the pieces leave the stock.

    `fields` are further columns of the order. Raises OutOfStock, and then nothing has happened.
    """
    taken = _take(client.negocio_id, wanted)
    total = sum(product.price * pieces for product, pieces in taken.items())
    order = Order.objects.create(negocio_id=client.negocio_id, client=client, total_amount=total, **fields)
    ProductOrder.objects.bulk_create(
        ProductOrder(
            negocio_id=client.negocio_id, order=order, product=product, quantity=pieces, price=product.price
        )
        for product, pieces in taken.items()
    )  # fmt: skip
    return order


def _take(negocio_id: int, wanted: Mapping[Product, int]) -> dict[Product, int]:
    # Locked in the order of their keys, so that two orders of the same things can't each wait for the other.
    keys = [product.pk for product in wanted]
    locked = Product.objects.select_for_update().filter(negocio_id=negocio_id, pk__in=keys).order_by("pk")
    there = {product: product for product in locked}
    for product, pieces in wanted.items():
        now = there.get(product)
        if now is None or pieces < 1 or now.stock < pieces or now.status != Product.Status.ACTIVE:
            raise OutOfStock(now or product, pieces)
        now.stock -= pieces
    Product.objects.bulk_update(there, ["stock"])
    return {now: wanted[now] for now in there}
