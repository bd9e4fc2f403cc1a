"""How is the text of a foreign file read as a repair order's values? Every reader raises BadRow.

The text comes stripped and is never empty (dashboards.imports.mapping).
"""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal, InvalidOperation

from django.db.models import Field, Model
from django.utils.dateparse import parse_date, parse_datetime

from dashboards.businesses.repairs.models.order import Status
from dashboards.importing import BadRow

MOST_MONEY = Decimal(10) ** 10  # a DecimalField of 12 digits with 2 decimals holds what is less
CENT = Decimal("0.01")


def text(name: str, model: type[Model] | None = None, column: str = "") -> Callable[[str], str]:
    """A reader of text that fits into the model's column; of any text without one."""
    field = model._meta.get_field(column) if model else None
    longest = field.max_length if isinstance(field, Field) else None

    def parse(value: str) -> str:
        if longest is not None and len(value) > longest:
            raise BadRow(name, value, f"longer than {longest} characters")
        return value

    return parse


def status(value: str) -> str:
    """One of the seven statuses, in whatever case."""
    found = value.upper()
    if found not in Status.values:
        raise BadRow("status", value, "is none of " + ", ".join(Status.values))
    return found


def moment(name: str) -> Callable[[str], dt.date]:
    """A reader of ISO dates and timestamps, with or without offset; `at` puts them on the negocio's clock."""

    def parse(value: str) -> dt.date:
        try:
            found = parse_date(value) or parse_datetime(value)
        except ValueError:
            found = None
        if found is None:
            raise BadRow(name, value, "is neither a date nor a timestamp, as 2025-11-10T10:30:00Z")
        return found

    return parse


def at(when: dt.date, zone: dt.tzinfo) -> dt.datetime:
    """The instant that `when` means in that time zone; a bare date is its midnight."""
    if not isinstance(when, dt.datetime):
        when = dt.datetime.combine(when, dt.time())
    return when if when.tzinfo else when.replace(tzinfo=zone)


def amount(name: str) -> Callable[[str], Decimal]:
    """A reader of money with a decimal point: 0 or more, rounded to cents."""

    def parse(value: str) -> Decimal:
        try:
            found = Decimal(value)
        except InvalidOperation:
            raise BadRow(name, value, "is no number") from None
        if not found.is_finite() or not 0 <= found < MOST_MONEY - 1:
            raise BadRow(name, value, "is no amount of money")
        return found.quantize(CENT)

    return parse
