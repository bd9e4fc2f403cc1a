"""How does every write to a kind's table become a row in `changes`, whoever writes?

A migration operation installs statement-level triggers with transition tables: one row per statement and negocio,
in the writer's own transaction. Bulk writes, cascades, COPY, TRUNCATE and psql are seen like any other write.
"""

from collections.abc import Sequence
from typing import Any

from django.apps.registry import Apps
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

# A statement that touches more rows of a negocio than this is one change without keys: figures are
# refreshed, row events are not made.
MOST_KEYS = 1_000
DOORBELL_CHANNEL = "pulso_changes"

# The plan of the join is kept for the session and may have been made for a statement of no rows: without nested loops
# it stays linear (10,000 updated rows took 26 s with them, 0.2 s without).
FUNCTION = """
CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = {schema}, pg_temp SET enable_nestloop = off AS $body$
BEGIN
  IF TG_OP = 'TRUNCATE' THEN
    INSERT INTO changes (negocio_id, source, operation, created_at)
    VALUES (NULL, '{table}', 'truncate', clock_timestamp());
  ELSIF TG_OP = 'INSERT' THEN
    WITH touched AS (
      SELECT {negocio} AS negocio_id, {key} AS key, NULL::jsonb AS old, {state_of_n} AS new FROM new_rows AS n
    ) {record}
  ELSIF TG_OP = 'DELETE' THEN
    WITH touched AS (
      SELECT {negocio} AS negocio_id, {key} AS key, {state_of_o} AS old, NULL::jsonb AS new FROM old_rows AS o
    ) {record}
  ELSE
    -- A row that changes its negocio leaves one and enters the other; a row that stays equal is no change.
    WITH touched AS (
      SELECT n.{negocio} AS negocio_id, n.{key} AS key,
             CASE WHEN o.{negocio} = n.{negocio} THEN {state_of_o} END AS old, {state_of_n} AS new
      FROM new_rows AS n LEFT JOIN old_rows AS o ON o.{key} = n.{key}
      WHERE o.{key} IS NULL OR o.* *<> n.*
      UNION ALL
      SELECT o.{negocio}, o.{key}, {state_of_o}, NULL::jsonb
      FROM old_rows AS o LEFT JOIN new_rows AS n ON n.{key} = o.{key}
      WHERE n.{key} IS NULL OR n.{negocio} IS DISTINCT FROM o.{negocio}
    ) {record}
  END IF;
  IF FOUND AND current_setting('pulso.doorbell', true) IS DISTINCT FROM 'layer' THEN
    PERFORM pg_notify('{channel}', '');
  END IF;
  RETURN NULL;
END $body$
"""

RECORD = """
    , sizes AS (SELECT negocio_id, count(*) AS size FROM touched GROUP BY negocio_id)
    INSERT INTO changes (negocio_id, source, operation, row_count, rows, created_at)
    SELECT negocio_id, '{table}', lower(TG_OP), size, NULL, clock_timestamp()
    FROM sizes WHERE size > {most_keys}
    UNION ALL
    SELECT negocio_id, '{table}', lower(TG_OP), count(*),
           jsonb_agg(jsonb_build_object('key', key, 'old', touched.old, 'new', touched.new) ORDER BY key),
           clock_timestamp()
    FROM touched JOIN sizes USING (negocio_id) WHERE size <= {most_keys} GROUP BY negocio_id;
"""

TRIGGERS = {
    "insert": "AFTER INSERT ON {table} REFERENCING NEW TABLE AS new_rows",
    "update": "AFTER UPDATE ON {table} REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows",
    "delete": "AFTER DELETE ON {table} REFERENCING OLD TABLE AS old_rows",
    "truncate": "AFTER TRUNCATE ON {table}",
}


def install_sql(
    schema: str, table: str, key: str = "id", states: Sequence[str] = (), negocio: str = "negocio_id"
) -> list[str]:
    """The statements that make every write to `table` a change; `states` are the columns kept old and new."""

    def state(row: str) -> str:
        pairs = ", ".join(f"'{column}', {row}.{column}" for column in states)
        return f"jsonb_build_object({pairs})"

    function = f"note_{table}"
    record = RECORD.format(table=table, most_keys=MOST_KEYS)
    statements = [
        FUNCTION.format(
            function=function, schema=schema, table=table, key=key, negocio=negocio, channel=DOORBELL_CHANNEL,
            state_of_n=state("n"), state_of_o=state("o"), record=record,
        )
    ]  # fmt: skip
    for operation, events in TRIGGERS.items():
        statements.append(
            f"CREATE OR REPLACE TRIGGER pulso_{operation} {events.format(table=table)} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {function}()"
        )
    return statements


def remove_sql(table: str) -> list[str]:
    """The statements that take the triggers off `table` again."""
    drops = [f"DROP TRIGGER IF EXISTS pulso_{operation} ON {table}" for operation in TRIGGERS]
    return [*drops, f"DROP FUNCTION IF EXISTS note_{table}()"]


class WatchTable(Operation):
    """Migration operation: every write to the model's table becomes a change.

    `states` names the columns whose old and new values a kind's event rules read, `negocio` the column that says
    whose a row is. Running it again replaces the triggers, so a later migration widens `states` by repeating it.
    """

    reduces_to_sql = True
    reversible = True

    def __init__(self, model: str, states: Sequence[str] = (), negocio: str = "negocio_id") -> None:
        self.model, self.states, self.negocio = model, tuple(states), negocio

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return self.__class__.__name__, [self.model], {"states": self.states, "negocio": self.negocio}

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Triggers are no part of Django's model state."""

    def database_forwards(
        self, app_label: str, editor: BaseDatabaseSchemaEditor, before: ProjectState, after: ProjectState
    ) -> None:
        table, key = self._table(app_label, after.apps)
        with editor.connection.cursor() as cursor:
            cursor.execute("SELECT current_schema()")
            (schema,) = cursor.fetchone()
        for statement in install_sql(schema, table, key, self.states, self.negocio):
            editor.execute(statement, None)

    def database_backwards(
        self, app_label: str, editor: BaseDatabaseSchemaEditor, before: ProjectState, after: ProjectState
    ) -> None:
        for statement in remove_sql(self._table(app_label, before.apps)[0]):
            editor.execute(statement, None)

    def describe(self) -> str:
        return f"Watch every write to {self.model}"

    def _table(self, app_label: str, apps: Apps) -> tuple[str, str]:
        options = apps.get_model(app_label, self.model)._meta
        assert options.pk is not None
        return options.db_table, options.pk.column
