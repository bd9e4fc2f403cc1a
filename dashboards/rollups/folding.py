"""How do deltas become tallies, one of each key? In small transactions; whoever reads sees either, never both."""

import functools
from collections.abc import Sequence

from django.apps import apps
from django.db import connection, models, transaction

from dashboards.rollups.declaring import levels_of, rollup_of
from dashboards.rollups.levels import KEYS
from dashboards.rollups.triggers import COLUMNS, SIGN, all_levels, delta_table, tally_table

# Deltas to a transaction; so few, or fewer, cost less to read than to fold.
BATCH, FEW = 5_000, 100
# The first half of the advisory lock under which a table's tallies are folded or counted anew.
LOCK = 0x7A11
KEY = ("negocio_id", "level", *KEYS)

FOLD = """
WITH raw AS (
  DELETE FROM {delta_table} WHERE ctid = ANY(ARRAY(SELECT ctid FROM {delta_table} LIMIT %s)) RETURNING *
), counted AS (
  DELETE FROM {tally_table} WHERE NOT folded
  AND ctid = ANY(ARRAY(SELECT ctid FROM {tally_table} WHERE NOT folded LIMIT %s)) RETURNING {columns}
), picked ({columns}) AS (
  {of_raw} UNION ALL SELECT * FROM counted
), keys AS (
  SELECT DISTINCT {key} FROM picked
), before AS (
  DELETE FROM {tally_table} AS t USING keys AS k WHERE t.folded AND {same} RETURNING {t_columns}
), folded AS (
  INSERT INTO {tally_table} ({key}, how_many, how_much, folded)
  SELECT {key}, sum(how_many), sum(how_much), true FROM (SELECT * FROM picked UNION ALL SELECT * FROM before) AS summed
  GROUP BY {key} HAVING sum(how_many) <> 0 OR sum(how_much) <> 0
)
SELECT (SELECT count(*) FROM raw) + (SELECT count(*) FROM counted)
"""
WAITING = """
SELECT (SELECT count(*) FROM (SELECT FROM {tally_table} WHERE NOT folded LIMIT %s) AS counted)
  + (SELECT count(*) FROM (SELECT FROM {delta_table} LIMIT %s) AS raw)
"""
# Locked first by all who need both, as by the view and by TRUNCATE: else they would wait for each other.
FIRST = "LOCK TABLE {tally_table} IN ROW EXCLUSIVE MODE"


def rolled_models() -> Sequence[type[models.Model]]:
    """The models whose rows are tallied. Needs loaded apps."""
    return [model for model in apps.get_models() if rollup_of(model) is not None]


def fold_all(few: int = FEW) -> int:
    """Fold the deltas of every table; returns how many were folded. A table with only a `few` is left alone."""
    rolled = {model._meta.db_table: model for model in rolled_models()}
    return sum(fold(rolled[table], few) for table in _with_more_than(few, list(rolled)))


def _with_more_than(few: int, tables: Sequence[str]) -> Sequence[str]:
    """Those of the tables of which so much waits: one statement for all, as it is asked every second."""
    if not tables:
        return []
    waiting = " UNION ALL ".join(f"SELECT '{table}', ({_waiting_sql(table)})" for table in tables)
    with connection.cursor() as cursor:
        params = [few + 1] * 2 * len(tables)
        cursor.execute(f"SELECT name FROM ({waiting}) AS each (name, size) WHERE size > %s", [*params, few])
        return [name for (name,) in cursor.fetchall()]


def _waiting_sql(table: str) -> str:
    return WAITING.format(tally_table=tally_table(table), delta_table=delta_table(table))


def fold(model: type[models.Model], few: int = FEW) -> int:
    """Fold the deltas of the model's rows until a few are left; returns how many were folded.

    Nothing where somebody else is at it.
    """
    folded = 0
    while _waiting(model, few + 1) > few:
        batch = _fold_batch(model)
        if not batch:
            break
        folded += batch
    return folded


def _waiting(model: type[models.Model], most: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_waiting_sql(model._meta.db_table), [most, most])
        return int(cursor.fetchone()[0])


@functools.cache
def _fold_sql(model: type[models.Model]) -> str:
    table = model._meta.db_table
    return FOLD.format(
        tally_table=tally_table(table), delta_table=delta_table(table), columns=COLUMNS, key=", ".join(KEY),
        of_raw=all_levels(levels_of(model), "raw", SIGN).replace("%", "%%"),
        t_columns=", ".join(f"t.{column}" for column in COLUMNS.split(", ")),
        same=" AND ".join(f"t.{column} = k.{column}" for column in KEY),
    )  # fmt: skip


def _fold_batch(model: type[models.Model]) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, hashtext(%s))", [LOCK, model._meta.db_table])
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(FIRST.format(tally_table=tally_table(model._meta.db_table)))
        # The tables are small, but PostgreSQL thinks them huge or empty, as statistics come late.
        cursor.execute("SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off")
        cursor.execute(_fold_sql(model), [BATCH, BATCH])
        return int(cursor.fetchone()[0])
