"""Which day is it at a negocio, and when does one begin? As expressions, so that one statement answers for every time
zone."""

import datetime as dt
import zoneinfo
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import DateField, DateTimeField, Expression, F, Func, Q, QuerySet, Value
from django.db.models.functions import Now
from django_cte import CTE, with_cte

from dashboards.models import Negocio


class LocalDay(Func):
    """The date at `time_zone` (a column or expression) when the clock in UTC shows `now` (default: PostgreSQL's)."""

    template = "((%(expressions)s)::date)"
    arg_joiner = " AT TIME ZONE "
    output_field = DateField()

    def __init__(self, time_zone: str | Expression | F, now: dt.datetime | None = None) -> None:
        zone = F(time_zone) if isinstance(time_zone, str) else time_zone
        self.moment = Now() if now is None else Value(now)
        super().__init__(self.moment, zone)


class UtcDay(Func):
    """The date in UTC at a moment, so many days later."""

    template = "((%(expressions)s AT TIME ZONE 'UTC')::date + %(days)s)"
    output_field = DateField()

    def __init__(self, moment: Expression, days: int = 0) -> None:
        super().__init__(moment, days=days)


def is_day(column: str, day: LocalDay) -> Q:
    """Is the date in a column that local day? Everywhere on earth it is within a day of UTC's: said too, since an
    index leads to three days, and not to one that differs from negocio to negocio.
    """
    return Q(**{column: day, f"{column}__range": (UtcDay(day.moment, -1), UtcDay(day.moment, 1))})


class DayAfter(Func):
    """The day after a date."""

    template = "((%(expressions)s) + 1)"
    output_field = DateField()


class MonthOf(Func):
    """The first day of a date's month."""

    template = "(date_trunc('month', (%(expressions)s)::timestamp)::date)"
    output_field = DateField()


class MonthAfter(Func):
    """The first day of the month after a date's."""

    template = "((date_trunc('month', (%(expressions)s)::timestamp) + interval '1 month')::date)"
    output_field = DateField()


class Beginning(Func):
    """The moment at which a date begins at a time zone.

    Of midnight itself, where clocks change, there may be two or none; there is always one end of the day before.
    """

    template = "(((%(expressions)s) + interval '1 microsecond')"
    arg_joiner = ")::timestamp - interval '1 microsecond') AT TIME ZONE ("
    output_field = DateTimeField()


def periods(time_zone: str, now: dt.datetime | None = None) -> dict[str, Beginning]:
    """Since when, and until when, it is this day and this month at `time_zone` (a column): `day_from`, `day_until`,
    `month_from`, `month_until`.
    """
    today = LocalDay(time_zone, now)
    dates = {
        "day_from": today, "day_until": DayAfter(today), "month_from": MonthOf(today), "month_until": MonthAfter(today),
    }  # fmt: skip
    return {name: Beginning(date, F(time_zone)) for name, date in dates.items()}


def negocios_with(moments: Mapping[str, Expression], negocio_ids: Sequence[int]) -> QuerySet[Any, Any]:
    """These negocios by `id`, with moments that an outer reference may name as often as it likes.

    They are computed once for each: else PostgreSQL does so wherever one stands, which was a third of a lots' tick.
    """
    rows = Negocio.objects.filter(pk__in=negocio_ids).order_by().annotate(**moments).values("id", *moments)
    once = CTE(rows, name="negocios", materialized=True)
    negocios: QuerySet[Any, Any] = with_cte(once, select=once).order_by()
    return negocios


def local_now(time_zone: str, now: dt.datetime | None = None) -> dt.datetime:
    """What the wall clock at `time_zone` shows at `now` (default: this machine's clock)."""
    return (now or dt.datetime.now(dt.UTC)).astimezone(zoneinfo.ZoneInfo(time_zone))
