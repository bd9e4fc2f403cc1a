"""How is the whole marketplace doing? Orders, income, products and sellers, in one figure."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db.models import Count, DecimalField, F, Model, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Now, TruncMonth

from dashboards.businesses.marketplace.metrics.expressions import DayOf, earned, sum_of
from dashboards.businesses.marketplace.models import Order, Product, Seller
from dashboards.businesses.marketplace.models.order import UNEARNED, Status
from dashboards.days import LocalDay, negocios_with, periods
from dashboards.metrics import Figure, Row, Scope, number
from dashboards.rollups.reading import amount, amount_of, day_within, pieces_within, size, size_of, tallies

ORDERS, PRODUCTS, SELLERS, RECENT = "orders", "products", "sellers", "recent"
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
    """The same rows, out of tallies; what is recent in a row of its own."""
    of_negocios = {"negocio_id__in": scope.negocio_ids}
    orders, products, sellers = (
        tallies(model, level).filter(**of_negocios).values("negocio_id", part=Value(part), state=F("word"))
        for model, level, part in ((Order, "status", ORDERS), (Product, "status", PRODUCTS), (Seller, "all", SELLERS))
    )
    earned = {**NOTHING_RECENT, "income": amount(~Q(word__in=UNEARNED))}
    others = (rows.annotate(size=size(), **NOTHING_RECENT).filter(size__gt=0) for rows in (products, sellers))
    counted: QuerySet[Any, Any] = orders.annotate(size=size(), **earned).filter(size__gt=0)
    # Since Django 6.1 a union is ordered as its model is, by columns that it may not have.
    return counted.union(*others, _recent(scope), all=True).order_by()


def _recent(scope: Scope) -> QuerySet[Any, Any]:
    of_today = day_within(OuterRef("day_from"), OuterRef("day_until"))
    of_month = pieces_within(OuterRef("month_from"), OuterRef("month_until"))
    orders = tallies(Order)
    earning = orders.exclude(word__in=UNEARNED)
    return negocios_with(periods("time_zone", scope.now), scope.negocio_ids).values(
        negocio_id=F("pk"), part=Value(RECENT), state=Value(""), size=Value(0),
        today=size_of(orders, *of_today), month=size_of(orders, *of_month), income=NO_MONEY,
        income_today=amount_of(earning, *of_today),
        income_month=amount_of(earning, *of_month),
    )  # fmt: skip


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
    recent = [row for row in rows if row["part"] in (ORDERS, RECENT)]
    return {
        "orders_total": _total(orders, "size"),
        "orders_today": _total(recent, "today"),
        "orders_month": _total(recent, "month"),
        "orders_pending": _sizes(orders).get(Status.PENDING, 0),
        "income_total": number(_total(orders, "income")),
        "income_today": number(_total(recent, "income_today")),
        "income_month": number(_total(recent, "income_month")),
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
