"""How does a model say what is counted of its rows? Among its Meta.constraints, so that makemigrations sees it."""

import functools
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import Model
from django.db.models.constraints import BaseConstraint

from dashboards.rollups.levels import Level, LevelSql
from dashboards.rollups.triggers import install_sql, remove_sql


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
        return _script(install_sql(schema, model._meta.db_table, self.sql(model, schema_editor)))

    def remove_sql(self, model: type[Model] | None, schema_editor: BaseDatabaseSchemaEditor | None) -> Any:
        assert model is not None
        return _script(remove_sql(model._meta.db_table))

    def validate(self, *args: Any, **options: Any) -> None:
        """Every row is welcome."""

    def sql(self, model: type[Model], editor: BaseDatabaseSchemaEditor) -> list[LevelSql]:
        """Its levels in SQL."""
        return [LevelSql(name, level, model, editor) for name, level in self.levels.items()]

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
def levels_of(model: type[Model]) -> Sequence[LevelSql]:
    """The levels of a model that has a roll-up, in SQL."""
    rollup = rollup_of(model)
    assert rollup is not None
    with connection.schema_editor(collect_sql=True) as editor:
        return rollup.sql(model, editor)
