"""Is the demo's shop believable, and does something happen there every time?"""

from collections import Counter
from random import Random

import pytest

from dashboards.businesses.repairs.demo import DEMO, present
from dashboards.businesses.repairs.kind import KIND
from dashboards.businesses.repairs.models import RepairOrder, RepairOrderDetail
from dashboards.businesses.repairs.models.order import Status
from dashboards.businesses.repairs.tests.shop import Shop, figures
from dashboards.models import Change


def test_every_figure_of_the_demo_is_something(shop: Shop) -> None:
    DEMO.seed(shop.negocio, Random(1))
    now = {name: of_negocio[shop.negocio.pk] for name, of_negocio in figures(shop.negocio).items()}
    assert now["orders_overview"]["totalOrders"] > 300
    assert 5 <= now["orders_overview"]["activeOrders"] <= 60
    assert all(each["count"] for each in now["orders_by_status"]["ordersByStatus"])
    assert now["orders_revenue"]["averageCost"] > 10
    assert len(now["orders_top_services"]["topServices"]) == 5
    assert now["users_overview"] == {"totalClients": 90, "totalTechnicians": 4, "activeTechnicians": 3}


def test_the_same_chance_makes_the_same_shop(shop: Shop, other: Shop) -> None:
    def story(each: Shop) -> list[object]:
        random = Random(7)
        DEMO.seed(each.negocio, random)
        for _ in range(40):
            DEMO.step(each.negocio, random)
        orders = RepairOrder.objects.filter(negocio=each.negocio).order_by("pk")
        return list(orders.values_list("status", "final_cost", "equipment__name", "client__last_name"))

    assert story(shop) == story(other)


def test_each_step_moves_a_figure_and_orders_come_and_go(shop: Shop) -> None:
    random = Random(3)
    DEMO.seed(shop.negocio, random)
    reached: Counter[str] = Counter()
    for _ in range(150):
        Change.objects.all().delete()
        DEMO.step(shop.negocio, random)
        sources = set(Change.objects.values_list("source", flat=True))
        assert any(KIND.moves[model] for model in KIND.moves if model._meta.db_table in sources)
        newest = RepairOrder.objects.order_by("-updated_at").first()
        assert newest is not None
        reached[newest.status] += 1
    assert set(reached) == set(Status.values)
    opened = RepairOrder.objects.exclude(status__in=present.CLOSED).count()
    assert present.FEWEST_OPEN - 1 <= opened <= present.MOST_OPEN + 30


def test_a_step_works_in_a_shop_that_somebody_emptied(shop: Shop) -> None:
    for _ in range(30):
        DEMO.step(shop.negocio, Random(5))
    assert RepairOrder.objects.exists()


def test_a_delivered_order_costs_what_its_lines_cost(shop: Shop) -> None:
    DEMO.seed(shop.negocio, Random(2))
    order = RepairOrder.objects.filter(status="DELIVERED").order_by("pk")[0]
    work = sum(detail.sub_total for detail in RepairOrderDetail.objects.filter(order=order))
    assert order.final_cost == work + sum(part.quantity * part.unit_price for part in order.parts.all()) > 0


def test_the_demo_forgets_its_oldest_order_beyond_its_bound(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    DEMO.seed(shop.negocio, Random(4))
    monkeypatch.setattr(present, "MOST_KEPT", RepairOrder.objects.count() - 5)
    before = RepairOrder.objects.count()
    random = Random(4)
    for _ in range(20):
        DEMO.step(shop.negocio, random)
    assert RepairOrder.objects.count() <= before
