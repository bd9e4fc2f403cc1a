"""Are the figures about orders those of the wire?"""

import datetime as dt
from typing import Any

import pytest

from dashboards.businesses.repairs.kind import KIND
from dashboards.businesses.repairs.models.order import Status
from dashboards.businesses.repairs.tests.shop import MORNING, Shop, figure
from dashboards.metrics import Scope, compute
from dashboards.models import Negocio

NO_STATUS = [{"status": status, "count": 0} for status in Status.values]
EMPTY: dict[str, Any] = {
    "orders_overview": {"totalOrders": 0, "activeOrders": 0, "rejectedOrders": 0, "completedOrders": 0},
    "orders_revenue": {"totalRevenue": 0, "averageCost": 0, "completedOrdersCount": 0},
    "orders_by_status": {"ordersByStatus": NO_STATUS},
    "orders_recent": {"recentOrders": []},
    "orders_top_services": {"topServices": []},
    "orders_count_total": {"count": 0},
    "orders_count_active": {"count": 0},
    "orders_revenue_total": {"revenue": 0},
    "users_overview": {"totalClients": 0, "totalTechnicians": 0, "activeTechnicians": 0},
    "users_top_clients": {"topClients": []},
    "users_top_technicians": {"topTechnicians": []},
    "users_count_clients": {"count": 0},
    "users_count_technicians": {"count": 0},
    "users_count_active_technicians": {"count": 0},
}


@pytest.mark.parametrize("name", [metric.name for metric in KIND.metrics])
def test_a_shop_without_rows_has_every_figure(shop: Shop, name: str) -> None:
    assert figure(name, shop.negocio) == EMPTY[name]


def test_the_metrics_are_the_fourteen_of_the_wire() -> None:
    assert [metric.name for metric in KIND.metrics] == list(EMPTY)


@pytest.mark.parametrize("metric", KIND.metrics, ids=lambda metric: metric.name)
def test_one_statement_answers_for_many_negocios(
    shop: Shop, other: Shop, metric: Any, django_assert_num_queries: Any
) -> None:
    for each in (shop, other):
        each.detail(each.order("DELIVERED", "5", client=each.client()), each.service(), technician=each.technician())
        each.order("READY")
    empty = Negocio.objects.create(code="vacio", name="Vacío", kind="repairs")
    with django_assert_num_queries(1):
        computed = compute(metric, Scope([shop.negocio.pk, other.negocio.pk, empty.pk]))
    assert computed.figures[empty.pk] == EMPTY[metric.name]
    for each in (shop, other):
        assert computed.figures[each.negocio.pk] == figure(metric.name, each.negocio) != EMPTY[metric.name]


def test_active_is_neither_rejected_nor_delivered(shop: Shop, other: Shop) -> None:
    for place, status in enumerate(Status.values, start=1):
        for _ in range(place):
            shop.order(status)
    other.order("REJECTED")
    assert figure("orders_overview", shop.negocio) == {
        "totalOrders": 28, "activeOrders": 28 - 3 - 7, "rejectedOrders": 3, "completedOrders": 7,
    }  # fmt: skip
    assert figure("orders_count_total", shop.negocio) == {"count": 28}
    assert figure("orders_count_active", shop.negocio) == {"count": 18}
    assert figure("orders_overview", other.negocio)["rejectedOrders"] == 1


def test_statuses_come_in_the_order_of_the_wire(shop: Shop) -> None:
    shop.order("DELIVERED"), shop.order("IN_REVIEW"), shop.order("IN_REVIEW")
    assert figure("orders_by_status", shop.negocio)["ordersByStatus"] == [
        {"status": "IN_REVIEW", "count": 2},
        {"status": "WAITING_APPROVAL", "count": 0},
        {"status": "REJECTED", "count": 0},
        {"status": "IN_REPAIR", "count": 0},
        {"status": "WAITING_PARTS", "count": 0},
        {"status": "READY", "count": 0},
        {"status": "DELIVERED", "count": 1},
    ]


