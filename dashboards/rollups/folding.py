"""How do deltas become tallies, one of each key? In small transactions; whoever reads sees either, never both."""

import functools
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.db import OperationalError, connection, models, transaction

from dashboards.rollups.declaring import rolled_of, rollup_of
from dashboards.rollups.merging import (
    chosen_sql,
    merge_sql,
    merge_units_sql,
    others_of,
    recount_sql,
    sources_of,
    waiting_sql,
)
from dashboards.rollups.naming import tally_table
from dashboards.rollups.rolled import Rolled

# Deltas to a transaction; so few, or fewer, cost less to read than to fold.
BATCH, FEW = 5_000, 100
# So many deltas are more work than to count all rows anew, if there are fewer rows for each than this.
MUCH, QUICKER = 50_000, 20
# The first half of the advisory lock under which a table's tallies are folded or counted anew.
LOCK = 0x7A11
# How long whoever folds waits for somebody who empties or alters tables: less than PostgreSQL waits to look whether
# they wait for each other. What isn't folded now is the next time.
PATIENCE = "SET LOCAL lock_timeout = '250ms'"
LOCK_NOT_AVAILABLE = "55P03"


def rolled_models() -> Sequence[type[models.Model]]:
    """The models whose rows are tallied. Needs loaded apps."""
    return [model for model in apps.get_models() if rollup_of(model) is not None]


def fold_all(few: int = FEW) -> int:
    """Fold the deltas of every table; returns how many were folded. A table with only a `few` is left alone."""
    return sum(fold(model, few) for model in _with_more_than(few, rolled_models()))


def _with_more_than(few: int, rolled: Sequence[type[models.Model]]) -> Sequence[type[models.Model]]:
    """Those of which so much waits: one statement for all, as it is asked every second."""
    if not rolled:
        return []
    sizes = ", ".join(f"({waiting_sql(rolled_of(model))})" for model in rolled)
    leaves = [_leaves(model, few) for model in rolled]
    asked = [most + 1 for model, most in zip(rolled, leaves, strict=True) for _ in sources_of(rolled_of(model))]
    waiting: Sequence[int] = [0] * len(rolled)
    with _patiently() as cursor:
        cursor.execute(f"SELECT {sizes}", asked)
        waiting = cursor.fetchone()
    return [model for model, size, most in zip(rolled, waiting, leaves, strict=True) if size > most]


def _leaves(model: type[models.Model], few: int) -> int:
    """How many may wait. Of a joined roll-up none: a single one may touch many rows."""
    return 0 if rolled_of(model).joined else few


def fold(model: type[models.Model], few: int = FEW) -> int:
    """Fold the deltas that the model's rows have by now, unless they are a few; returns how many were folded.

    Nothing where somebody else is at it.
    """
    folded, more = 0, True
    while more:
        batch, more = _fold_batch(model, _leaves(model, few))
        folded += batch
    return folded


def _fold_batch(model: type[models.Model], most: int) -> tuple[int, bool]:
    """How many were folded, and whether some are left that were there before."""
    rolled = rolled_of(model)
    with _patiently() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, hashtext(%s))", [LOCK, rolled.table])
        if not cursor.fetchone()[0]:
            return 0, False
        lock(cursor, rolled)
        waiting = _waiting(cursor, rolled, BATCH)
        if waiting <= most:
            return 0, False
        if rolled.joined and waiting > BATCH and (much := _much(cursor, rolled)):
            cursor.execute(recount_sql(rolled))
            return much, False
        # Deltas are few, but PostgreSQL thinks them many or none, as statistics come late.
        cursor.execute("SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off")
        if rolled.joined:
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_indexonlyscan = off")
        statement, values = _joined(cursor, model) if rolled.joined else (_own_sql(model), {"batch": BATCH})
        cursor.execute(statement, values)
        taken = int(cursor.fetchone()[0])
        # A batch may take more than were counted, of a unit that many touch: so many may be left all the same.
        return taken, waiting > BATCH or taken < waiting
    return 0, False


def _waiting(cursor: Any, rolled: Rolled, most: int) -> int:
    """How many deltas wait; of each table so many are counted, and one more."""
    cursor.execute(waiting_sql(rolled), [most + 1] * len(sources_of(rolled)))
    return int(cursor.fetchone()[0])


def _much(cursor: Any, rolled: Rolled) -> int:
    """How many deltas wait, or more, if they are so many that all rows are counted more quickly; else 0."""
    cursor.execute("SELECT reltuples FROM pg_class WHERE oid = %s::regclass", [rolled.table])
    much = max(MUCH, int(cursor.fetchone()[0]) // QUICKER)
    waiting = _waiting(cursor, rolled, much)
    return waiting if waiting > much else 0


@contextmanager
def _patiently() -> Iterator[Any]:
    """A transaction; nothing has happened where others hold the tables locked for too long."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(PATIENCE)
            yield cursor
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", None) != LOCK_NOT_AVAILABLE:
            raise


def lock(cursor: Any, rolled: Rolled, rows: bool = False) -> None:
    """Lock what is folded, in the order in which TRUNCATE does and the view: else they would wait for each other.

    `rows`: all rows are to be read too, which folding a joined roll-up always does.
    """
    if rolled.joined or rows:
        cursor.execute(f"LOCK TABLE {', '.join(rolled.tables)} IN ACCESS SHARE MODE")
    cursor.execute(f"LOCK TABLE {tally_table(rolled.table)} IN ROW EXCLUSIVE MODE")


def _joined(cursor: Any, model: type[models.Model]) -> tuple[str, Mapping[str, Any]]:
    """The statement that folds a batch of a joined roll-up, and what of."""
    choose, merge = _joined_sql(model)
    cursor.execute(choose, {"batch": BATCH, "few": FEW})
    units, *keys = cursor.fetchone()
    names = [link.name for link in others_of(rolled_of(model))]
    return merge, {"units": units, **dict(zip(names, keys, strict=True))}


@functools.cache
def _own_sql(model: type[models.Model]) -> str:
    return merge_sql(rolled_of(model))


@functools.cache
def _joined_sql(model: type[models.Model]) -> tuple[str, str]:
    rolled = rolled_of(model)
    return chosen_sql(rolled), merge_units_sql(rolled)
