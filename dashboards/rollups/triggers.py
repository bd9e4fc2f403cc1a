"""How do tallies follow every write to a table, whoever writes? Statement triggers append what a statement added.

A table has two beside it. `delta_…`: the columns that its levels read, of each row that came (1) or went (-1); what a
writer pays for is a copy of them. `tally_…`: what rows add up to, by the keys of the levels; deltas are folded into it,
and a statement of many rows appends to it at once. The view `tallies_…` shows both as tallies.
"""

from collections.abc import Sequence

from dashboards.rollups.levels import KEYS, NEGOCIO, LevelSql
from dashboards.triggers import TRIGGERS

COLUMNS = ", ".join(["level", "negocio_id", *KEYS, "how_many", "how_much"])
SIGN = "pulso_sign"
# A statement of more rows is counted by its own process, and leaves a tally for each key.
MOST_DELTAS = 100

# TRUNCATE and not DELETE: a transaction that doesn't see all rows empties the table of all of them.
FUNCTION = """
CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = {schema}, pg_temp AS $body$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF (SELECT count(*) FROM (SELECT FROM new_rows LIMIT {limit}) AS some_rows) < {limit} THEN
      {deltas} SELECT 1, {read} FROM new_rows;
    ELSE
      {tallies} {added};
    END IF;
  ELSIF TG_OP = 'UPDATE' THEN
    IF (SELECT count(*) FROM (SELECT FROM new_rows LIMIT {limit}) AS some_rows) < {limit} THEN
      {deltas} SELECT sum({sign}), {read} FROM {both} GROUP BY {read} HAVING sum({sign}) <> 0;
    ELSE
      {tallies} {changed};
    END IF;
  ELSIF TG_OP = 'DELETE' THEN
    IF (SELECT count(*) FROM (SELECT FROM old_rows LIMIT {limit}) AS some_rows) < {limit} THEN
      {deltas} SELECT -1, {read} FROM old_rows;
    ELSE
      {tallies} {removed};
    END IF;
  ELSE
    TRUNCATE {tally_table}, {delta_table};
  END IF;
  RETURN NULL;
END $body$
"""
BOTH = f"(SELECT 1 AS {SIGN}, * FROM new_rows UNION ALL SELECT -1, * FROM old_rows) AS both_rows"
GONE = f"(SELECT -1 AS {SIGN}, * FROM old_rows) AS gone"

# Appended to and emptied all the time, so vacuumed by what has gone and not by what is there.
VACUUMED = "WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000)"
TABLES = """
CREATE TABLE {delta_table} ({sign} bigint NOT NULL, {typed}) {vacuumed};
CREATE INDEX ON {delta_table} (negocio_id);
CREATE TABLE {tally_table} (
  level text NOT NULL, negocio_id bigint NOT NULL, {keys}, how_many bigint NOT NULL, how_much numeric NOT NULL,
  folded boolean NOT NULL DEFAULT false
) {vacuumed};
CREATE INDEX ON {tally_table} (negocio_id, level, {key_names}) INCLUDE (how_many, how_much);
CREATE INDEX ON {tally_table} (level) WHERE NOT folded;
CREATE VIEW {view} AS SELECT {columns} FROM {tally_table} UNION ALL {from_deltas}
"""


def tally_table(table: str) -> str:
    """The table of what a table's rows add up to."""
    return f"tally_{table}"


def delta_table(table: str) -> str:
    """The table of what came and went since."""
    return f"delta_{table}"


def view_of(table: str) -> str:
    """The view of all tallies of a table."""
    return f"tallies_{table}"


def install_sql(schema: str, table: str, levels: Sequence[LevelSql]) -> list[str]:
    """The statements that keep a table's tallies from now on, those of the rows that are there among them."""
    triggers = [
        f"CREATE TRIGGER pulso_tally_{operation} {events.format(table=table)} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {_function(table)}()"
        for operation, events in TRIGGERS.items()
    ]
    # The triggers come first: from then on nobody else writes to the table until we have committed.
    return [_tables(table, levels), _function_sql(schema, table, levels), *triggers, count_sql(table, levels)]


def _tables(table: str, levels: Sequence[LevelSql]) -> str:
    read = columns_read(levels)
    return TABLES.format(
        tally_table=tally_table(table), delta_table=delta_table(table), view=view_of(table), vacuumed=VACUUMED,
        sign=SIGN, typed=", ".join(f"{column} {type}" for column, type in read.items()), columns=COLUMNS,
        keys=", ".join(f"{key} {type} NOT NULL" for key, (type, _) in KEYS.items()), key_names=", ".join(KEYS),
        from_deltas=" UNION ALL ".join(level.each(delta_table(table), SIGN) for level in levels),
    )  # fmt: skip


def _function_sql(schema: str, table: str, levels: Sequence[LevelSql]) -> str:
    read = ", ".join(columns_read(levels))
    return FUNCTION.format(
        function=_function(table), schema=schema, limit=MOST_DELTAS + 1, sign=SIGN, both=BOTH, read=read,
        tally_table=tally_table(table), delta_table=delta_table(table),
        deltas=f"INSERT INTO {delta_table(table)} ({SIGN}, {read})",
        tallies=f"INSERT INTO {tally_table(table)} ({COLUMNS})",
        added=all_levels(levels, "new_rows"), changed=all_levels(levels, BOTH, SIGN),
        removed=all_levels(levels, GONE, SIGN),
    )  # fmt: skip


def columns_read(levels: Sequence[LevelSql]) -> dict[str, str]:
    """The columns that the levels read, with their types."""
    return {NEGOCIO: "bigint", **{column: type for level in levels for column, type in level.read.items()}}


def all_levels(levels: Sequence[LevelSql], rows: str, sign: str = "") -> str:
    """Tallies of the rows, of each level."""
    return " UNION ALL ".join(level.select(rows, sign) for level in levels)


def count_sql(table: str, levels: Sequence[LevelSql]) -> str:
    """The statement that makes folded tallies of all rows of the table."""
    counted = all_levels(levels, table)
    return f"INSERT INTO {tally_table(table)} ({COLUMNS}, folded) SELECT *, true FROM ({counted}) AS counted"


def remove_sql(table: str) -> list[str]:
    """The statements that keep no tallies any more."""
    drops = [f"DROP TRIGGER IF EXISTS pulso_tally_{operation} ON {table}" for operation in TRIGGERS]
    tables = f"DROP TABLE IF EXISTS {tally_table(table)}, {delta_table(table)}"
    return [*drops, f"DROP FUNCTION IF EXISTS {_function(table)}()", f"DROP VIEW IF EXISTS {view_of(table)}", tables]


def _function(table: str) -> str:
    return f"tally_rows_of_{table}"
