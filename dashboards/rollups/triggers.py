"""How do tallies follow every write to a table, whoever writes? Statement triggers append what a statement added."""

from collections.abc import Sequence

from dashboards.rollups.levels import LevelSql
from dashboards.triggers import TRIGGERS

TALLIES = "dashboards_tally"
COLUMNS = "level, negocio_id, day, moment, word, number, how_many, how_much"
SIGN = "pulso_sign"
BOTH = f"(SELECT 1 AS {SIGN}, * FROM new_rows UNION ALL SELECT -1, * FROM old_rows) AS both_rows"
GONE = f"(SELECT -1 AS {SIGN}, * FROM old_rows) AS gone"

# TRUNCATE and not DELETE: a transaction that doesn't see all rows empties the table of all of them.
FUNCTION = """
CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = {schema}, pg_temp AS $body$
BEGIN
  IF TG_OP = 'INSERT' THEN
    {insert} {added};
  ELSIF TG_OP = 'UPDATE' THEN
    {insert} {changed};
  ELSIF TG_OP = 'DELETE' THEN
    {insert} {removed};
  ELSE
    TRUNCATE {tallies};
  END IF;
  RETURN NULL;
END $body$
"""

# Appended to and emptied all the time, so vacuumed by what has gone and not by what is there.
TABLE = """
CREATE TABLE {tallies} PARTITION OF {parent} (source DEFAULT '{table}') FOR VALUES IN ('{table}')
WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000)
"""


def tallies_of(table: str) -> str:
    """The table of a table's tallies."""
    return f"tally_{table}"


def install_sql(schema: str, table: str, levels: Sequence[LevelSql]) -> list[str]:
    """The statements that keep a table's tallies from now on, those of the rows that are there among them."""
    insert = f"INSERT INTO {tallies_of(table)} ({COLUMNS})"

    def of(rows: str, sign: str = "") -> str:
        return " UNION ALL ".join(level.select(rows, sign) for level in levels)

    function = FUNCTION.format(
        function=_function(table), schema=schema, tallies=tallies_of(table), insert=insert,
        added=of("new_rows"), changed=of(BOTH, SIGN), removed=of(GONE, SIGN),
    )  # fmt: skip
    creation = TABLE.format(tallies=tallies_of(table), parent=TALLIES, table=table)
    triggers = [
        f"CREATE TRIGGER pulso_tally_{operation} {events.format(table=table)} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {_function(table)}()"
        for operation, events in TRIGGERS.items()
    ]
    # The triggers come first: from then on nobody else writes to the table until we have committed.
    return [creation, function, *triggers, count_sql(table, levels)]


def count_sql(table: str, levels: Sequence[LevelSql]) -> str:
    """The statement that makes folded tallies of all rows of the table."""
    counted = " UNION ALL ".join(level.select(table) for level in levels)
    return f"INSERT INTO {tallies_of(table)} ({COLUMNS}, folded) SELECT *, true FROM ({counted}) AS counted"


def remove_sql(table: str) -> list[str]:
    """The statements that keep no tallies any more."""
    drops = [f"DROP TRIGGER IF EXISTS pulso_tally_{operation} ON {table}" for operation in TRIGGERS]
    return [*drops, f"DROP FUNCTION IF EXISTS {_function(table)}()", f"DROP TABLE IF EXISTS {tallies_of(table)}"]


def _function(table: str) -> str:
    return f"tally_rows_of_{table}"
