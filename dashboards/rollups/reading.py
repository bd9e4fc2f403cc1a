"""In which words does a metric ask for tallies instead of rows?"""

import datetime as dt
import functools
import operator
import threading
from collections.abc import Mapping, Sequence
from typing import Any, cast

from django.apps import apps
from django.db.models import (
    BigIntegerField,
    DateField,
    DateTimeField,
    DecimalField,
    ExpressionWrapper,
    F,
    Func,
    Model,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    Window,
)
from django.db.models.expressions import OrderBy
from django.db.models.functions import Cast, Coalesce, Greatest, Least, NullIf, Rank

from dashboards.models import Tally
from dashboards.rollups.declaring import rollup_of
from dashboards.rollups.levels import QUARTER, UTC_DAY
from dashboards.rollups.naming import view_of

# What stands in the key of a level that doesn't have it, as in levels.KEYS.
NOTHING: Mapping[str, Any] = {
    "day": dt.date.min, "moment": dt.datetime.min.replace(tzinfo=dt.UTC), "word": "", "number": 0,
}  # fmt: skip


_making = threading.Lock()
# No app of this name is installed, so nobody makes migrations of its models.
LABEL = "tallies"


def tally_model(model: type[Model]) -> type[Tally]:
    """The model of the tallies of a model's rows."""
    name = "".join(word.title() for word in model._meta.db_table.split("_"))
    with _making:
        made = apps.all_models[LABEL].get(name.lower())
        if made is None:
            options = {"app_label": LABEL, "db_table": view_of(model._meta.db_table), "managed": False}
            made = type(name, (Tally,), {"__module__": __name__, "Meta": type("Meta", (), options)})
        return cast(type[Tally], made)


def tallies(model: type[Model], level: str | None = None) -> QuerySet[Tally]:
    """The tallies of a level of the model's rows, of all negocios; without a level, those of all."""
    rollup, rows = rollup_of(model), tally_model(model)._default_manager.order_by()
    if level is None or rollup is None:
        return rows
    # Said of the keys that the level doesn't have too, so that the index leads straight to those that it has.
    unused = {key: NOTHING[key] for key, expression in rollup.levels[level].keys.items() if expression is None}
    return rows.filter(level=level, **unused)


def size(where: Q | None = None) -> Func:
    """How many rows there are, as Count would have it."""
    # The sum of bigints is numeric.
    return Cast(Coalesce(Sum("how_many", filter=where), Value(0)), BigIntegerField())


def average() -> Any:
    """What a row adds on average, None for none."""
    rows = NullIf(Sum("how_many"), Value(0), output_field=DecimalField())
    return ExpressionWrapper(Sum("how_much") / rows, output_field=DecimalField())


def amount(where: Q | None = None) -> Func:
    """What the rows add up to, 0 for none."""
    return Coalesce(Sum("how_much", filter=where), Value(0), output_field=DecimalField())


def whole(where: Q | None = None) -> Func:
    """The same of whole numbers, as one."""
    return Cast(amount(where), BigIntegerField())


def size_of(tallies: QuerySet[Tally], *pieces: Q) -> Func:
    """How many rows the tallies say, of the negocio that the outer query is at, by `pk`; of these pieces of them.

    So moments that differ from negocio to negocio lead through the index; in a join they would be held against each
    tally.
    """
    # The sum of bigints is numeric.
    return Cast(_summed(tallies, pieces, "how_many"), BigIntegerField())


def amount_of(tallies: QuerySet[Tally], *pieces: Q) -> Any:
    """What they add up to, of the negocio that the outer query is at; of these pieces of them."""
    return ExpressionWrapper(_summed(tallies, pieces, "how_much"), output_field=DecimalField())


def _summed(tallies: QuerySet[Tally], pieces: Sequence[Q], column: str) -> Any:
    own = tallies.filter(negocio_id=OuterRef("pk")).order_by().values("negocio_id").annotate(sum=Sum(column))
    # A subquery for each: in one, PostgreSQL would look at all tallies of the negocio.
    each = [Subquery(own.filter(piece).values("sum")) for piece in pieces or (Q(),)]
    sums = [Coalesce(one, Value(0), output_field=DecimalField()) for one in each]
    return functools.reduce(operator.add, sums)


def leading(sums: QuerySet[Any, Any], limit: int, *ordering: OrderBy) -> QuerySet[Any, Any]:
    """Of sums by `number`, those that may be among the first of their negocio: of equals, all.

    So names, which decide between equals, are looked up for few.
    """
    first = sums.annotate(rank=Window(Rank(), partition_by=F("negocio_id"), order_by=list(ordering)))
    return sums.filter(number__in=first.filter(rank__lte=limit).values("number"))


class _DayUp(Func):
    """The first date in UTC that begins at or after an instant."""

    template = "(((%(expressions)s AT TIME ZONE 'UTC') + interval '1 day - 1 microsecond')::date)"
    output_field = DateField()


class _DayDown(Func):
    """The date in UTC of an instant."""

    template = "((%(expressions)s AT TIME ZONE 'UTC')::date)"
    output_field = DateField()


class _Midnight(Func):
    """The instant at which a date begins in UTC."""

    template = "((%(expressions)s)::timestamp AT TIME ZONE 'UTC')"
    output_field = DateTimeField()


def pieces_within(start: Any, end: Any = None) -> tuple[Q, ...]:
    """Tallies of the levels `by_instant` from an instant on, until before another: of each piece some.

    Both begin a quarter of an hour. As many as a year has days and two days have quarters, at most, for each word or
    number of the levels.
    """
    first_day = _DayUp(start)
    quarters = Q(level=QUARTER, day=NOTHING["day"])
    if end is None:
        head = Q(moment__gte=start, moment__lt=_Midnight(first_day))
        return Q(level=UTC_DAY, day__gte=first_day), quarters & head
    last_day = _DayDown(end)
    head = Q(moment__gte=start, moment__lt=Least(_Midnight(first_day), end))
    tail = Q(moment__gte=Greatest(_Midnight(last_day), _Midnight(first_day)), moment__lt=end)
    return Q(level=UTC_DAY, day__gte=first_day, day__lt=last_day), quarters & head, quarters & tail


def day_within(start: Any, end: Any) -> tuple[Q, ...]:
    """As pieces_within(), of a day: no more than a hundred quarters, and a day in UTC is seldom among them."""
    return (Q(level=QUARTER, day=NOTHING["day"], moment__gte=start, moment__lt=end),)
