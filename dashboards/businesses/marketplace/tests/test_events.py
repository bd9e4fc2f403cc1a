"""Which row changes does a marketplace tell people about, as what, and in which rooms?"""

import dataclasses
import datetime as dt
from typing import Any

import pytest
from django.apps import apps
from django.db.migrations.loader import MigrationLoader

from dashboards.businesses.marketplace.history import STATES
from dashboards.businesses.marketplace.kind import KIND
from dashboards.businesses.marketplace.models import Client, Message, Order, Product, ProductOrder, Seller
from dashboards.businesses.marketplace.ordering import place_order
from dashboards.businesses.marketplace.tests.shop import MORNING, Shop
from dashboards.kinds import RowChange, Telling
from dashboards.models import Change, Negocio
from dashboards.triggers import WatchTable


def told(negocio: Negocio) -> list[Telling]:
    """What the changes since the last call tell, in their order, as the journal asks for it."""
    changes = Change.objects.filter(negocio_id=negocio.pk).order_by("pk")
    tellings: list[Telling] = []
    for change in changes:
        for rule in KIND.events:
            if (rule.model._meta.db_table, rule.operation) == (change.source, change.operation):
                rows = [RowChange(**row) for row in change.rows or () if rule.when(row["old"], row["new"])]
                of_rule = rule.tell(rows) if rows and rule.tell else ()
                assert {telling.type for telling in of_rule} <= {rule.event}
                tellings += of_rule
    changes.delete()
    return tellings


def types(tellings: list[Telling]) -> list[str]:
    return [telling.type for telling in tellings]


def named(tellings: list[Telling], type: str) -> Telling:
    (found,) = (telling for telling in tellings if telling.type == type)
    return found


@pytest.fixture
def order(shop: Shop) -> Order:
    """Order 12 of client 3, of products of sellers 7 and 8."""
    client = shop.client(external_id=3)
    order = shop.order("pending", "35.50", external_id=12, client=client, order_date=MORNING)
    for number in (8, 7):
        seller = shop.seller(external_id=number)
        shop.line(order, shop.product(seller=seller, external_id=number * 10), 2)
    Change.objects.all().delete()
    return order


ROOMS_OF_12 = ("room:order-12", "room:client-3", "room:seller-7", "room:seller-8")


def test_a_new_order_is_told_to_those_who_have_to_do_with_it(shop: Shop, other: Shop) -> None:
    seller, client = shop.seller(external_id=7), shop.client(external_id=3)
    cap, scarf = shop.product(price="10.25", seller=seller, external_id=70), shop.product(seller=seller, external_id=71)
    told(shop.negocio)
    order = place_order(client, {cap: 2, scarf: 1}, external_id=12)
    tellings = told(shop.negocio)
    assert types(tellings) == [
        "inventory_updated", "inventory_updated", "order_created", "ADMIN_STATS_UPDATED", "SELLER_STATS_UPDATED",
    ]  # fmt: skip
    assert tellings[0] == Telling(
        "inventory_updated",
        {"product_id": 70, "inventory_id": None, "seller_id": 7, "stock": 18},
        topics=("room:seller-7",),
    )
    assert tellings[2:] == [
        Telling(
            "order_created",
            {
                "order_id": 12, "total_amount": 30.5, "status": "pending", "delivery_type": "delivery",
                "products_count": 2,
            },
            topics=("room:order-12", "room:client-3", "room:seller-7"),
            key=f"marketplace_order/{order.pk}/created",
        ),
        Telling(
            "ADMIN_STATS_UPDATED",
            {"metadata": {"order_id": 12, "status": "pending", "action": "created"}},
            topics=("room:admins",),
        ),
        Telling(
            "SELLER_STATS_UPDATED",
            {"seller_id": "7", "metadata": {"order_id": 12, "status": "pending", "action": "created"}},
            topics=("room:seller-7",),
        ),
    ]  # fmt: skip
    assert told(other.negocio) == []


