"""Are the figures of a marketplace what its rows say?"""

import datetime as dt
from typing import Any

import pytest

from dashboards.businesses.marketplace.kind import KIND
from dashboards.businesses.marketplace.metrics import sellers
from dashboards.businesses.marketplace.models import Order
from dashboards.businesses.marketplace.tests.shop import MORNING, Shop, figure, figures
from dashboards.metrics import Scope, compute

NO_ORDERS = [
    {"status": status, "count": 0}
    for status in ("pending", "confirmed", "processing", "shipped", "delivered", "cancelled")
]
NO_PRODUCTS = [{"status": status, "count": 0} for status in ("pending", "active", "rejected", "inactive")]


def test_an_empty_marketplace_has_empty_figures(shop: Shop) -> None:
    assert {name: of[shop.negocio.pk] for name, of in figures(shop.negocio).items()} == {
        "admin_stats": {
            "orders_total": 0, "orders_today": 0, "orders_month": 0, "orders_pending": 0,
            "income_total": 0, "income_today": 0, "income_month": 0,
            "orders_by_status": NO_ORDERS, "products_total": 0, "products_by_status": NO_PRODUCTS, "sellers": 0,
        },
        "orders_recent": {"recent_orders": []},
        "top_products": {"top_products": []},
        "top_sellers": {"top_sellers": []},
        "low_stock": {"count": 0, "products": []},
        "seller_stats": {"sellers": []},
    }  # fmt: skip


def test_income_counts_what_is_confirmed_and_not_cancelled(shop: Shop) -> None:
    for status, total in (("pending", "1"), ("confirmed", "10.50"), ("delivered", "100"), ("cancelled", "1000")):
        shop.order(status, total)
    shop.product(status="pending")
    assert figure("admin_stats", shop.negocio, MORNING) == {
        "orders_total": 4, "orders_today": 4, "orders_month": 4, "orders_pending": 1,
        "income_total": 110.5, "income_today": 110.5, "income_month": 110.5,
        "orders_by_status": [
            {"status": "pending", "count": 1}, {"status": "confirmed", "count": 1},
            {"status": "processing", "count": 0}, {"status": "shipped", "count": 0},
            {"status": "delivered", "count": 1}, {"status": "cancelled", "count": 1},
        ],
        "products_total": 1,
        "products_by_status": [
            {"status": "pending", "count": 1}, {"status": "active", "count": 0},
            {"status": "rejected", "count": 0}, {"status": "inactive", "count": 0},
        ],
        "sellers": 1,
    }  # fmt: skip


def test_a_status_that_only_the_team_knows_is_counted_and_earns(shop: Shop) -> None:
    shop.order("en_aduana", "7")
    stats = figure("admin_stats", shop.negocio, MORNING)
    assert stats["orders_by_status"] == [*NO_ORDERS, {"status": "en_aduana", "count": 1}]
    assert stats["income_total"] == 7


@pytest.mark.parametrize(
    ("moment", "today", "month"),
    [
        ("2025-11-10T04:59:59+00:00", 0, 1),  # the evening before, in Guayaquil
        ("2025-11-10T05:00:00+00:00", 1, 1),
        ("2025-11-11T04:59:59+00:00", 1, 1),
        ("2025-11-11T05:00:00+00:00", 0, 1),
        ("2025-11-01T04:59:59+00:00", 0, 0),
        ("2025-11-01T05:00:00+00:00", 0, 1),
        ("2025-12-01T05:00:00+00:00", 0, 0),
        ("2024-11-10T12:00:00+00:00", 0, 0),
    ],
)
def test_today_and_this_month_are_those_of_the_negocio(shop: Shop, moment: str, today: int, month: int) -> None:
    shop.order("confirmed", "5", order_date=dt.datetime.fromisoformat(moment))
    stats = figure("admin_stats", shop.negocio, MORNING)
    assert (stats["orders_today"], stats["orders_month"]) == (today, month)
    assert (stats["income_today"], stats["income_month"], stats["income_total"]) == (5 * today, 5 * month, 5)


def test_without_a_given_moment_today_is_that_of_the_clock(shop: Shop) -> None:
    shop.order(order_date=dt.datetime.now(dt.UTC))
    assert figure("admin_stats", shop.negocio)["orders_today"] == 1


def test_the_newest_ten_orders_are_listed_newest_first(shop: Shop) -> None:
    for place in range(11):
        shop.order(external_id=100 + place, order_date=MORNING + dt.timedelta(hours=place))
    listed = figure("orders_recent", shop.negocio)["recent_orders"]
    assert [each["order_id"] for each in listed] == list(range(110, 100, -1))


def test_of_a_recent_order_all_is_said(shop: Shop) -> None:
    order = shop.order("shipped", "35.50", client=shop.client("Ana Vera"), delivery_type="pickup", order_date=MORNING)
    shop.line(order, shop.product()), shop.line(order, shop.product(), 2)
    assert figure("orders_recent", shop.negocio) == {
        "recent_orders": [
            {
                "order_id": order.pk, "status": "shipped", "total_amount": 35.5, "delivery_type": "pickup",
                "products_count": 2, "client_name": "Ana Vera", "order_date": "2025-11-10T15:30:00Z",
            }
        ]
    }  # fmt: skip


