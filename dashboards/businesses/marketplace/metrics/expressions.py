"""In which words do the marketplace's metrics ask PostgreSQL?"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BigIntegerField, DateField, F, Func, Q, QuerySet, Sum, Window
from django.db.models.expressions import OrderBy
from django.db.models.functions import Coalesce, RowNumber

from dashboards.businesses.marketplace.models.order import UNEARNED
from dashboards.days import LocalDay
from dashboards.metrics import Row

TOP = 5  # entries of a "top" list
AMOUNT = F("quantity") * F("price")


def earned(path: str = "") -> Q:
    """The orders that count as income; `path` leads to the order, e.g. "order__"."""
    return ~Q(**{f"{path}status__in": UNEARNED})


class DayOf(Func):
    """The date that an instant has in a time zone; both are columns or expressions."""

    template = LocalDay.template
    arg_joiner = LocalDay.arg_joiner
    output_field = DateField()


def sum_of(amount: Any, where: Q | None = None) -> Coalesce:
    """The sum of an amount of money, 0 for none."""
    return Coalesce(Sum(amount, filter=where), Decimal(0))


def wire_id(path: str = "") -> Coalesce:
    """A row's id as the wire shows it: the external id where it has one, else the key."""
    return Coalesce(f"{path}external_id", f"{path}pk", output_field=BigIntegerField())


def ranked(*order_by: OrderBy) -> Window:
    """A row's place, from 1, within its negocio."""
    return Window(RowNumber(), partition_by=F("negocio_id"), order_by=list(order_by))


def keys_of(first: QuerySet[Any, Any]) -> Func:
    """The keys that a correlated, limited queryset yields, one a row. Reads only those rows from its index."""
    return Func(ArraySubquery(first.values("pk")), function="unnest", output_field=BigIntegerField())


def in_place(rows: Sequence[Row]) -> list[Row]:
    """Rows by their rank."""
    return sorted(rows, key=lambda row: int(row["place"]))
