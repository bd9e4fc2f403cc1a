"""How do many tallies of one key become one? Small transactions; whoever reads meanwhile sees either, never both."""

from collections.abc import Sequence

from django.apps import apps
from django.db import connection, models, transaction

from dashboards.rollups.declaring import rollup_of
from dashboards.rollups.levels import KEYS
from dashboards.rollups.triggers import COLUMNS, tallies_of

# Tallies to a transaction; so few, or fewer, cost less to read than to fold.
BATCH, FEW = 5_000, 100
# The first half of the advisory lock under which a table's tallies are folded or counted anew.
LOCK = 0x7A11
KEY = ("negocio_id", "level", *KEYS)

FOLD = """
WITH picked AS (
  DELETE FROM {tallies} WHERE NOT folded AND id = ANY(ARRAY(SELECT id FROM {tallies} WHERE NOT folded LIMIT %s))
  RETURNING {columns}
), keys AS (
  SELECT DISTINCT {key} FROM picked
), before AS (
  DELETE FROM {tallies} AS t USING keys AS k WHERE t.folded AND {same} RETURNING {t_columns}
), folded AS (
  INSERT INTO {tallies} ({key}, how_many, how_much, folded)
  SELECT {key}, sum(how_many), sum(how_much), true FROM (SELECT * FROM picked UNION ALL SELECT * FROM before) AS summed
  GROUP BY {key} HAVING sum(how_many) <> 0 OR sum(how_much) <> 0
)
SELECT count(*) FROM picked
"""
WAITING = "SELECT count(*) FROM (SELECT FROM {tallies} WHERE NOT folded LIMIT %s) AS waiting"


def rolled_models() -> Sequence[type[models.Model]]:
    """The models whose rows are tallied. Needs loaded apps."""
    return [model for model in apps.get_models() if rollup_of(model) is not None]


def fold_all(few: int = FEW) -> int:
    """Fold the tallies of every table; returns how many were folded. A table with only a `few` is left alone."""
    return sum(fold(model, few) for model in rolled_models())


def fold(model: type[models.Model], few: int = FEW) -> int:
    """Fold the tallies of the model's rows until a few are left; returns how many were folded.

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
        cursor.execute(WAITING.format(tallies=tallies_of(model._meta.db_table)), [most])
        return int(cursor.fetchone()[0])


def _fold_batch(model: type[models.Model]) -> int:
    table = model._meta.db_table
    statement = FOLD.format(
        tallies=tallies_of(table), columns=COLUMNS, key=", ".join(KEY),
        t_columns=", ".join(f"t.{column}" for column in COLUMNS.split(", ")),
        same=" AND ".join(f"t.{column} = k.{column}" for column in KEY),
    )  # fmt: skip
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, hashtext(%s))", [LOCK, table])
        if not cursor.fetchone()[0]:
            return 0
        # The tables are small, but PostgreSQL thinks them huge or empty, as statistics come late.
        cursor.execute("SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off")
        cursor.execute(statement, [BATCH])
        return int(cursor.fetchone()[0])
