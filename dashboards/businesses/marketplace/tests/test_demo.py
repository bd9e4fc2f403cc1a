"""Is the demo's marketplace believable, and does something happen there every time?"""

import time
from collections import Counter
from random import Random

import pytest

from dashboards.businesses.marketplace.demo import DEMO, present
from dashboards.businesses.marketplace.kind import KIND
from dashboards.businesses.marketplace.models import Order, Product
from dashboards.businesses.marketplace.models.order import UNEARNED, Status
from dashboards.businesses.marketplace.tests.shop import Shop, figures
from dashboards.days import local_now
from dashboards.metrics import number
from dashboards.models import Change

SEED_SECONDS = 5  # it takes 0.3 s; what is tested is that nobody makes it slow by a mistake


def test_every_figure_of_the_demo_is_something(shop: Shop) -> None:
    started = time.monotonic()
    DEMO.seed(shop.negocio, Random(1))
    assert time.monotonic() - started < SEED_SECONDS
    now = {name: of_negocio[shop.negocio.pk] for name, of_negocio in figures(shop.negocio).items()}
    stats = now["admin_stats"]
    assert stats["orders_total"] == 300
    assert all(each["count"] for each in stats["orders_by_status"])
    # On the first of a month nothing may have been earned yet.
    month = local_now(shop.negocio.time_zone).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    earned = Order.objects.filter(negocio=shop.negocio, order_date__gte=month).exclude(status__in=UNEARNED)
    assert stats["income_total"] > stats["income_month"] == number(sum(earned.values_list("total_amount", flat=True)))
    assert stats["sellers"] == len(now["seller_stats"]["sellers"]) == 8
    assert len(now["orders_recent"]["recent_orders"]) == 10
    assert len(now["top_products"]["top_products"]) == len(now["top_sellers"]["top_sellers"]) == 5
    assert now["low_stock"]["count"] > 0
    assert {each["delivery_type"] for each in now["orders_recent"]["recent_orders"]} <= {"delivery", "pickup"}


def test_the_same_chance_makes_the_same_marketplace(shop: Shop, other: Shop) -> None:
    def story(each: Shop) -> list[object]:
        random = Random(7)
        DEMO.seed(each.negocio, random)
        for _ in range(40):
            DEMO.step(each.negocio, random)
        orders = Order.objects.filter(negocio=each.negocio).order_by("pk")
        return list(orders.values_list("status", "total_amount", "client__name"))

    assert story(shop) == story(other)


def test_each_step_moves_a_figure_and_orders_come_and_go(shop: Shop) -> None:
    random = Random(3)
    DEMO.seed(shop.negocio, random)
    reached: Counter[str] = Counter()
    for _ in range(200):
        before = dict(Order.objects.values_list("pk", "status"))
        Change.objects.all().delete()
        DEMO.step(shop.negocio, random)
        sources = set(Change.objects.values_list("source", flat=True))
        assert any(KIND.moves[model] for model in KIND.moves if model._meta.db_table in sources)
        reached.update(status for pk, status in Order.objects.values_list("pk", "status") if before.get(pk) != status)
    assert set(reached) == set(Status.values)
    opened = Order.objects.exclude(status__in=present.CLOSED).count()
    assert present.FEWEST_OPEN - 1 <= opened <= present.MOST_OPEN
    assert not Product.objects.filter(stock__lt=0).exists()


def test_a_step_works_in_a_marketplace_that_somebody_emptied(shop: Shop) -> None:
    for _ in range(30):
        DEMO.step(shop.negocio, Random(5))
    shop.product(stock=2)
    for seed in range(30):
        DEMO.step(shop.negocio, Random(seed))


def test_the_demo_forgets_its_oldest_order_beyond_its_bound(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    DEMO.seed(shop.negocio, Random(4))
    before = Order.objects.count()
    monkeypatch.setattr(present, "MOST_KEPT", before - 5)
    random = Random(4)
    for _ in range(20):
        DEMO.step(shop.negocio, random)
    assert Order.objects.count() <= before
