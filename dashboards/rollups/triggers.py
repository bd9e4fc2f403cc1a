"""How do tallies follow every write to a table, whoever writes? Statement triggers append what a statement added.

A table has two beside it. `delta_…`: the columns that its levels read, of each row that came (1) or went (-1); what a
writer pays for is a copy of them. `tally_…`: what rows add up to, by the keys of the levels; deltas are folded into it,
and a statement of many rows appends to it at once. The view `tallies_…` shows both as tallies.
"""

from dashboards.rollups.levels import KEYS, SIGN
from dashboards.rollups.naming import delta_table, tally_table, view_of
from dashboards.rollups.rolled import COLUMNS, Rolled
from dashboards.triggers import TRIGGERS

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
TALLIES = """
CREATE TABLE {tally_table} (
  level text NOT NULL, negocio_id bigint NOT NULL, {keys}, how_many bigint NOT NULL, how_much numeric NOT NULL,
  folded boolean NOT NULL DEFAULT false
) {vacuumed};
CREATE INDEX ON {tally_table} (negocio_id, level, {key_names}) INCLUDE (how_many, how_much);
CREATE INDEX ON {tally_table} (level) WHERE NOT folded
"""
DELTAS = """
CREATE TABLE {delta_table} ({sign} bigint NOT NULL, {typed}) {vacuumed};
CREATE INDEX ON {delta_table} (negocio_id);
CREATE VIEW {view} AS SELECT {columns} FROM {tally_table} UNION ALL {from_deltas}
"""


def install_sql(schema: str, rolled: Rolled) -> list[str]:
    """The statements that keep a table's tallies from now on, those of the rows that are there among them."""
    # The triggers come first: from then on nobody else writes to the table until we have committed.
    tables = [tallies_sql(rolled), _deltas(rolled)]
    triggers = triggers_sql(rolled.table, function_of(rolled.table), "pulso_tally")
    return [*tables, _function_sql(schema, rolled), *triggers, count_sql(rolled, rolled.table)]


def tallies_sql(rolled: Rolled) -> str:
    """The statement that makes the table of tallies."""
    return TALLIES.format(
        tally_table=tally_table(rolled.table), vacuumed=VACUUMED, key_names=", ".join(KEYS),
        keys=", ".join(f"{key} {type} NOT NULL" for key, (type, _) in KEYS.items()),
    )  # fmt: skip


def triggers_sql(table: str, function: str, name: str) -> list[str]:
    """The statements that have the function called at each write to the table."""
    return [
        f"CREATE TRIGGER {name}_{operation} {events.format(table=table)} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {function}()"
        for operation, events in TRIGGERS.items()
    ]


def _deltas(rolled: Rolled) -> str:
    deltas = delta_table(rolled.table)
    return DELTAS.format(
        tally_table=tally_table(rolled.table), delta_table=deltas, view=view_of(rolled.table), vacuumed=VACUUMED,
        sign=SIGN, typed=", ".join(f"{column} {type}" for column, type in rolled.read.items()), columns=COLUMNS,
        from_deltas=" UNION ALL ".join(level.each(deltas, SIGN) for level in rolled.levels),
    )  # fmt: skip


def _function_sql(schema: str, rolled: Rolled) -> str:
    table, read = rolled.table, ", ".join(rolled.read)
    return FUNCTION.format(
        function=function_of(table), schema=schema, limit=MOST_DELTAS + 1, sign=SIGN, both=BOTH, read=read,
        tally_table=tally_table(table), delta_table=delta_table(table),
        deltas=f"INSERT INTO {delta_table(table)} ({SIGN}, {read})",
        tallies=f"INSERT INTO {tally_table(table)} ({COLUMNS})",
        added=rolled.select("new_rows"), changed=rolled.select(BOTH, SIGN), removed=rolled.select(GONE, SIGN),
    )  # fmt: skip


def count_sql(rolled: Rolled, rows: str) -> str:
    """The statement that makes folded tallies of all rows, as the levels read them."""
    counted = rolled.select(rows)
    return f"INSERT INTO {tally_table(rolled.table)} ({COLUMNS}, folded) SELECT *, true FROM ({counted}) AS counted"


def remove_sql(rolled: Rolled) -> list[str]:
    """The statements that keep no tallies any more."""
    table = rolled.table
    drops = drop_triggers_sql(table, function_of(table), "pulso_tally")
    tables = f"DROP TABLE IF EXISTS {tally_table(table)}, {delta_table(table)}"
    return [*drops, f"DROP VIEW IF EXISTS {view_of(table)}", tables]


def drop_triggers_sql(table: str, function: str, name: str) -> list[str]:
    """The statements that take away what `triggers_sql` made, and the function."""
    drops = [f"DROP TRIGGER IF EXISTS {name}_{operation} ON {table}" for operation in TRIGGERS]
    return [*drops, f"DROP FUNCTION IF EXISTS {function}()"]


def function_of(table: str) -> str:
    """The function that notes each write to the table."""
    return f"tally_rows_of_{table}"
