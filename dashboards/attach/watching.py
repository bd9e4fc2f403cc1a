"""How does every write to a team's table become a change, without ever being able to fail that write?

Statement triggers as on our own tables (dashboards.triggers), with their columns said in our words. What can't be said,
because a column is gone or a value odd, is a change without rows: figures are refreshed, no row is told.
"""

from collections.abc import Iterable, Sequence

from dashboards.attach.negocios import adopt_sql
from dashboards.attach.quoting import name, text
from dashboards.attach.reading import schema_of
from dashboards.attach.resolving import Plan, TablePlan
from dashboards.attach.rows import MEMBER, ROW, Place, Rows
from dashboards.models import AttachedNegocio
from dashboards.triggers import DOORBELL_CHANNEL, MOST_KEYS, RECORD, TRIGGERS

FUNCTION = """
CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = {own}, pg_temp SET enable_nestloop = off AS $body$
DECLARE noted boolean := false;
BEGIN
  BEGIN
    {body}
  EXCEPTION WHEN OTHERS THEN
    BEGIN
      {refresh}
      noted := true;
    EXCEPTION WHEN OTHERS THEN
      NULL;
    END;
  END;
  IF noted AND current_setting('pulso.doorbell', true) IS DISTINCT FROM 'layer' THEN
    PERFORM pg_notify('{channel}', '');
  END IF;
  RETURN NULL;
END $body$
"""
# One change without rows for each of our tables that is read from theirs, and each negocio.
REFRESH = """
      INSERT INTO changes (negocio_id, source, operation, created_at)
      SELECT {member}.negocio_id, moved, lower(TG_OP), clock_timestamp()
      FROM {members} AS {member} CROSS JOIN unnest(ARRAY[{sources}]) AS moved
      WHERE {member}.attachment_id = {attachment_id};
"""
# What was seen of a row: whose, our key, the columns that matter, and the state.
SEEN = "{alias} AS (SELECT {member}.negocio_id, {key} AS key, ROW({read}) AS seen, {state} AS state FROM {origin})"
INSERTED = """
      WITH {new}, touched AS (SELECT negocio_id, key, NULL::jsonb AS old, state AS new FROM a) {record}
"""
DELETED = """
      WITH {old}, touched AS (SELECT negocio_id, key, state AS old, NULL::jsonb AS new FROM b) {record}
"""
# A row that changes its negocio leaves one and enters the other; one that stays the same in what is read is no change.
UPDATED = """
      WITH {new}, {old}, touched AS (
        SELECT a.negocio_id, a.key, CASE WHEN b.negocio_id = a.negocio_id THEN b.state END AS old, a.state AS new
        FROM a LEFT JOIN b ON b.key = a.key WHERE b.key IS NULL OR b.seen *<> a.seen
        UNION ALL
        SELECT b.negocio_id, b.key, b.state, NULL::jsonb
        FROM b LEFT JOIN a ON a.key = b.key WHERE a.key IS NULL OR a.negocio_id IS DISTINCT FROM b.negocio_id
      ) {record}
"""


def trigger_name(attachment_id: int, operation: str) -> str:
    """What a trigger is called on their table."""
    return f"{schema_of(attachment_id)}_{operation}"


def function_sql(plan: Plan, source: str, place: Place) -> str:
    """The function that their table's triggers call."""
    watched = _watched(plan, place)
    direct = [each for each in watched if each.source == source and not each.distinct]
    # Read from it too, but not row by row.
    others = [each.table.db_table for each in watched if each not in direct and _reads(each, source)]
    every = [each.table.db_table for each in direct] + others
    return FUNCTION.format(
        function=name(schema_of(place.attachment_id), f"note_{source}"),
        own=name(place.own), channel=DOORBELL_CHANNEL,
        body=_body(plan, source, place, direct, others, every), refresh=_refresh(every, place),
    )  # fmt: skip


def _watched(plan: Plan, place: Place) -> list[TablePlan]:
    return [each for each in plan.tables.values() if each.table.states is not None]


def _reads(table: TablePlan, source: str) -> bool:
    return table.source == source or any(link.source == source for link in table.links())


def _body(
    plan: Plan, source: str, place: Place, direct: Iterable[TablePlan], others: Sequence[str], every: Sequence[str]
) -> str:
    adopts = plan.negocios is not None and plan.negocios.source == source
    notes = "\n".join(_note(plan, table, place) for table in direct)
    # A table that is only followed to: whatever happens there may matter.
    also = f"IF noted OR {'false' if notes else 'true'} THEN {_refresh(others, place)} noted := true; END IF;"
    return f"""
    IF TG_OP = 'TRUNCATE' THEN
      {_refresh(every, place)}
      noted := true;
    ELSE
      {_adopt(plan, place) if adopts else ""}
      {notes}
      {also if others else ""}
    END IF;"""


def _adopt(plan: Plan, place: Place) -> str:
    """Their new negocio is ours in the same transaction, before it has any row."""
    assert plan.negocios is not None
    return f"IF TG_OP <> 'DELETE' THEN {adopt_sql(plan.negocios, place, 'new_rows')}; END IF;"


def _note(plan: Plan, table: TablePlan, place: Place) -> str:
    new, old = _seen(plan, table, place, "a", "new_rows"), _seen(plan, table, place, "b", "old_rows")
    record = RECORD.format(table=table.table.db_table, most_keys=MOST_KEYS)
    return f"""
      IF TG_OP = 'INSERT' THEN {INSERTED.format(new=new, record=record)}
      ELSIF TG_OP = 'DELETE' THEN {DELETED.format(old=old, record=record)}
      ELSE {UPDATED.format(new=new, old=old, record=record)}
      END IF;
      noted := noted OR FOUND;"""


def _seen(plan: Plan, table: TablePlan, place: Place, alias: str, rows: str) -> str:
    states = [field for field in table.table.fields if field.column in (table.table.states or ())]
    cells = [table.cells.get(field.name) for field in states]
    follows = any(getattr(cell, "through", None) is not None for cell in cells)
    sql = Rows(plan, table, place, exact=False)
    state = ", ".join(f"{text(field.column)}, {sql.column(field)}" for field in states)
    return SEEN.format(
        alias=alias, member=MEMBER, key=sql.key(), origin=sql.origin(rows, joins=follows),
        read=", ".join(f"{ROW}.{name(column)}" for column in table.read()), state=f"jsonb_build_object({state})",
    )  # fmt: skip


def _refresh(tables: Sequence[str], place: Place) -> str:
    if not tables:
        return "NULL;"
    sources = ", ".join(text(table) for table in tables)
    members = AttachedNegocio._meta.db_table
    return REFRESH.format(member=MEMBER, members=members, sources=sources, attachment_id=place.attachment_id)


def triggers_sql(source: str, place: Place) -> list[str]:
    """The statements that put the triggers on one of their tables."""
    table, function = name(place.theirs, source), name(schema_of(place.attachment_id), f"note_{source}")
    return [
        f"CREATE OR REPLACE TRIGGER {name(trigger_name(place.attachment_id, operation))} "
        f"{events.format(table=table)} FOR EACH STATEMENT EXECUTE FUNCTION {function}()"
        for operation, events in TRIGGERS.items()
    ]
