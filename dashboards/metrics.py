"""What is a metric, and how are many metrics of many negocios computed, one statement a metric?"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import QuerySet

Row = Mapping[str, Any]
# Whole, JSON-ready: dict, list, str, int, float, bool, None.
Figure = Any


@dataclass(frozen=True, slots=True)
class Scope:
    """What a metric is asked for: whose figures, as of when (None: PostgreSQL's clock), how long a list."""

    negocio_ids: Sequence[int]
    now: dt.datetime | None = None
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Metric:
    """A named business figure or list.

    `rows` gives a grouped queryset with the column `negocio_id`, every other column named by an annotation or a
    plain field; `shape` turns the rows of one negocio (none, for one without data) into the figure.
    """

    name: str
    rows: Callable[[Scope], QuerySet[Any, Any]]
    shape: Callable[[Sequence[Row]], Figure]
    rest: str | None = None
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Computed:
    """One metric for many negocios, out of one statement, with the snapshot that the statement saw."""

    version: int
    as_of: dt.datetime
    figures: Mapping[int, Figure] = field(repr=False)


# pg_current_snapshot() is read in the metric's own statement: nothing else orders concurrent results rightly. The
# left join gives one row, and so a version, even when no negocio has any data.
STATEMENT = """WITH figures AS ({sql})
SELECT pg_snapshot_xmax(seen)::text::bigint, (SELECT count(*) FROM pg_snapshot_xip(seen)), clock_timestamp(), figures.*
FROM (SELECT pg_current_snapshot() AS seen) AS moment LEFT JOIN figures ON true"""
VERSION_COLUMNS = 3
MOST_IN_PROGRESS = 0xFFFF


def version_of(xmax: int, in_progress: int) -> int:
    """A snapshot's place in time: later xmax, then fewer transactions in progress. Fits a JSON number."""
    return xmax << 16 | (MOST_IN_PROGRESS - min(in_progress, MOST_IN_PROGRESS))


def compute(metric: Metric, scope: Scope) -> Computed:
    """The metric for every negocio of the scope, in one statement."""
    sql, params = metric.rows(scope).query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(STATEMENT.format(sql=sql), params)
        names = [column.name for column in cursor.description[VERSION_COLUMNS:]]
        records = cursor.fetchall()
    xmax, in_progress, as_of = records[0][:VERSION_COLUMNS]
    rows: dict[int, list[Row]] = {}
    for record in records:
        row = dict(zip(names, record[VERSION_COLUMNS:], strict=True))
        if row["negocio_id"] is not None:
            rows.setdefault(row["negocio_id"], []).append(row)
    figures = {negocio_id: metric.shape(rows.get(negocio_id, ())) for negocio_id in scope.negocio_ids}
    return Computed(version_of(xmax, in_progress), as_of, figures)


def number(value: Decimal | float | None) -> float | int:
    """Money and averages as JSON numbers: two decimals, whole where they are whole, 0 for nothing."""
    rounded = round(float(value or 0), 2)
    return int(rounded) if rounded.is_integer() else rounded
