"""How does a model say what is counted of its rows? Among its Meta.constraints, so that makemigrations sees it."""

import functools
from collections.abc import Mapping
from typing import Any

from django.db import connection
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import Model
from django.db.models.constraints import BaseConstraint

from dashboards.rollups import lending, triggers
from dashboards.rollups.levels import Level
from dashboards.rollups.rolled import Rolled


class RollUp(BaseConstraint):
    """What holds of the table at any moment: the tallies of each level add up to its rows.

    One for a model; `levels` by their names. A migration that adds it counts the rows that are there. It never
    refuses a row.
    """

    def __init__(self, *, name: str, levels: Mapping[str, Level]) -> None:
        super().__init__(name=name)
        self.levels = dict(levels)

    def constraint_sql(self, model: type[Model] | None, schema_editor: BaseDatabaseSchemaEditor | None) -> str:
        """Nothing inside of CREATE TABLE: it is added when the table is there."""
        assert model is not None
        assert schema_editor is not None
        schema_editor.deferred_sql.append(self.create_sql(model, schema_editor))
        return ""

    def create_sql(self, model: type[Model] | None, schema_editor: BaseDatabaseSchemaEditor | None) -> Any:
        assert model is not None
        assert schema_editor is not None
        with schema_editor.connection.cursor() as cursor:
            cursor.execute("SELECT current_schema()")
            (schema,) = cursor.fetchone()
        rolled = self.sql(model, schema_editor)
        return _script((lending if rolled.joined else triggers).install_sql(schema, rolled))

    def remove_sql(self, model: type[Model] | None, schema_editor: BaseDatabaseSchemaEditor | None) -> Any:
        assert model is not None
        assert schema_editor is not None
        rolled = self.sql(model, schema_editor)
        return _script((lending if rolled.joined else triggers).remove_sql(rolled))

    def validate(self, *args: Any, **options: Any) -> None:
        """Every row is welcome."""

    def sql(self, model: type[Model], editor: BaseDatabaseSchemaEditor) -> Rolled:
        """It in SQL."""
        return Rolled(model, self.levels, editor)

    def deconstruct(self) -> tuple[str, tuple[()], dict[str, Any]]:
        path, _, named = super().deconstruct()
        return path, (), {**named, "levels": self.levels}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RollUp) and (self.name, self.levels) == (other.name, other.levels)

    def __hash__(self) -> int:
        return hash(self.name)


def _script(statements: list[str]) -> str:
    return ";\n".join(statement.strip() for statement in statements)


def rollup_of(model: type[Model]) -> RollUp | None:
    """What is counted of the model's rows, if anything is."""
    return next((each for each in model._meta.constraints if isinstance(each, RollUp)), None)


@functools.cache
def rolled_of(model: type[Model]) -> Rolled:
    """The roll-up of a model that has one, in SQL."""
    rollup = rollup_of(model)
    assert rollup is not None
    with connection.schema_editor(collect_sql=True) as editor:
        return rollup.sql(model, editor)
