"""How are tallies kept of rows that count by what stands in rows of other tables?

Each of these tables has deltas of its own beside the roll-up, copies of what is read there; a writer appends to those
of the table it writes to, and waits for nobody. What they mean together is worked out by whoever reads or folds.
"""

from dashboards.models import Negocio
from dashboards.rollups.changing import KEY, changed_rows, rows_sql, touched_by_links
from dashboards.rollups.levels import KEYS, SIGN
from dashboards.rollups.links import Link
from dashboards.rollups.naming import delta_table, tally_table, view_of
from dashboards.rollups.rolled import COLUMNS, Rolled
from dashboards.rollups.triggers import (
    BOTH,
    VACUUMED,
    count_sql,
    drop_triggers_sql,
    function_of,
    tallies_sql,
    triggers_sql,
)

# Of more units than these a negocio's rows are counted, all of them: that is quicker then.
MOST_UNITS = 5_000
FUNCTION = """
CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = {schema}, pg_temp AS $body$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO {delta_table} ({sign}, {kept}) SELECT 1, {read} FROM new_rows;
  ELSIF TG_OP = 'UPDATE' THEN
    INSERT INTO {delta_table} ({sign}, {kept})
    SELECT sum({sign}), {read} FROM {both} GROUP BY {read} HAVING sum({sign}) <> 0;
  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO {delta_table} ({sign}, {kept}) SELECT -1, {read} FROM old_rows;
  ELSE
    TRUNCATE {emptied};
  END IF;
  RETURN NULL;
END $body$
"""
DELTAS = """
CREATE TABLE {delta_table} ({sign} bigint NOT NULL, {typed}) {vacuumed};
CREATE INDEX ON {delta_table} ({found_by})
"""
TALLY = "level text, day date, moment timestamptz, word text, number bigint, how_many bigint, how_much numeric"
CAST = f"level, {', '.join(KEYS)}, how_many::bigint, how_much::numeric"
# Both have to be STABLE: then they see what the statement sees that calls them. A plan is kept for the session, and may
# have been made when the tables were empty: this one leads through indexes by keys, whatever is thought of their sizes.
UNFOLDED = """
CREATE FUNCTION {unfolded}(pulso_negocio bigint) RETURNS TABLE ({tally}) LANGUAGE plpgsql STABLE ROWS 10
SET search_path = {schema}, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_indexonlyscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $body$
#variable_conflict use_column
DECLARE
  pulso_units {unit_type}[] := ARRAY({touched});
BEGIN
  IF cardinality(pulso_units) > {most}{too_many} THEN
    RETURN QUERY SELECT * FROM {recounted}(pulso_negocio);
  ELSIF cardinality(pulso_units) > 0 THEN
    RETURN QUERY WITH changed AS MATERIALIZED ({changed})
    SELECT {cast} FROM ({of_changed}) AS tallied ({columns});
  END IF;
END $body$
"""
RECOUNTED = """
CREATE FUNCTION {recounted}(pulso_negocio bigint) RETURNS TABLE ({tally}) LANGUAGE plpgsql STABLE
SET search_path = {schema}, pg_temp SET plan_cache_mode = force_custom_plan
SET enable_seqscan = on SET enable_indexonlyscan = on SET enable_hashjoin = on SET enable_mergejoin = on AS $body$
#variable_conflict use_column
BEGIN
  RETURN QUERY WITH all_rows AS MATERIALIZED ({all_rows}) SELECT {cast} FROM ({counted}) AS tallied ({columns})
  UNION ALL SELECT level, {keys}, -how_many, -how_much FROM {tally_table} WHERE negocio_id = pulso_negocio;
END $body$
"""
# The first part gives no row. It has whoever reads lock the rows' tables before the tallies, as TRUNCATE does.
VIEW = """
CREATE VIEW {view} AS
SELECT ''::text AS level, 0::bigint AS negocio_id, {nothing}, 0::bigint AS how_many, 0::numeric AS how_much
FROM {tables} WHERE false
UNION ALL SELECT {columns} FROM {tally_table}
UNION ALL SELECT u.level, n.id, {u_keys}, u.how_many, u.how_much
FROM {negocios} AS n CROSS JOIN LATERAL {unfolded}(n.id) AS u
"""


def install_sql(schema: str, rolled: Rolled) -> list[str]:
    """The statements that keep the tallies from now on, those of the rows that are there among them."""
    table = rolled.table
    # The triggers come first: from then on nobody else writes to the tables until we have committed.
    statements = [tallies_sql(rolled), _deltas_sql(rolled)]
    for link in rolled.links:
        statements += [_link_deltas_sql(rolled, link), _link_function_sql(schema, rolled, link)]
        statements += triggers_sql(link.table, _lending(rolled, link), _trigger(rolled, link))
    statements += [_function_sql(schema, rolled), *triggers_sql(table, function_of(table), "pulso_tally")]
    return [*statements, count_sql(rolled, f"({rows_sql(rolled)}) AS all_rows"), *_reading_sql(schema, rolled)]


