"""Does code in this process tell a marketplace's people what it says, and in its own transaction?"""

from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from dashboards.businesses.marketplace.models import Order, Product, Seller
from dashboards.businesses.marketplace.payloads import OrderPayload, ProductPayload
from dashboards.models import Negocio
from notifications.marketplace import CannotBeTold, NoMarketplace, broadcast, send_order_update, send_product_update
from notifications.models import Event
from notifications.signals import told

pytestmark = pytest.mark.django_db

ORDER = OrderPayload(5, "2025-11-10T15:30:00Z", "paid", 15.5, "pickup", 3, None, None, None)
PRODUCT = ProductPayload(8, 9, None, None, None, "Queso", 4.5, 12)


@pytest.fixture
def shop(settings: Any) -> Negocio:
    settings.DEFAULT_NEGOCIO = {"marketplace": "tienda"}
    return Negocio.objects.create(code="tienda", name="Tienda", kind="marketplace")


def stored() -> list[tuple[int, str, str, Any]]:
    rows = Event.objects.exclude(topic="events").order_by("id")
    return list(rows.values_list("negocio_id", "topic", "type", "data"))


def test_an_order_is_told_to_its_user(shop: Negocio) -> None:
    row = Order.objects.create(negocio=shop, external_id=5, status="paid", total_amount=Decimal("15.50"))
    Event.objects.all().delete()
    for order in (row, ORDER, {"order_id": 5, "status": "paid"}):
        send_order_update(7, order)
    events = stored()
    assert [(topic, type) for _, topic, type, _ in events] == 3 * [
        ("user:7", "order_updated"),
        ("room:user-7", "order_updated"),
    ]
    assert events[0][3].keys() == events[2][3].keys() == {"order_id", "status", "total_amount", "order_date"}
    assert (events[0][3]["order_id"], events[0][3]["total_amount"]) == (5, 15.5)
    assert events[4][3] == {"order_id": 5, "status": "paid"}


def test_a_product_is_told_in_a_room(shop: Negocio) -> None:
    seller = Seller.objects.create(negocio=shop, name="Ana", external_id=9)
    row = Product.objects.create(
        negocio=shop, seller=seller, name="Queso", external_id=8, price=Decimal("4.5"), stock=12
    )
    Event.objects.all().delete()
    for product in (row, PRODUCT, {"product_id": 8, "más": [1]}):
        send_product_update("seller-9", product)
    events = stored()
    assert [(topic, type) for _, topic, type, _ in events] == 3 * [("room:seller-9", "product_updated")]
    assert [data["product_id"] for *_, data in events] == [8, 8, 8]
    assert events[1][3] == {"product_id": 8, "seller_id": 9, "product_name": "Queso", "price": 4.5, "stock": 12}
    assert events[0][3].items() >= events[1][3].items()


@pytest.mark.parametrize("data", [{"a": 1}, [], None, "texto", 5])
def test_any_event_is_told_in_any_room(shop: Negocio, data: Any) -> None:
    broadcast("broadcast", "promocion", data)
    assert stored() == [(shop.pk, "room:broadcast", "promocion", data)]


def test_a_typed_payload_is_told_as_its_document(shop: Negocio) -> None:
    broadcast("admins", "PRODUCT_CREATED", PRODUCT)
    assert stored()[0][3] == PRODUCT.document()


def test_what_is_rolled_back_is_told_nobody(shop: Negocio) -> None:
    with transaction.atomic():
        broadcast("broadcast", "promocion", {})
        transaction.set_rollback(True)
    assert stored() == []


def test_the_sequencer_is_woken(shop: Negocio) -> None:
    heard: list[Any] = []

    def hear(**said: Any) -> None:
        heard.append(said["sender"])

    told.connect(hear)
    try:
        broadcast("broadcast", "promocion", {})
    finally:
        told.disconnect(hear)
    assert heard == ["marketplace"]


def test_rows_say_whose_they_are(shop: Negocio) -> None:
    other = Negocio.objects.create(code="otra", name="Otra", kind="marketplace")
    row = Order.objects.create(negocio=other, status="paid")
    Event.objects.all().delete()
    send_order_update(7, row)
    broadcast("r", "e", {}, negocio="otra")
    broadcast("r", "e", {}, negocio=other)
    assert {negocio for negocio, *_ in stored()} == {other.pk}
    with pytest.raises(NoMarketplace):
        send_order_update(7, row, negocio="tienda")


def test_without_a_marketplace_nothing_is_told(settings: Any) -> None:
    settings.DEFAULT_NEGOCIO = {"marketplace": "fila"}
    queue = Negocio.objects.create(code="fila", name="Fila", kind="citas")
    for named in (None, "fila", "nadie", queue):
        with pytest.raises(NoMarketplace):
            broadcast("broadcast", "promocion", {}, negocio=named)


@pytest.mark.parametrize(("room", "event"), [("", "e"), ("r", ""), ("r" * 200, "e"), ("r", "e" * 101), ("a\0", "e")])
def test_what_has_no_name_is_an_error(shop: Negocio, room: str, event: str) -> None:
    with pytest.raises(CannotBeTold):
        broadcast(room, event, {})
    with pytest.raises(CannotBeTold):
        send_order_update("", {})
