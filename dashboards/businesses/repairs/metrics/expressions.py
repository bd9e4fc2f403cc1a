"""In which words do the shop's metrics ask PostgreSQL?"""

from decimal import Decimal
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BigIntegerField, CharField, F, Func, Q, QuerySet, Sum, Value, Window
from django.db.models.expressions import OrderBy
from django.db.models.functions import Cast, Coalesce, Concat, NullIf, RowNumber, Trim

from dashboards.businesses.repairs.models.order import Status

TOP = 5  # entries of a "top" list


def completed(path: str = "") -> Q:
    """The orders that count as completed; `path` leads to the order, e.g. "order__"."""
    return Q(**{f"{path}status": Status.DELIVERED})


def sum_of(amount: str, where: Q | None = None) -> Coalesce:
    """The sum of a money column, 0 for none."""
    return Coalesce(Sum(amount, filter=where), Decimal(0))


def wire_id(path: str = "") -> Coalesce:
    """A row's id as the wire shows it: the external id where it has one, else the key."""
    return Coalesce(NullIf(f"{path}external_id", Value("")), Cast(f"{path}pk", CharField()))


def full_name(path: str = "") -> Trim:
    """First and last name of the person that `path` leads to, "" for nobody."""
    return Trim(Concat(f"{path}name", Value(" "), f"{path}last_name"))


def ranked(*order_by: OrderBy) -> Window:
    """A row's place, from 1, within its negocio."""
    return Window(RowNumber(), partition_by=F("negocio_id"), order_by=list(order_by))


def keys_of(first: QuerySet[Any, Any]) -> Func:
    """The keys that a correlated, limited queryset yields, one a row. Reads only those rows from its index."""
    return Func(ArraySubquery(first.values("pk")), function="unnest", output_field=BigIntegerField())
