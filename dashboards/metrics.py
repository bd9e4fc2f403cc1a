"""What is a metric, and how are many metrics of many negocios computed, one statement a metric?"""

import datetime as dt
import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db import DatabaseError, connection
from django.db.models import QuerySet

from dashboards.attach.reading import attached_rows
from dashboards.models import AttachedNegocio

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
    as values only. `shape` turns the rows of one negocio (none, for one without data) into the figure. `rolled` gives
    the same rows out of tallies, as long as that takes however many rows there are; attached tables have none.
    """

    name: str
    rows: Callable[[Scope], QuerySet[Any, Any]]
    shape: Callable[[Sequence[Row]], Figure]
    rest: str | None = None
    limit: int | None = None
    rolled: Callable[[Scope], QuerySet[Any, Any]] | None = None

    def asked(self, scope: Scope, by_tallies: bool = True) -> QuerySet[Any, Any]:
        """What is asked of PostgreSQL."""
        return self.rows(scope) if self.rolled is None or not by_tallies else self.rolled(scope)


@dataclass(frozen=True, slots=True)
class Computed:
    """One metric for many negocios, out of one statement, with the snapshot that the statement saw.

    Negocios with attached tables have a statement of their own, and so a version, in `versions`. `unreadable`: those
    whose tables can't be read now, and why; they have no figure.
    """

    version: int
    as_of: dt.datetime
    figures: Mapping[int, Figure] = field(repr=False)
    versions: Mapping[int, int] = field(default_factory=dict)
    unreadable: Mapping[int, str] = field(default_factory=dict)

    def version_of(self, negocio_id: int) -> int:
        """The version of that negocio's figure."""
        return self.versions.get(negocio_id, self.version)


# pg_current_snapshot() is read in the metric's own statement: nothing else orders concurrent results rightly. The
# left join gives one row, and so a version, even when no negocio has any data. Which of the negocios have attached
# tables is read in it too: a process that had that from before would show figures without them.
STATEMENT = """WITH figures AS ({sql})
SELECT pg_snapshot_xmax(seen)::text::bigint, (SELECT count(*) FROM pg_snapshot_xip(seen)), clock_timestamp(), attached,
  figures.*
FROM (SELECT pg_current_snapshot() AS seen, (
  SELECT array_agg(ARRAY[attachment_id, negocio_id]) FROM {attached} WHERE negocio_id = ANY(%s)
) AS attached) AS moment LEFT JOIN figures ON true"""
VERSION_COLUMNS = 4
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
def statement_for(metric: Metric, size: int, limit: int | None, own: bool = True) -> Statement:
    """The metric's statement for `size` negocios: making it costs more of this process than its answer.

    `own`: whether the rows are in tables of ours, with keys and tallies, or read through views.
    """
    stand_ins = {STAND_IN + index: index for index in range(size)}
    sql, params = metric.asked(Scope(list(stand_ins), limit=limit), own).query.sql_with_params()
    numbers = {position: value for position, value in enumerate(params) if isinstance(value, int)}
    places = {position: stand_ins[value] for position, value in numbers.items() if value in stand_ins}
    if set(places.values()) != set(stand_ins.values()):
        raise ValueError(f"metric {metric.name}: the keys of negocios must be plain values of its queryset")
    return Statement(_completed(sql), params, places)


def _completed(sql: str) -> str:
    return STATEMENT.format(sql=sql, attached=AttachedNegocio._meta.db_table)


def _made_for(metric: Metric, scope: Scope) -> tuple[str, Sequence[Any]]:
    ids = list(scope.negocio_ids)
    # Views have no keys by which rows could be grouped: attached_rows says so to Django while they are read.
    own = connection.features.allows_group_by_selected_pks
    if scope.now is not None:
        sql, params = metric.asked(scope, own).query.sql_with_params()
        return _completed(sql), [*params, ids]
    statement = statement_for(metric, len(ids), scope.limit, own)
    return statement.sql, [*statement.params_for(ids), ids]


def compute(metric: Metric, scope: Scope) -> Computed:
    """The metric for every negocio of the scope, each named once, in one statement.

    Those with attached tables are computed apart, one statement for each attachment, so that whatever becomes of
    their tables is nobody else's business.
    """
    computed, attached = _computed(metric, scope)
    for attachment_id, negocio_ids in attached.items():
        computed = _with_attached(computed, metric, attachment_id, replace(scope, negocio_ids=negocio_ids))
    return computed


def _with_attached(computed: Computed, metric: Metric, attachment_id: int, scope: Scope) -> Computed:
    """The result with the figures of these negocios from own and attached rows, or why there are none."""
    figures = {id: figure for id, figure in computed.figures.items() if id not in scope.negocio_ids}
    try:
        with attached_rows(attachment_id):
            theirs, _ = _computed(metric, scope)
    except DatabaseError as error:
        if connection.connection is None or connection.connection.closed:
            raise
        reasons = dict.fromkeys(scope.negocio_ids, str(error).strip())
        return replace(computed, figures=figures, unreadable={**computed.unreadable, **reasons})
    versions = {**computed.versions, **dict.fromkeys(scope.negocio_ids, theirs.version)}
    return replace(computed, figures=figures | dict(theirs.figures), versions=versions)


def _computed(metric: Metric, scope: Scope) -> tuple[Computed, Mapping[int, Sequence[int]]]:
    """The metric in one statement, and which of the negocios have attached tables: by attachment."""
    with connection.cursor() as cursor:
        cursor.execute(*_made_for(metric, scope))
        names = [column.name for column in cursor.description[VERSION_COLUMNS:]]
        records = cursor.fetchall()
    xmax, in_progress, as_of, pairs = records[0][:VERSION_COLUMNS]
    rows: dict[int, list[Row]] = {}
    for record in records:
        row = dict(zip(names, record[VERSION_COLUMNS:], strict=True))
        if row["negocio_id"] is not None:
            rows.setdefault(row["negocio_id"], []).append(row)
    figures = {negocio_id: metric.shape(rows.get(negocio_id, ())) for negocio_id in scope.negocio_ids}
    attached: dict[int, list[int]] = {}
    for attachment_id, negocio_id in pairs or ():
        attached.setdefault(attachment_id, []).append(negocio_id)
    return Computed(version_of(xmax, in_progress), as_of, figures), attached


def number(value: Decimal | float | None) -> float | int:
    """Money and averages as JSON numbers: two decimals, halves up, whole where they are whole, 0 for nothing."""
    rounded = Decimal(value or 0).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return int(rounded) if rounded == rounded.to_integral_value() else float(rounded)