def remove_sql(rolled: Rolled) -> list[str]:
    """The statements that keep no tallies any more."""
    table = rolled.table
    functions = [f"DROP FUNCTION IF EXISTS {each}(bigint)" for each in (_unfolded(table), _recounted(table))]
    triggers = drop_triggers_sql(table, function_of(table), "pulso_tally")
    for link in rolled.links:
        triggers += drop_triggers_sql(link.table, _lending(rolled, link), _trigger(rolled, link))
    tables = ", ".join([tally_table(table), *deltas_of(rolled)])
    return [*triggers, f"DROP VIEW IF EXISTS {view_of(table)}", *functions, f"DROP TABLE IF EXISTS {tables}"]


def deltas_of(rolled: Rolled) -> list[str]:
    """All tables of deltas."""
    return [delta_table(rolled.table), *(delta_table(rolled.table, link.name) for link in rolled.links)]


def _deltas_sql(rolled: Rolled) -> str:
    deltas, typed = delta_table(rolled.table), ", ".join(f"{column} {type}" for column, type in rolled.read.items())
    made = DELTAS.format(delta_table=deltas, sign=SIGN, typed=typed, vacuumed=VACUUMED, found_by="negocio_id")
    return f"{made};\nCREATE INDEX ON {deltas} ({rolled.unit})"


def _link_deltas_sql(rolled: Rolled, link: Link) -> str:
    typed = ", ".join([f"{KEY} {link.type}", *(f"{name} {type}" for name, (_, type) in link.lent.items())])
    deltas = delta_table(rolled.table, link.name)
    return DELTAS.format(delta_table=deltas, sign=SIGN, typed=typed, vacuumed=VACUUMED, found_by=KEY)


def _function_sql(schema: str, rolled: Rolled) -> str:
    deltas, read = delta_table(rolled.table), ", ".join(rolled.read)
    return FUNCTION.format(
        function=function_of(rolled.table), schema=schema, sign=SIGN, both=BOTH, delta_table=deltas,
        kept=read, read=read, emptied=f"{tally_table(rolled.table)}, {deltas}",
    )  # fmt: skip


def _link_function_sql(schema: str, rolled: Rolled, link: Link) -> str:
    deltas = delta_table(rolled.table, link.name)
    return FUNCTION.format(
        function=_lending(rolled, link), schema=schema, sign=SIGN, both=BOTH, delta_table=deltas,
        kept=", ".join([KEY, *link.lent]), read=", ".join([link.key, *(column for column, _ in link.lent.values())]),
        emptied=deltas,
    )  # fmt: skip


def _reading_sql(schema: str, rolled: Rolled) -> list[str]:
    table, keys = rolled.table, ", ".join(KEYS)
    return [
        RECOUNTED.format(
            recounted=_recounted(table), schema=schema, tally=TALLY, cast=CAST, columns=COLUMNS, keys=keys,
            tally_table=tally_table(table), all_rows=rows_sql(rolled, "negocio_id = pulso_negocio"),
            counted=rolled.select("all_rows"),
        ),
        _unfolded_sql(schema, rolled),
        VIEW.format(
            view=view_of(table), unfolded=_unfolded(table), tables=", ".join(rolled.tables), columns=COLUMNS,
            tally_table=tally_table(table), negocios=Negocio._meta.db_table,
            nothing=", ".join(f"{nothing}::{type} AS {key}" for key, (type, nothing) in KEYS.items()),
            u_keys=", ".join(f"u.{key}" for key in KEYS),
        ),
    ]  # fmt: skip


def _unfolded_sql(schema: str, rolled: Rolled) -> str:
    # As no index can find rows by it: then they are found by unit, which is quick however many a negocio has.
    table, of_negocio = rolled.table, "negocio_id IS NOT DISTINCT FROM pulso_negocio"
    first = f"LIMIT {MOST_UNITS + 1}"
    some = {link.name: f"(SELECT {KEY} FROM {delta_table(table, link.name)} {first})" for link in rolled.links}
    touched = [
        f"SELECT {rolled.unit} FROM {delta_table(table)} WHERE negocio_id = pulso_negocio",
        *touched_by_links(rolled, some, f"(SELECT * FROM {table} WHERE {of_negocio})"),
    ]
    # Where some were cut off, what the others touch is not known.
    too_many = [f" OR (SELECT count(*) FROM {each} AS cut) > {MOST_UNITS}" for each in some.values()]
    return UNFOLDED.format(
        unfolded=_unfolded(table), recounted=_recounted(table), schema=schema, tally=TALLY, cast=CAST,
        unit_type=rolled.read[rolled.unit], most=MOST_UNITS, too_many="".join(too_many), columns=COLUMNS,
        touched=" UNION ALL ".join(f"({each} {first})" for each in touched),
        changed=changed_rows(rolled, f"{rolled.unit} = ANY(pulso_units) AND {of_negocio}"),
        of_changed=rolled.select("changed", SIGN),
    )  # fmt: skip


def _unfolded(table: str) -> str:
    return f"unfolded_{table}"


def _recounted(table: str) -> str:
    return f"recounted_{table}"


def _lending(rolled: Rolled, link: Link) -> str:
    return f"lend_rows_to_{rolled.table}__{link.name}"


def _trigger(rolled: Rolled, link: Link) -> str:
    return f"pulso_tally_of_{rolled.table}__{link.name}"