def test_revenue_counts_completed_orders_in_numbers_not_text(shop: Shop, other: Shop) -> None:
    shop.order("DELIVERED", "10.10"), shop.order("DELIVERED", "20.20"), shop.order("DELIVERED", "0.01")
    shop.order("READY", "1000"), shop.order("REJECTED", "1000"), other.order("DELIVERED", "7")
    assert figure("orders_revenue", shop.negocio) == {
        "totalRevenue": 30.31, "averageCost": 10.1, "completedOrdersCount": 3,
    }  # fmt: skip
    assert figure("orders_revenue_total", shop.negocio) == {"revenue": 30.31}
    whole = figure("orders_revenue_total", other.negocio)["revenue"]
    assert (whole, type(whole)) == (7, int)


def test_a_recent_order_says_all_that_the_wire_names(shop: Shop) -> None:
    client = shop.client("Ana", last_name="Torres")
    shop.order(
        "READY", "15.5", external_id="R-17", client=client, equipment=shop.equipment("Laptop HP"),
        problem_description="No enciende", created_at=MORNING,
    )  # fmt: skip
    assert figure("orders_recent", shop.negocio)["recentOrders"] == [
        {
            "id": "R-17",
            "problemDescription": "No enciende",
            "status": "READY",
            "clientName": "Ana Torres",
            "equipmentName": "Laptop HP",
            "createdAt": "2025-11-10T10:30:00Z",
            "finalCost": 15.5,
        }
    ]


def test_an_order_without_client_or_external_id_has_empty_name_and_its_key(shop: Shop) -> None:
    order = shop.order()
    (recent,) = figure("orders_recent", shop.negocio)["recentOrders"]
    assert (recent["id"], recent["clientName"]) == (str(order.pk), "")


def test_the_ten_newest_come_newest_first_of_one_moment_the_later_row_first(shop: Shop, other: Shop) -> None:
    oldest = shop.order(created_at=MORNING - dt.timedelta(days=1))
    orders = [shop.order(created_at=MORNING) for _ in range(9)]
    newest = shop.order(created_at=MORNING + dt.timedelta(seconds=1))
    other.order(created_at=MORNING + dt.timedelta(days=1))
    expected = [str(order.pk) for order in (newest, *reversed(orders))]
    assert _ids(figure("orders_recent", shop.negocio)) == expected
    assert _ids(figure("orders_recent", shop.negocio, limit=3)) == expected[:3]
    assert _ids(figure("orders_recent", shop.negocio, limit=50)) == [*expected, str(oldest.pk)]


def test_services_rank_by_count_then_revenue_then_name(shop: Shop, other: Shop) -> None:
    done, open_ = shop.order("DELIVERED"), shop.order("IN_REPAIR")
    names = ["F seldom", "E twice", "D twice", "C twice rich", "B thrice", "A open"]
    services = {name: shop.service(name) for name in names}
    for name, sub_totals in {
        "F seldom": ["500.25"], "E twice": ["1", "1"], "D twice": ["1", "1"], "C twice rich": ["4", "5.55"],
        "B thrice": ["0", "0", "0"],
    }.items():  # fmt: skip
        for sub_total in sub_totals:
            shop.detail(done, services[name], sub_total)
    for _ in range(4):
        shop.detail(open_, services["A open"], "99")
    other.detail(other.order(), other.service("Z"), "1")
    ranked = [
        {"serviceName": "A open", "count": 4, "revenue": 0},
        {"serviceName": "B thrice", "count": 3, "revenue": 0},
        {"serviceName": "C twice rich", "count": 2, "revenue": 9.55},
        {"serviceName": "D twice", "count": 2, "revenue": 2},
        {"serviceName": "E twice", "count": 2, "revenue": 2},
        {"serviceName": "F seldom", "count": 1, "revenue": 500.25},
    ]
    assert figure("orders_top_services", shop.negocio) == {"topServices": ranked[:5]}
    assert figure("orders_top_services", shop.negocio, limit=6) == {"topServices": ranked}


def test_every_metric_has_a_route_of_its_own() -> None:
    routes = [metric.rest for metric in KIND.metrics]
    assert len(set(routes)) == 14
    assert "/repair-orders/stats/count/active" in routes
    assert "/users/stats/count/active-technicians" in routes


def _ids(recent: Any) -> list[str]:
    return [order["id"] for order in recent["recentOrders"]]
