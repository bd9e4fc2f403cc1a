"""Do the tallies add up to the rows, and how are they counted anew?"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, models, transaction

from dashboards.rollups.declaring import levels_of
from dashboards.rollups.folding import LOCK
from dashboards.rollups.levels import KEYS
from dashboards.rollups.triggers import all_levels, count_sql, delta_table, tally_table, view_of

KEY = ", ".join(["level", "negocio_id", *KEYS])
# One statement, so both sides are of one moment.
DRIFT = """
WITH counted ({key}, size, amount) AS ({counted}), kept AS (
  SELECT {key}, sum(how_many) AS size, sum(how_much) AS amount FROM {view}
  GROUP BY {key} HAVING sum(how_many) <> 0 OR sum(how_much) <> 0
)
SELECT {key}, counted.size, counted.amount, kept.size, kept.amount
FROM counted FULL JOIN kept USING ({key})
WHERE (counted.size, counted.amount) IS DISTINCT FROM (kept.size, kept.amount) ORDER BY {key}
"""


@dataclass(frozen=True, slots=True)
class Drift:
    """A key whose tallies don't add up to its rows: number and sum of both; None where there is no such key."""

    table: str
    key: tuple[Any, ...]
    counted: tuple[Any, Any]
    kept: tuple[Any, Any]

    def __str__(self) -> str:
        level, negocio_id, *parts = self.key
        counted, kept = (f"{size or 0} rows, {amount or 0}" for size, amount in (self.counted, self.kept))
        words = " ".join(str(part) for part in parts)
        return f"{self.table}, {level}, negocio {negocio_id}, {words}: {counted} there, {kept} rolled up"


def drift(model: type[models.Model]) -> list[Drift]:
    """Every key of the model's roll-up that is wrong; a full count, as long as that takes. Locks nothing."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(DRIFT.format(counted=all_levels(levels_of(model), table), key=KEY, view=view_of(table)))
        rows: Sequence[Any] = cursor.fetchall()
    return [Drift(table, tuple(row[:-4]), (row[-4], row[-3]), (row[-2], row[-1])) for row in rows]


def rebuild(model: type[models.Model]) -> int:
    """Count the model's rows anew; returns how many tallies that makes. Its writers wait meanwhile, readers don't."""
    table = model._meta.db_table
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE")
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [LOCK, table])
        for kept in (tally_table(table), delta_table(table)):
            cursor.execute(f"DELETE FROM {kept}")
        cursor.execute(count_sql(table, levels_of(model)))
        return int(cursor.rowcount)
