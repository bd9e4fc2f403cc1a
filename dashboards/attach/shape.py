"""Which tables and columns does a kind's code read? As its models have them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.db import connection, models
from django.db.migrations.loader import MigrationLoader

from dashboards.attach.quoting import text
from dashboards.models import Owned
from dashboards.triggers import WatchTable

OWN = frozenset({"id", "negocio", "external_id"})
FAMILIES: Mapping[str, str] = {
    "boolean": "boolean", "date": "date", "time": "time", "timestamp with time zone": "moment", "jsonb": "json",
    "numeric": "number", "integer": "number", "bigint": "number", "smallint": "number", "double precision": "number",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Field:
    """A column of a kind's table.

    `type`: PostgreSQL's, without a length. `default`: the SQL for a row that doesn't say. `target`: the table that a
    link leads to.
    """

    name: str
    column: str
    type: str
    nullable: bool
    required: bool
    default: str
    target: str | None = None
    choices: tuple[str, ...] = ()

    @property
    def family(self) -> str:
        """What sort of value it is: link, boolean, date, time, moment, json, number, else text."""
        return "link" if self.target is not None else FAMILIES.get(self.type, "text")


@dataclass(frozen=True, slots=True)
class Table:
    """A kind's table. `states`: the columns that changes carry; None where nobody watches it."""

    name: str
    db_table: str
    fields: tuple[Field, ...]
    states: tuple[str, ...] | None

    def field(self, name: str) -> Field | None:
        return next((field for field in self.fields if field.name == name), None)

    @property
    def mappable(self) -> list[str]:
        """The fields that a mapping can name."""
        return [field.name for field in self.fields if field.name not in OWN]


def shape_of(kind: str) -> dict[str, Table]:
    """The kind's tables by their names in a mapping. Needs loaded apps."""
    app = apps.get_app_config(kind)
    owned = [model for model in app.get_models() if issubclass(model, Owned) and not model._meta.proxy]
    states = _states(app.label)
    return {name_of(model): _table(model, states.get(name_of(model))) for model in owned}


def name_of(model: type[models.Model]) -> str:
    """What a mapping calls the model's table."""
    concrete = model._meta.concrete_model
    assert concrete is not None
    return str(concrete._meta.model_name)


def _table(model: type[models.Model], states: tuple[str, ...] | None) -> Table:
    fields = tuple(_field(field) for field in model._meta.concrete_fields)
    return Table(name_of(model), model._meta.db_table, fields, states)


def _field(field: Any) -> Field:
    column_type = str(field.db_type(connection)).partition("(")[0]
    return Field(
        name=field.name,
        column=field.column,
        type=column_type,
        nullable=field.null,
        required=_required(field),
        default=_default(field),
        target=name_of(field.related_model) if field.is_relation else None,
        choices=tuple(str(value) for value, _ in field.flatchoices),
    )


def _required(field: Any) -> bool:
    itself = getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)
    empty = field.blank and field.empty_strings_allowed
    return field.name not in OWN and not (field.null or field.has_default() or itself or empty)


def _default(field: Any) -> str:
    made_up = field.has_default() and callable(field.default)
    value = None if field.null or made_up else field.get_default()
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float() | Decimal():
            return str(value)
        case str():
            return text(value)
        case _:
            return "NULL"


def _states(app_label: str) -> dict[str, tuple[str, ...]]:
    """The columns that the kind's migrations have its tables' changes carry; the last word counts."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    of_app: Sequence[Any] = [
        migration for (label, _), migration in sorted(loader.disk_migrations.items()) if label == app_label
    ]
    return {
        operation.model.lower(): operation.states
        for migration in of_app
        for operation in migration.operations
        if isinstance(operation, WatchTable)
    }
