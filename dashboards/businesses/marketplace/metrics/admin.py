"""How is the whole marketplace doing? Orders, income, products and sellers, in one figure."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db.models import Count, DecimalField, F, Model, Q, QuerySet, Value
from django.db.models.functions import Now, TruncMonth

from dashboards.businesses.marketplace.metrics.expressions import DayOf, earned, sum_of
from dashboards.businesses.marketplace.models import Order, Product, Seller
from dashboards.businesses.marketplace.models.order import UNEARNED, Status
from dashboards.days import Beginning, DayAfter, LocalDay, MonthAfter, MonthOf
from dashboards.metrics import Figure, Row, Scope, number
from dashboards.rollups.reading import amount, size, tallies, within

ORDERS, PRODUCTS, SELLERS = "orders", "products", "sellers"
NO_MONEY = Value(Decimal(0), output_field=DecimalField(max_digits=12, decimal_places=2))
# No month reaches further from any moment in it, in any zone. Asked first, since it costs less than a date in a zone.
AROUND = dt.timedelta(days=33)
COUNTS = ("size", "today", "month")
SUMS = ("income", "income_today", "income_month")
NOTHING_RECENT: Mapping[str, Any] = dict.fromkeys(COUNTS[1:], Value(0)) | dict.fromkeys(SUMS, NO_MONEY)


def admin_stats_rows(scope: Scope) -> QuerySet[Any, Any]:
    """Per negocio: a row for each status of orders, for each status of products, and for the sellers."""
    products = _of(Product, scope).values("negocio_id", part=Value(PRODUCTS), state=F("status"))
    sellers = _of(Seller, scope).values("negocio_id", part=Value(SELLERS), state=Value(""))
    # Since Django 6.1 a union is ordered as its model is, by columns that it may not have.
    return _orders(scope).union(*(_only_counted(rows) for rows in (products, sellers)), all=True).order_by()


def _of(model: type[Model], scope: Scope) -> QuerySet[Any, Any]:
    manager: Any = model._default_manager
    rows: QuerySet[Any, Any] = manager.filter(negocio_id__in=scope.negocio_ids).order_by()
    return rows


def _orders(scope: Scope) -> QuerySet[Any, Any]:
    today = LocalDay("negocio__time_zone", scope.now)
    day = DayOf("order_date", "negocio__time_zone")
    dated = _of(Order, scope).alias(day=day, month_of=TruncMonth(day))
    now = Now() if scope.now is None else Value(scope.now)
    recent = Q(order_date__gte=now - AROUND, order_date__lte=now + AROUND)
    of_today, of_month = recent & Q(day=today), recent & Q(month_of=TruncMonth(today))
    counted: QuerySet[Any, Any] = dated.values("negocio_id", part=Value(ORDERS), state=F("status")).annotate(
        size=Count("status"),
        today=Count("status", filter=of_today),
        month=Count("status", filter=of_month),
        income=sum_of("total_amount", earned()),
        income_today=sum_of("total_amount", of_today & earned()),
        income_month=sum_of("total_amount", of_month & earned()),
    )
    return counted


def admin_stats_rolled(scope: Scope) -> QuerySet[Any, Any]:
    """The same rows, out of tallies."""
    negocios = {"negocio_id__in": scope.negocio_ids}
    products = tallies(Product, "status").filter(**negocios).values("negocio_id", part=Value(PRODUCTS), state=F("word"))
    sellers = tallies(Seller, "all").filter(**negocios).values("negocio_id", part=Value(SELLERS), state=Value(""))
    counted = (rows.annotate(size=size(), **NOTHING_RECENT).filter(size__gt=0) for rows in (products, sellers))
    return _orders_rolled(scope).union(*counted, all=True).order_by()


def _orders_rolled(scope: Scope) -> QuerySet[Any, Any]:
    today = LocalDay("negocio__time_zone", scope.now)
    of_all = Q(level="status")
    of_today = within(_beginning(today), _beginning(DayAfter(today)))
    of_month = within(_beginning(MonthOf(today)), _beginning(MonthAfter(today)))
    earns = ~Q(word__in=UNEARNED)
    counted = tallies(Order).filter(of_all | of_today | of_month, negocio_id__in=scope.negocio_ids)
    rolled: QuerySet[Any, Any] = counted.values("negocio_id", part=Value(ORDERS), state=F("word")).annotate(
        size=size(of_all), today=size(of_today), month=size(of_month),
        income=amount(of_all & earns), income_today=amount(of_today & earns), income_month=amount(of_month & earns),
    ).filter(size__gt=0)  # fmt: skip
    return rolled


def _beginning(day: Any) -> Beginning:
    return Beginning(day, F("negocio__time_zone"))


def _only_counted(rows: QuerySet[Any, Any]) -> QuerySet[Any, Any]:
    """The same columns as those of the orders."""
    counted: QuerySet[Any, Any] = rows.annotate(size=Count("negocio_id"), **NOTHING_RECENT)
    return counted


def admin_stats(rows: Sequence[Row]) -> Figure:
    """Counts and sums; statuses in their order, zeros too, then those that only this team knows.

    `{orders_total,orders_today,orders_month,orders_pending,income_total,income_today,income_month,
    orders_by_status:[{status,count}],products_total,products_by_status:[{status,count}],sellers}`
    """
    orders, products, sellers = ([row for row in rows if row["part"] == part] for part in (ORDERS, PRODUCTS, SELLERS))
    return {
        "orders_total": _total(orders, "size"),
        "orders_today": _total(orders, "today"),
        "orders_month": _total(orders, "month"),
        "orders_pending": _sizes(orders).get(Status.PENDING, 0),
        "income_total": number(_total(orders, "income")),
        "income_today": number(_total(orders, "income_today")),
        "income_month": number(_total(orders, "income_month")),
        "orders_by_status": _by_status(orders, Status.values),
        "products_total": _total(products, "size"),
        "products_by_status": _by_status(products, Product.Status.values),
        "sellers": _total(sellers, "size"),
    }


def _total(rows: Sequence[Row], column: str) -> Any:
    return sum(row[column] for row in rows)


def _sizes(rows: Sequence[Row]) -> dict[str, int]:
    return {row["state"]: row["size"] for row in rows}


def _by_status(rows: Sequence[Row], known: Iterable[str]) -> list[dict[str, Any]]:
    sizes = _sizes(rows)
    words = [*known, *sorted(sizes.keys() - set(known))]
    return [{"status": word, "count": sizes.get(word, 0)} for word in words]
