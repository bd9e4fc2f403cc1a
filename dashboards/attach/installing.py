"""Which statements make a plan real, and which take it away again? An attachment's schema holds all that is ours."""

from collections.abc import Iterable, Sequence
from collections.abc import Mapping as Dict

from django.db import connection

from dashboards.attach.quoting import name
from dashboards.attach.reading import READY, schema_of
from dashboards.attach.resolving import Plan
from dashboards.attach.rows import Place, Rows
from dashboards.attach.shape import Table
from dashboards.attach.watching import function_sql, triggers_sql


def rows_name(table: Table) -> str:
    """What the function is called that gives a table's attached rows."""
    return f"rows_{table.db_table}"


def reading_sql(plan: Plan, shape: Dict[str, Table], place: Place) -> list[str]:
    """The statements that let our statements read their rows: a function for each table, and the views over both.

    Functions written as texts depend on no column, so that their migrations go on; PostgreSQL puts their body in the
    place of the call, so that their indexes are used.
    """
    schema = schema_of(place.attachment_id)
    statements = []
    for mapped in plan.tables.values():
        columns = ", ".join(f"{name(field.column)} {field.type}" for field in mapped.table.fields)
        function = name(schema, rows_name(mapped.table))
        statements += [
            f"DROP FUNCTION IF EXISTS {function}() CASCADE",
            f"CREATE FUNCTION {function}() RETURNS TABLE ({columns}) LANGUAGE sql STABLE AS $rows$\n"
            f"{Rows(plan, mapped, place).select()}\n$rows$",
        ]
    views = [_view(table, plan, place) for table in shape.values()]
    return [*hiding_sql(place.attachment_id, shape.values()), *statements, *views, _ready(schema)]


def _view(table: Table, plan: Plan, place: Place) -> str:
    schema, columns = schema_of(place.attachment_id), ", ".join(name(field.column) for field in table.fields)
    own = f"SELECT {columns} FROM {name(place.own, table.db_table)}"
    theirs = f"\nUNION ALL SELECT {columns} FROM {name(schema, rows_name(table))}()"
    attached = theirs if table.name in plan.tables else ""
    return f"CREATE VIEW {name(schema, table.db_table)} AS {own}{attached}"


def _ready(schema: str) -> str:
    return f"CREATE VIEW {name(schema, READY)} AS SELECT 1 AS ready"


def hiding_sql(attachment_id: int, tables: Iterable[Table]) -> list[str]:
    """The statements that take the views away, so that the kind's own tables can be altered."""
    views = [READY, *(table.db_table for table in tables)]
    return [f"DROP VIEW IF EXISTS {name(schema_of(attachment_id), view)} CASCADE" for view in views]


def watching_sql(plan: Plan, place: Place) -> list[str]:
    """The statements that make what the triggers call."""
    return [function_sql(plan, source, place) for source in plan.sources()]


def all_triggers_sql(plan: Plan, place: Place) -> list[str]:
    """The statements that touch their tables."""
    return [statement for source in plan.sources() for statement in triggers_sql(source, place)]


def run(statements: Sequence[str]) -> None:
    """Execute them one after another."""
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
