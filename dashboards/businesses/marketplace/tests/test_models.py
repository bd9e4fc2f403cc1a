"""Do the marketplace's tables keep what they promise, and is nothing sold twice?"""

import threading
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.models import RestrictedError

from dashboards.businesses.marketplace.models import Client, Order, Product, ProductOrder
from dashboards.businesses.marketplace.ordering import OutOfStock, place_order
from dashboards.businesses.marketplace.tests.shop import Shop
from dashboards.models import Negocio


def test_a_row_that_links_to_another_negocio_is_not_clean(shop: Shop, other: Shop) -> None:
    with pytest.raises(ValidationError, match="otro negocio") as raised:
        shop.order(client=other.client()).full_clean()
    assert set(raised.value.message_dict) == {"client"}
    with pytest.raises(ValidationError) as raised:
        shop.line(other.order(), other.product()).full_clean()
    assert set(raised.value.message_dict) == {"order", "product"}


def test_a_row_within_its_negocio_is_clean(shop: Shop) -> None:
    order = shop.order(client=shop.client())
    order.full_clean()
    shop.line(order, shop.product()).full_clean()


def test_an_external_id_is_unique_within_its_negocio_and_optional(shop: Shop, other: Shop) -> None:
    shop.order(external_id=1), other.order(external_id=1), shop.order(), shop.order()
    with pytest.raises(IntegrityError), transaction.atomic():
        shop.order(external_id=1)


def test_a_row_is_called_by_its_external_id_even_zero(shop: Shop) -> None:
    assert shop.order(external_id=0).wire_id == 0
    order = shop.order()
    assert order.wire_id == order.pk


def test_a_status_of_products_that_the_wire_does_not_know_is_refused(shop: Shop) -> None:
    shop.product()
    with pytest.raises(IntegrityError), transaction.atomic():
        Product.objects.update(status="lost")


def test_another_program_needs_to_name_what_has_no_default_only(shop: Shop) -> None:
    seller, negocio = shop.seller(), shop.negocio.pk
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO marketplace_order (negocio_id) VALUES (%s)", [negocio])
        cursor.execute("INSERT INTO marketplace_client (negocio_id, name) VALUES (%s, 'Ana')", [negocio])
        cursor.execute(
            "INSERT INTO marketplace_product (negocio_id, seller_id, name) VALUES (%s, %s, 'Gorro')",
            [negocio, seller.pk],
        )
        cursor.execute(
            "INSERT INTO marketplace_productorder (negocio_id, order_id, product_id)"
            " SELECT %s, o.id, p.id FROM marketplace_order o, marketplace_product p",
            [negocio],
        )
        cursor.execute("INSERT INTO marketplace_message (negocio_id) VALUES (%s)", [negocio])
    order, line = Order.objects.get(), ProductOrder.objects.get()
    assert (order.status, order.total_amount, order.delivery_type) == ("pending", Decimal(0), "delivery")
    assert (line.quantity, line.price, line.product.status) == (1, Decimal(0), "pending")


def test_history_keeps_its_products_but_outlives_clients(shop: Shop) -> None:
    order = shop.order(client=shop.client())
    line = shop.line(order, shop.product())
    with pytest.raises(RestrictedError):
        line.product.delete()
    Client.objects.all().delete()
    order.refresh_from_db()
    assert order.client is None


def test_a_negocio_goes_with_all_its_rows(shop: Shop, other: Shop) -> None:
    for each in (shop, other):
        each.line(each.order(client=each.client()), each.product())
    shop.negocio.delete()
    assert [order.negocio for order in Order.objects.all()] == [other.negocio]


def test_an_order_takes_its_pieces_and_keeps_its_prices(shop: Shop) -> None:
    cap, scarf = shop.product(price="10.25", stock=3), shop.product(price="5", stock=5)
    order = place_order(shop.client(), {cap: 3, scarf: 1}, delivery_type="pickup")
    Product.objects.update(price=99)
    assert (order.total_amount, order.delivery_type) == (Decimal("35.75"), "pickup")
    lines = ProductOrder.objects.order_by("pk").values_list("product_id", "quantity", "price")
    assert list(lines) == [(cap.pk, 3, Decimal("10.25")), (scarf.pk, 1, Decimal(5))]
    assert dict(Product.objects.values_list("pk", "stock")) == {cap.pk: 0, scarf.pk: 4}


@pytest.mark.parametrize(
    ("make", "pieces"),
    [
        (lambda shop, other: shop.product(stock=1), 2),
        (lambda shop, other: shop.product(), 0),
        (lambda shop, other: shop.product(status="pending"), 1),
        (lambda shop, other: other.product(), 1),
    ],
)
def test_what_cannot_be_sold_is_refused_and_nothing_happens(
    shop: Shop, other: Shop, make: Callable[[Shop, Shop], Product], pieces: int
) -> None:
    good, bad = shop.product(stock=9), make(shop, other)
    with pytest.raises(OutOfStock) as raised:
        place_order(shop.client(), {good: 1, bad: pieces})
    assert (raised.value.product, raised.value.wanted) == (bad, pieces)
    good.refresh_from_db()
    assert (good.stock, Order.objects.count()) == (9, 0)


@pytest.mark.django_db(transaction=True)
def test_the_last_pieces_are_sold_once() -> None:
    shop = Shop(Negocio.objects.create(code="tienda", name="Tienda", kind="marketplace"))
    first, second, client = shop.product(stock=4), shop.product(stock=4), shop.client()
    sold: list[Any] = []

    def buy(wanted: dict[Product, int]) -> None:
        try:
            sold.append(place_order(client, wanted))
        except OutOfStock:
            sold.append(None)
        finally:
            connection.close()

    buyers = [
        threading.Thread(target=buy, args=({first: 1, second: 1} if place % 2 else {second: 1, first: 1},))
        for place in range(8)
    ]
    for buyer in buyers:
        buyer.start()
    for buyer in buyers:
        buyer.join()
    assert len(sold) == 8
    assert sum(order is not None for order in sold) == 4
    assert set(Product.objects.values_list("stock", flat=True)) == {0}