def test_top_products_are_those_of_which_most_pieces_were_sold(shop: Shop) -> None:
    seller = shop.seller("Sara")
    cap = shop.product("Gorro", "10", seller=seller, external_id=70)
    scarf, bag = shop.product("Bufanda", "20", seller=seller), shop.product("Bolso", "20", seller=seller)
    order = shop.order("confirmed")
    shop.line(order, cap, 3), shop.line(order, scarf, 1), shop.line(order, bag, 1)
    shop.line(shop.order("pending"), bag, 9), shop.line(shop.order("cancelled"), scarf, 9)
    assert figure("top_products", shop.negocio) == {
        "top_products": [
            {"product_id": 70, "product_name": "Gorro", "seller_name": "Sara", "sold": 3, "income": 30},
            {"product_id": bag.pk, "product_name": "Bolso", "seller_name": "Sara", "sold": 1, "income": 20},
            {"product_id": scarf.pk, "product_name": "Bufanda", "seller_name": "Sara", "sold": 1, "income": 20},
        ]
    }


def test_top_sellers_are_those_who_earned_most(shop: Shop) -> None:
    sara, tomas = shop.seller("Sara", business_name="Tejidos", external_id=7), shop.seller("Tomás")
    order = shop.order("confirmed")
    shop.line(order, shop.product(seller=sara), 2), shop.line(order, shop.product(seller=sara), 1)
    shop.line(shop.order("delivered"), shop.product(seller=tomas), 1, "99.90")
    assert figure("top_sellers", shop.negocio) == {
        "top_sellers": [
            {"seller_id": tomas.pk, "seller_name": "Tomás", "business_name": "", "orders": 1, "income": 99.9},
            {"seller_id": 7, "seller_name": "Sara", "business_name": "Tejidos", "orders": 1, "income": 30},
        ]
    }


def test_lists_of_the_best_have_five_entries(shop: Shop) -> None:
    order = shop.order("confirmed")
    for _ in range(6):
        shop.line(order, shop.product())
    assert len(figure("top_products", shop.negocio)["top_products"]) == 5
    assert len(figure("top_sellers", shop.negocio)["top_sellers"]) == 5


def test_low_stock_is_five_pieces_or_fewer_of_what_is_active(shop: Shop) -> None:
    seller = shop.seller("Sara")
    for name, stock, status in (("A", 5, "active"), ("B", 6, "active"), ("C", 0, "active"), ("D", 0, "inactive")):
        shop.product(name, stock=stock, status=status, seller=seller, external_id=ord(name))
    assert figure("low_stock", shop.negocio) == {
        "count": 2,
        "products": [
            {"product_id": 67, "product_name": "C", "seller_name": "Sara", "stock": 0},
            {"product_id": 65, "product_name": "A", "seller_name": "Sara", "stock": 5},
        ],
    }


def test_low_stock_counts_more_than_it_lists(shop: Shop) -> None:
    for _ in range(12):
        shop.product(stock=1)
    low = figure("low_stock", shop.negocio)
    assert (low["count"], len(low["products"])) == (12, 10)


def test_seller_stats_say_of_each_seller_what_it_offers_and_sold(shop: Shop) -> None:
    sara, tomas = shop.seller("Sara", business_name="Tejidos", external_id=7), shop.seller("Tomás", external_id=8)
    cap, scarf = shop.product(seller=sara), shop.product(seller=sara, price="2.50")
    shop.product(seller=sara, status="pending")
    first, second = shop.order("confirmed"), shop.order("pending")
    shop.line(first, cap, 2), shop.line(first, scarf, 1), shop.line(second, cap, 5)
    shop.line(shop.order("cancelled"), cap, 9)
    assert tomas.wire_id == 8
    assert figure("seller_stats", shop.negocio) == {
        "sellers": [
            {
                "seller_id": 7, "seller_name": "Sara", "business_name": "Tejidos", "orders": 3, "pending_orders": 1,
                "sold": 3, "products": 3, "active_products": 2, "income": 22.5,
            },
            {
                "seller_id": 8, "seller_name": "Tomás", "business_name": "", "orders": 0, "pending_orders": 0,
                "sold": 0, "products": 0, "active_products": 0, "income": 0,
            },
        ]
    }  # fmt: skip


def test_seller_stats_name_so_many_sellers_as_one_message_holds(shop: Shop, monkeypatch: Any) -> None:
    monkeypatch.setattr(sellers, "MOST_SELLERS", 2)
    best = [shop.seller(name) for name in ("C", "B", "A")]
    shop.line(shop.order("confirmed"), shop.product(seller=best[0]))
    assert [each["seller_name"] for each in figure("seller_stats", shop.negocio)["sellers"]] == ["C", "A"]


def test_one_statement_answers_for_many_negocios_each_with_its_own(
    shop: Shop, other: Shop, django_assert_num_queries: Any
) -> None:
    for each, pieces in ((shop, 1), (other, 2)):
        shop_order = each.order("confirmed", str(pieces), client=each.client())
        each.line(shop_order, each.product(stock=pieces), pieces)
    ids = [shop.negocio.pk, other.negocio.pk]
    for metric in KIND.metrics:
        compute(metric, Scope(ids))
        with django_assert_num_queries(1):
            both = compute(metric, Scope(ids)).figures
        assert both == {id: compute(metric, Scope([id])).figures[id] for id in ids}
        assert both[ids[0]] != both[ids[1]]


def test_a_negocio_in_another_zone_has_its_own_day(shop: Shop, other: Shop) -> None:
    late = dt.datetime(2025, 11, 10, 3, tzinfo=dt.UTC)  # still the 9th in Guayaquil
    for each in (shop, other):
        each.order(order_date=late)
    assert figure("admin_stats", shop.negocio, MORNING)["orders_today"] == 0
    assert figure("admin_stats", other.negocio, MORNING)["orders_today"] == 1
    assert Order.objects.count() == 2
