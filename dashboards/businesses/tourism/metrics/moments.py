"""When did this day or month begin at a negocio? As an expression, so that one statement answers for all of them."""

import datetime as dt

from django.db.models import DateTimeField, F, Func

from dashboards.days import LocalDay

TIME_ZONE = "negocio__time_zone"


class Beginning(Func):
    """The instant at which the `unit` (day, month) of the local clock began, `now` being PostgreSQL's clock or given.

    An instant and not a date, so that the index on creation times answers.
    """

    template = "(date_trunc('%(unit)s', %(expressions)s)"
    arg_joiner = "::timestamp) AT TIME ZONE "
    output_field = DateTimeField()

    def __init__(self, unit: str, now: dt.datetime | None = None, time_zone: str = TIME_ZONE) -> None:
        super().__init__(LocalDay(time_zone, now), F(time_zone), unit=unit)