def test_an_order_that_moves_is_told_as_it_then_was(shop: Shop, order: Order) -> None:
    Order.objects.update(status="confirmed")
    Order.objects.update(status="shipped", total_amount="40.00")
    tellings = told(shop.negocio)
    data = [telling.data for telling in tellings if telling.type == "order_updated"]
    at = "2025-11-10T15:30:00Z"
    assert data == [
        {"order_id": 12, "status": "confirmed", "total_amount": 35.5, "order_date": at},
        {"order_id": 12, "status": "shipped", "total_amount": 40, "order_date": at},
    ]
    assert {telling.topics for telling in tellings if telling.type == "order_updated"} == {ROOMS_OF_12}
    assert [telling for telling in tellings if telling.type == "SELLER_STATS_UPDATED"] == [
        Telling(
            "SELLER_STATS_UPDATED",
            {"seller_id": seller, "metadata": {"order_id": 12, "status": status, "action": "updated"}},
            topics=(f"room:seller-{seller}",),
        )
        for status in ("confirmed", "shipped")
        for seller in ("7", "8")
    ]


def test_a_status_that_comes_back_is_told_again(shop: Shop, order: Order) -> None:
    for status in ("confirmed", "pending", "confirmed"):
        Order.objects.update(status=status)
    updates = [telling for telling in told(shop.negocio) if telling.type == "order_updated"]
    assert [(telling.data["status"], telling.key) for telling in updates] == [
        ("confirmed", ""), ("pending", ""), ("confirmed", ""),
    ]  # fmt: skip


def test_an_order_that_is_gone_by_now_is_still_told(shop: Shop, order: Order) -> None:
    Order.objects.update(status="confirmed")
    order.delete()
    tellings = told(shop.negocio)
    updated = named(tellings, "order_updated")
    assert (updated.data["order_id"], updated.data["status"]) == (12, "confirmed")
    assert updated.topics == ("room:order-12", "room:client-3")
    deleted = [telling for telling in tellings if telling.data.get("metadata", {}).get("action") == "deleted"]
    nothing = {"order_id": None, "status": None, "action": "deleted"}
    gone = {"order_id": 12, "status": "confirmed", "action": "deleted"}
    assert sorted(((telling.type, telling.data) for telling in deleted), key=str) == [
        ("ADMIN_STATS_UPDATED", {"metadata": gone}),
        ("SELLER_STATS_UPDATED", {"seller_id": "7", "metadata": nothing}),
        ("SELLER_STATS_UPDATED", {"seller_id": "8", "metadata": nothing}),
    ]


def test_a_save_that_changes_nothing_is_told_nobody(shop: Shop, order: Order) -> None:
    order.save()
    assert told(shop.negocio) == []


def test_a_statement_over_many_lines_is_one_feed_for_each_seller_and_order(shop: Shop, order: Order) -> None:
    ProductOrder.objects.update(quantity=5)
    feeds = told(shop.negocio)
    assert [(feed.type, feed.data["seller_id"], feed.data["metadata"]["action"]) for feed in feeds] == [
        ("SELLER_STATS_UPDATED", "8", "updated"), ("SELLER_STATS_UPDATED", "7", "updated"),
    ]  # fmt: skip


def test_telling_many_costs_the_same_as_telling_one(
    shop: Shop, order: Order, django_assert_max_num_queries: Any
) -> None:
    seller = shop.seller()
    for _ in range(20):
        shop.line(shop.order(client=shop.client()), shop.product(seller=seller))
    Change.objects.all().delete()
    Order.objects.update(status="confirmed"), Product.objects.update(price=3)
    with django_assert_max_num_queries(18):  # two of the test's own
        assert len(told(shop.negocio)) == 21 + 21 + 22 + 2 * 22


def test_a_product_is_told_to_its_seller_and_the_administrators(shop: Shop) -> None:
    seller = shop.seller(external_id=7)
    category = shop.category(external_id=4)
    part, inventory = shop.sub_category(category, external_id=5), shop.inventory(seller, external_id=6)
    told(shop.negocio)
    product = shop.product(
        "Gorro", "11.50", seller=seller, category=category, sub_category=part, inventory=inventory,
        stock=3, external_id=70, description="De lana", image_url="gorro.jpg",
    )  # fmt: skip
    payload = {
        "id_product": 70, "id_seller": 7, "id_inventory": 6, "id_category": 4, "id_sub_category": 5,
        "product_name": "Gorro", "description": "De lana", "price": 11.5, "stock": 3, "image_url": "gorro.jpg",
    }  # fmt: skip
    both = ("room:admins", "room:seller-7")
    fact = f"marketplace_product/{product.pk}"
    assert told(shop.negocio) == [Telling("PRODUCT_CREATED", {"product": payload}, topics=both, key=f"{fact}/created")]

    Product.objects.update(status="inactive")
    update = {
        "product_id": 70, "seller_id": 7, "product_name": "Gorro", "price": 11.5, "stock": 3, "status": "inactive",
    }  # fmt: skip
    assert told(shop.negocio) == [
        Telling("product_updated", update, topics=("room:seller-7",)),
        Telling("PRODUCT_UPDATED", {"product": payload}, topics=both),
    ]

    Product.objects.update(stock=2)
    stock = {"product_id": 70, "inventory_id": 6, "seller_id": 7, "stock": 2}
    assert told(shop.negocio) == [Telling("inventory_updated", stock, topics=("room:seller-7",))]

    product.delete()
    assert told(shop.negocio) == [
        Telling("PRODUCT_DELETED", {"product_id": 70, "seller_id": 7}, topics=both, key=f"{fact}/deleted")
    ]


