"""Do rows of a foreign file become repair orders, once and as fast as they should?"""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from dashboards.businesses.repairs import importing
from dashboards.businesses.repairs.importing import FIELDS, IMPORT
from dashboards.businesses.repairs.models import Client, Equipment, RepairOrder
from dashboards.businesses.repairs.tests.shop import Shop, figure
from dashboards.importing import BadRow
from dashboards.models import Change

PARSERS = {field.name: field.parse for field in FIELDS}


def row(external_id: str = "1", **texts: str) -> dict[str, Any]:
    """A row as the import hands it over: what the file says, parsed, and the defaults of the rest."""
    defaults = {field.name: field.default for field in FIELDS}
    said = {name: PARSERS[name](text) for name, text in {"external_id": external_id, **texts}.items()}
    return defaults | said


FULL = row(
    "restart_1", problem_description="No enciende", diagnosis="Fusible", status="delivered", created_at="2021-09-01",
    estimated_cost="20", final_cost="15.50", equipment_category="Laptop", brand="HP", model="Pavilion",
    client_name="Ana Torres",
)  # fmt: skip


def test_a_row_becomes_an_order_with_its_equipment_and_client(shop: Shop) -> None:
    assert IMPORT.write([(shop.negocio, FULL)]) == 1
    order = RepairOrder.objects.get()
    assert (order.external_id, order.status, order.final_cost) == ("restart_1", "DELIVERED", Decimal("15.50"))
    assert (order.problem_description, order.diagnosis) == ("No enciende", "Fusible")
    assert (order.equipment.name, order.equipment.brand, order.equipment.model) == ("Laptop", "HP", "Pavilion")
    assert order.client is not None
    assert order.client.full_name == "Ana Torres"
    assert order.equipment.client == order.client
    # Midnight in Guayaquil; who doesn't say when it was delivered repaired it while the client waited.
    assert order.created_at == order.delivered_at == dt.datetime(2021, 9, 1, 5, tzinfo=dt.UTC)


def test_a_row_that_says_little_becomes_an_order_in_review(shop: Shop) -> None:
    IMPORT.write([(shop.negocio, row())])
    order = RepairOrder.objects.get()
    assert (order.status, order.final_cost, order.client) == ("IN_REVIEW", Decimal(0), None)
    assert order.equipment.name == "Equipo"


def test_the_same_rows_again_write_nothing(shop: Shop) -> None:
    rows = [(shop.negocio, FULL), (shop.negocio, row("2", client_name="Ana Torres"))]
    assert IMPORT.write(rows) == 2
    Change.objects.all().delete()
    assert IMPORT.write(rows) == 0
    assert not Change.objects.exists()
    assert (RepairOrder.objects.count(), Equipment.objects.count(), Client.objects.count()) == (2, 2, 1)


def test_a_row_that_says_something_new_updates_its_order_and_equipment(shop: Shop) -> None:
    IMPORT.write([(shop.negocio, FULL), (shop.negocio, row("2"))])
    first = RepairOrder.objects.get(external_id="restart_1")
    assert (
        IMPORT.write([(shop.negocio, FULL | {"status": "IN_REPAIR", "brand": "Dell"}), (shop.negocio, row("3"))]) == 1
    )
    order = RepairOrder.objects.get(pk=first.pk)
    assert (order.status, order.delivered_at, order.equipment.brand) == ("IN_REPAIR", None, "Dell")
    assert order.equipment_id == first.equipment_id
    assert order.updated_at > first.updated_at
    assert Equipment.objects.count() == 3


def test_orders_that_share_a_piece_of_equipment_can_be_updated_together(shop: Shop) -> None:
    equipment = shop.equipment()
    for external_id in ("1", "2"):
        shop.order(external_id=external_id, equipment=equipment)
    rows = [(shop.negocio, row(external_id, equipment_name="Radio")) for external_id in ("1", "2")]
    assert IMPORT.write(rows) == 0
    assert Equipment.objects.get().name == "Radio"


def test_one_id_in_two_negocios_is_two_orders(shop: Shop, other: Shop) -> None:
    rows = [(shop.negocio, row("1", client_name="Ana")), (other.negocio, row("1", client_name="Ana"))]
    assert IMPORT.write(rows) == 2
    assert [client.negocio for client in Client.objects.order_by("pk")] == [shop.negocio, other.negocio]


