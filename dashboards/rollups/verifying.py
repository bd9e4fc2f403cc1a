"""Do the tallies add up to the rows, and how are they counted anew?"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, models, transaction

from dashboards.rollups.changing import changed_rows, rows_sql, touched_by_links
from dashboards.rollups.declaring import rolled_of
from dashboards.rollups.folding import LOCK, lock
from dashboards.rollups.levels import KEYS, SIGN
from dashboards.rollups.merging import recount_sql
from dashboards.rollups.naming import delta_table, tally_table, view_of
from dashboards.rollups.rolled import COLUMNS, Rolled

KEY = ", ".join(["level", "negocio_id", *KEYS])
# One statement, so both sides are of one moment.
DRIFT = """
WITH counted ({key}, size, amount) AS ({counted}), kept AS (
  SELECT {key}, sum(how_many) AS size, sum(how_much) AS amount FROM {kept}
  GROUP BY {key} HAVING sum(how_many) <> 0 OR sum(how_much) <> 0
)
SELECT {key}, counted.size, counted.amount, kept.size, kept.amount
FROM counted FULL JOIN kept USING ({key})
WHERE (counted.size, counted.amount) IS DISTINCT FROM (kept.size, kept.amount) ORDER BY {key}
"""
# Not the view, which counts rows itself where many deltas wait, nor asks for negocios that are gone.
JOINED = """(
  WITH touched (unit) AS ({touched}), changed AS MATERIALIZED ({changed})
  SELECT {columns} FROM {tally_table} UNION ALL {of_changed}
) AS kept"""


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
    rolled = rolled_of(model)
    counted, kept = rolled.table, view_of(rolled.table)
    if rolled.joined:
        counted, kept = f"({rows_sql(rolled)}) AS all_rows", _joined(rolled)
    with connection.cursor() as cursor:
        cursor.execute(DRIFT.format(counted=rolled.select(counted), key=KEY, kept=kept))
        rows: Sequence[Any] = cursor.fetchall()
    return [Drift(rolled.table, tuple(row[:-4]), (row[-4], row[-3]), (row[-2], row[-1])) for row in rows]


def _joined(rolled: Rolled) -> str:
    """The tallies of a joined roll-up, what isn't folded among them."""
    own, deltas = rolled.table, {link.name: delta_table(rolled.table, link.name) for link in rolled.links}
    touched = [f"SELECT {rolled.unit} FROM {delta_table(own)}", *touched_by_links(rolled, deltas, own)]
    return JOINED.format(
        touched=" UNION ".join(touched), changed=changed_rows(rolled, f"{rolled.unit} IN (SELECT unit FROM touched)"),
        columns=COLUMNS, tally_table=tally_table(own), of_changed=rolled.select("changed", SIGN),
    )  # fmt: skip


def rebuild(model: type[models.Model]) -> int:
    """Count the model's rows anew; returns how many tallies that makes. Nobody waits."""
    rolled = rolled_of(model)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [LOCK, rolled.table])
        lock(cursor, rolled, rows=True)
        cursor.execute(recount_sql(rolled))
        return int(cursor.rowcount)
