"""What is a metric, and how are many metrics of many negocios computed, one statement a metric?"""

import datetime as dt
import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
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
    plain field. It is built once and kept, so it may depend on nothing but its scope, and use the keys of negocios
    as values only. `shape` turns the rows of one negocio (none, for one without data) into the figure.
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


@dataclass(frozen=True, slots=True)
class Statement:
    """A metric's statement for any so many negocios; `places`: position of a parameter -> which negocio's key."""

    sql: str
    params: tuple[Any, ...]
    places: Mapping[int, int]

    def params_for(self, negocio_ids: Sequence[int]) -> list[Any]:
        """Its parameters for these negocios."""
        params = list(self.params)
        for position, index in self.places.items():
            params[position] = negocio_ids[index]
        return params


# Keys that no negocio has; they stand for those that a kept statement is run for.
STAND_IN = -(2**62)
MOST_STATEMENTS = 512


@functools.lru_cache(MOST_STATEMENTS)
def statement_for(metric: Metric, size: int, limit: int | None) -> Statement:
    """The metric's statement for `size` negocios: making it costs more of this process than its answer."""
    stand_ins = {STAND_IN + index: index for index in range(size)}
    sql, params = metric.rows(Scope(list(stand_ins), limit=limit)).query.sql_with_params()
    numbers = {position: value for position, value in enumerate(params) if isinstance(value, int)}
    places = {position: stand_ins[value] for position, value in numbers.items() if value in stand_ins}
    if set(places.values()) != set(stand_ins.values()):
        raise ValueError(f"metric {metric.name}: the keys of negocios must be plain values of its queryset")
    return Statement(STATEMENT.format(sql=sql), params, places)


def _made_for(metric: Metric, scope: Scope) -> tuple[str, Sequence[Any]]:
    if scope.now is not None:
        sql, params = metric.rows(scope).query.sql_with_params()
        return STATEMENT.format(sql=sql), params
    statement = statement_for(metric, len(scope.negocio_ids), scope.limit)
    return statement.sql, statement.params_for(scope.negocio_ids)


def compute(metric: Metric, scope: Scope) -> Computed:
    """The metric for every negocio of the scope, each named once, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(*_made_for(metric, scope))
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
    """Money and averages as JSON numbers: two decimals, halves up, whole where they are whole, 0 for nothing."""
    rounded = Decimal(value or 0).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return int(rounded) if rounded == rounded.to_integral_value() else float(rounded)