def test_of_two_rows_with_one_id_the_last_counts(shop: Shop) -> None:
    assert IMPORT.write([(shop.negocio, row()), (shop.negocio, row(status="READY"))]) == 1
    assert RepairOrder.objects.get().status == "READY"


def test_a_client_is_known_by_the_whole_name(shop: Shop) -> None:
    known = shop.client("Ana", last_name="Torres")
    IMPORT.write([(shop.negocio, FULL)])
    assert RepairOrder.objects.get().client == known


def test_the_number_of_statements_does_not_depend_on_the_number_of_rows(
    shop: Shop, django_assert_num_queries: Any
) -> None:
    for count in (2, 200):
        rows = [(shop.negocio, row(f"{count}-{n}", client_name=f"C {count} {n}", brand="X")) for n in range(count)]
        # Clients read and made, orders read, keys of the equipment, and a COPY each.
        with django_assert_num_queries(6):
            IMPORT.write(rows)


def test_an_order_that_somebody_else_inserts_meanwhile_is_refused_as_django_refuses(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.order(external_id="1")
    monkeypatch.setattr(importing, "_stored", lambda keys: {})  # as it was a moment ago
    with pytest.raises(IntegrityError), transaction.atomic():
        IMPORT.write([(shop.negocio, row())])


def test_what_happens_now_is_taken_in_then_moved(shop: Shop) -> None:
    started = dt.datetime.now(dt.UTC)
    IMPORT.happen(shop.negocio, FULL)
    order = RepairOrder.objects.get()
    assert (order.status, order.equipment.name) == ("DELIVERED", "Laptop")
    assert order.created_at >= started
    assert order.delivered_at is not None
    assert order.delivered_at >= order.created_at
    states = [
        (change.operation, each["old"], each["new"])
        for change in Change.objects.filter(source="repairs_order").order_by("pk")
        for each in change.rows or ()
    ]
    in_review, delivered = {"status": "IN_REVIEW"}, {"status": "DELIVERED"}
    assert states == [("insert", None, in_review), ("update", in_review, delivered)]
    assert figure("orders_revenue_total", shop.negocio) == {"revenue": 15.5}


def test_what_happens_again_goes_back_to_the_top_of_the_list(shop: Shop) -> None:
    IMPORT.write([(shop.negocio, FULL), (shop.negocio, row("2", created_at="2021-10-01T10:00:00Z"))])
    first = RepairOrder.objects.get(external_id="restart_1")
    IMPORT.happen(shop.negocio, FULL)
    assert RepairOrder.objects.count() == Equipment.objects.count() == 2
    top = figure("orders_recent", shop.negocio)["recentOrders"][0]
    assert (top["id"], top["status"]) == ("restart_1", "DELIVERED")
    assert RepairOrder.objects.get(pk=first.pk).created_at > first.created_at


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("status", "Fixed"), ("created_at", "yesterday"), ("created_at", "2021-02-30"), ("final_cost", "12,50"),
        ("final_cost", "-1"), ("final_cost", "NaN"), ("final_cost", "1e99"), ("final_cost", "9999999999.999"),
        ("external_id", "x" * 65), ("brand", "x" * 121), ("client_name", "x" * 121),
    ],
)  # fmt: skip
def test_a_bad_value_is_named(field: str, text: str) -> None:
    with pytest.raises(BadRow) as raised:
        PARSERS[field](text)
    assert (raised.value.field, raised.value.value) == (field, text)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2021-09-01", dt.datetime(2021, 9, 1, 5, tzinfo=dt.UTC)),
        ("2021-09-01T10:00", dt.datetime(2021, 9, 1, 15, tzinfo=dt.UTC)),
        ("2021-09-01 10:00:00+02:00", dt.datetime(2021, 9, 1, 8, tzinfo=dt.UTC)),
    ],
)
def test_a_date_is_read_on_the_clock_of_the_negocio(shop: Shop, text: str, instant: dt.datetime) -> None:
    IMPORT.write([(shop.negocio, row(created_at=text))])
    assert RepairOrder.objects.get().created_at == instant