@pytest.mark.parametrize(
    ("fields", "events"),
    [
        ({"stock": 9}, ["inventory_updated"]),
        ({"stock": 9, "description": "Otra"}, ["product_updated", "PRODUCT_UPDATED", "inventory_updated"]),
        ({"description": "Otra"}, ["product_updated", "PRODUCT_UPDATED"]),
    ],
)
def test_what_sells_is_not_each_time_another_product(shop: Shop, fields: dict[str, Any], events: list[str]) -> None:
    shop.product()
    told(shop.negocio)
    Product.objects.update(**fields)
    assert types(told(shop.negocio)) == events


def test_a_product_whose_seller_went_with_it_is_told_by_the_sellers_key(shop: Shop) -> None:
    product = shop.product(seller=shop.seller())
    seller_id = product.seller_id
    told(shop.negocio)
    Seller.objects.all().delete()
    assert named(told(shop.negocio), "PRODUCT_DELETED").data == {"product_id": product.pk, "seller_id": seller_id}


def test_what_changes_hands_is_gone_here_and_new_there(shop: Shop, other: Shop, order: Order) -> None:
    Order.objects.update(negocio=other.negocio)
    Product.objects.filter(external_id=70).update(negocio=other.negocio)
    assert types(told(shop.negocio)) == ["ADMIN_STATS_UPDATED", "PRODUCT_DELETED"]
    assert types(told(other.negocio)) == ["order_created", "ADMIN_STATS_UPDATED", "PRODUCT_CREATED"]


def test_a_message_goes_to_its_room_or_to_its_one_reader(shop: Shop) -> None:
    make = {"negocio": shop.negocio, "sender": "3", "content": "¿Llega hoy?", "timestamp": MORNING}
    there = Message.objects.create(room="order-12", **make)
    alone = Message.objects.create(recipient="7", data={"order_id": 12}, **make)
    Message.objects.create(**make)
    wire = {"from": "3", "type": "text", "content": "¿Llega hoy?", "timestamp": "2025-11-10T15:30:00Z"}
    assert told(shop.negocio) == [
        Telling(
            "new_message", {**wire, "id": there.pk, "room": "order-12"}, "¿Llega hoy?",
            topics=("room:order-12",), key=f"marketplace_message/{there.pk}/created",
        ),
        Telling(
            "new_message", {**wire, "id": alone.pk, "to": "7", "data": {"order_id": 12}}, "¿Llega hoy?",
            user="7", key=f"marketplace_message/{alone.pk}/created",
        ),
    ]  # fmt: skip


def test_people_are_not_told_of_people(shop: Shop) -> None:
    shop.client(), shop.seller(), shop.category()
    Client.objects.update(name="Otra")
    assert told(shop.negocio) == []


def test_every_telling_fits_json_and_its_topics_are_rooms(shop: Shop, order: Order) -> None:
    Order.objects.update(order_date=dt.datetime(2025, 1, 1, tzinfo=dt.UTC))
    for telling in told(shop.negocio):
        assert dataclasses.asdict(telling)["type"]
        assert all(KIND.topic(topic.partition(":")[0]) for topic in telling.topics)


def test_the_triggers_keep_the_columns_that_the_rules_read() -> None:
    migrations = MigrationLoader(None, ignore_no_migrations=True).disk_migrations
    watched: dict[Any, tuple[str, ...]] = {}
    for (app, _), migration in sorted(migrations.items()):
        for operation in migration.operations:
            if app == "marketplace" and isinstance(operation, WatchTable):
                watched[apps.get_model("marketplace", operation.model)] = operation.states
    assert {model: states for model, states in watched.items() if states} == STATES
