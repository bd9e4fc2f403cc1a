"""Which row changes does a repair shop tell people about, and as what?"""

from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.db.migrations.loader import MigrationLoader

from dashboards.businesses.repairs.events import STATES
from dashboards.businesses.repairs.kind import KIND
from dashboards.businesses.repairs.models import Person, RepairOrder
from dashboards.businesses.repairs.tests.shop import Shop
from dashboards.models import Change, Negocio
from dashboards.triggers import WatchTable


def told(negocio: Negocio) -> list[str]:
    """The events that the changes since the last call mean, in their order."""
    changes = Change.objects.filter(negocio_id=negocio.pk).order_by("pk")
    events = [
        rule.event
        for change in changes
        for row in change.rows or ()
        for rule in KIND.events
        if rule.model._meta.db_table == change.source
        and rule.operation == change.operation
        and rule.when(row["old"], row["new"])
    ]
    changes.delete()
    return events


@pytest.fixture
def order(shop: Shop) -> RepairOrder:
    order = shop.order(client=shop.client())
    shop.detail(order, shop.service(), technician=shop.technician())
    Change.objects.all().delete()
    return order


def test_a_new_order_is_told_once(shop: Shop, other: Shop) -> None:
    shop.order("DELIVERED")
    assert told(shop.negocio) == ["REPAIR_ORDER_CREATED"]
    assert told(other.negocio) == []


@pytest.mark.parametrize(
    ("old", "new", "event"),
    [
        ("IN_REVIEW", "IN_REPAIR", "REPAIR_ORDER_UPDATED"),
        ("READY", "DELIVERED", "REPAIR_ORDER_COMPLETED"),
        ("IN_REVIEW", "DELIVERED", "REPAIR_ORDER_COMPLETED"),
        ("DELIVERED", "IN_REPAIR", "REPAIR_ORDER_UPDATED"),
    ],
)
def test_an_order_that_moves_is_told_as_what_it_became(
    shop: Shop, order: RepairOrder, old: str, new: str, event: str
) -> None:
    RepairOrder.objects.update(status=old)
    told(shop.negocio)
    RepairOrder.objects.update(status=new)
    assert told(shop.negocio) == [event]


def test_a_delivered_order_that_is_edited_is_not_delivered_again(shop: Shop, order: RepairOrder) -> None:
    RepairOrder.objects.update(status="DELIVERED")
    told(shop.negocio)
    RepairOrder.objects.update(diagnosis="Fusible")
    assert told(shop.negocio) == ["REPAIR_ORDER_UPDATED"]


def test_a_save_that_changes_nothing_is_told_nobody(shop: Shop, order: RepairOrder) -> None:
    RepairOrder.objects.update(status=order.status)
    assert told(shop.negocio) == []


def test_a_deleted_order_is_told_once_with_all_its_lines(shop: Shop, order: RepairOrder) -> None:
    order.delete()
    assert told(shop.negocio) == ["REPAIR_ORDER_DELETED"]


def test_an_order_that_changes_hands_is_gone_here_and_new_there(shop: Shop, other: Shop, order: RepairOrder) -> None:
    RepairOrder.objects.update(negocio=other.negocio, status="DELIVERED")
    assert told(shop.negocio) == ["REPAIR_ORDER_DELETED"]
    assert told(other.negocio) == ["REPAIR_ORDER_CREATED"]


@pytest.mark.parametrize(
    ("make", "events"),
    [
        (lambda shop: shop.client(), ["USER_CREATED"]),
        (lambda shop: shop.technician(), ["TECHNICIAN_CREATED"]),
        (lambda shop: Person.objects.create(negocio=shop.negocio, name="Jefa", role="Admin"), []),
        (lambda shop: (shop.equipment(), shop.service()), []),
    ],
)
def test_new_people_are_told_by_their_role(shop: Shop, make: Callable[[Shop], Any], events: list[str]) -> None:
    make(shop)
    assert told(shop.negocio) == events


def test_one_change_is_never_two_events(shop: Shop, order: RepairOrder) -> None:
    states: list[Any] = [None, {"status": "READY"}, {"status": "DELIVERED"}]
    for operation in ("insert", "update", "delete"):
        for old, new in ((old, new) for old in states for new in states if old or new):
            rules = [rule for rule in KIND.events if rule.model is RepairOrder and rule.operation == operation]
            assert sum(rule.when(old, new) for rule in rules) == 1


def test_the_triggers_keep_the_columns_that_the_rules_read() -> None:
    migrations = MigrationLoader(None, ignore_no_migrations=True).disk_migrations
    watched: dict[Any, tuple[str, ...]] = {}
    for (app, _), migration in sorted(migrations.items()):
        for operation in migration.operations:
            if app == "repairs" and isinstance(operation, WatchTable):
                watched[apps.get_model("repairs", operation.model)] = operation.states
    assert {model: states for model, states in watched.items() if states} == STATES
