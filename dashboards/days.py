"""Which day is it at a negocio? As an expression, so that one statement answers for every time zone."""

import datetime as dt
import zoneinfo

from django.db.models import DateField, Expression, F, Func, Value
from django.db.models.functions import Now


class LocalDay(Func):
    """The date at `time_zone` (a column or expression) when the clock in UTC shows `now` (default: PostgreSQL's)."""

    template = "((%(expressions)s)::date)"
    arg_joiner = " AT TIME ZONE "
    output_field = DateField()

    def __init__(self, time_zone: str | Expression, now: dt.datetime | None = None) -> None:
        zone = F(time_zone) if isinstance(time_zone, str) else time_zone
        super().__init__(Now() if now is None else Value(now), zone)


def local_now(time_zone: str, now: dt.datetime | None = None) -> dt.datetime:
    """What the wall clock at `time_zone` shows at `now` (default: this machine's clock)."""
    return (now or dt.datetime.now(dt.UTC)).astimezone(zoneinfo.ZoneInfo(time_zone))
