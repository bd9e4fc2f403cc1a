"""What is a metric, and how are many metrics of many negocios computed, one statement a metric?"""

import datetime as dt
import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db import DatabaseError, connection
from django.db.models import QuerySet

from dashboards.asking import Question, ask
from dashboards.attach.reading import attached_rows
from dashboards.statements import (
    STAND_INS,
    Reading,
    question_for,
    question_once,
    reading_of,
    text_for_any,
)

Row = Mapping[str, Any]
# Whole, JSON-ready: dict, list, str, int, float, bool, None.
Figure = Any
MOST_STATEMENTS = 512
CENT = Decimal("0.01")


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
        return self.versions.get(negocio_id, self.version) if self.versions else self.version


@functools.lru_cache(MOST_STATEMENTS)
def statement_for(metric: Metric, limit: int | None = None, own: bool = True) -> str:
    """The text of the metric's statement, for any negocios.

    `own`: whether the rows are in tables of ours, with keys and tallies, or read through views.
    """
    return text_for_any(metric.asked(Scope(STAND_INS, limit=limit), own))


def _question(metric: Metric, scope: Scope) -> Question:
    # Views have no keys by which rows could be grouped: attached_rows says so to Django while they are read.
    own = connection.features.allows_group_by_selected_pks
    if scope.now is not None:
        return question_once(metric.asked(scope, own), scope.negocio_ids)
    return question_for(statement_for(metric, scope.limit, own), scope.negocio_ids, keep=own)


def compute(metric: Metric, scope: Scope) -> Computed:
    """The metric for every negocio of the scope, each named once, in one statement.

    Those with attached tables are computed apart, one statement for each attachment, so that whatever becomes of
    their tables is nobody else's business.
    """
    return compute_together([metric], scope)[metric.name]


def compute_together(metrics: Sequence[Metric], scope: Scope) -> dict[str, Computed]:
    """The same of several metrics, by name; those that read the same rows share their statements."""
    own_tables = connection.features.allows_group_by_selected_pks
    alike: dict[object, list[Metric]] = {}
    for metric in metrics:
        alike.setdefault(metric.rolled if own_tables and metric.rolled is not None else metric.rows, []).append(metric)
    questions = [_question(each[0], scope) for each in alike.values()]
    ask(*questions)
    computed: dict[str, Computed] = {}
    for each, question in zip(alike.values(), questions, strict=True):
        own = reading_of(question)
        # Out of attached tables what shares tallies may read different rows.
        apart: dict[object, dict[int, Reading | str]] = {}
        for metric in each:
            if metric.rows not in apart:
                apart[metric.rows] = {
                    id: _read_attached(metric, id, replace(scope, negocio_ids=ids)) for id, ids in own.attached.items()
                }
            computed[metric.name] = _computed(metric, scope, own, apart[metric.rows])
    return computed


def _computed(metric: Metric, scope: Scope, own: Reading, apart: Mapping[int, Reading | str]) -> Computed:
    """The figures out of what was read; `apart`, of attached tables: or why they couldn't be."""
    if not own.attached:  # as nearly always, and a tick has a thousand negocios
        shape, rows = metric.shape, own.rows
        return Computed(own.version, own.as_of, {id: shape(rows.get(id, ())) for id in scope.negocio_ids})
    readings: dict[int, Reading | str] = {
        negocio_id: apart[attachment_id]
        for attachment_id, negocio_ids in own.attached.items()
        for negocio_id in negocio_ids
    }
    figures: dict[int, Figure] = {}
    unreadable: dict[int, str] = {}
    for id in scope.negocio_ids:
        reading = readings.get(id, own)
        if isinstance(reading, str):
            unreadable[id] = reading
        else:
            figures[id] = metric.shape(reading.rows.get(id, ()))
    versions = {id: reading.version for id, reading in readings.items() if isinstance(reading, Reading)}
    return Computed(own.version, own.as_of, figures, versions, unreadable)


def _read_attached(metric: Metric, attachment_id: int, scope: Scope) -> Reading | str:
    """The rows of these negocios from own and attached tables, or why there are none."""
    try:
        with attached_rows(attachment_id):
            question = _question(metric, scope)
            ask(question)
            return reading_of(question)
    except DatabaseError as error:
        if connection.connection is None or connection.connection.closed:
            raise
        return str(error).strip()


def number(value: Decimal | float | None) -> float | int:
    """Money and averages as JSON numbers: two decimals, halves up, whole where they are whole, 0 for nothing."""
    if not value:
        return 0
    rounded = Decimal(value).quantize(CENT, ROUND_HALF_UP)
    return int(rounded) if rounded == rounded.to_integral_value() else float(rounded)
