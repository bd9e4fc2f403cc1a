"""Which columns of another table's row decide what a row counts for? Those that a foreign key leads to."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import ForeignKey, Model

OWNER = "negocio"


@dataclass(frozen=True, slots=True)
class Link:
    """A foreign key over which a roll-up reads: the `column` here, the `table` and its `key` there.

    `lent`: what is read there, by its name in Django's words ("order__status"): the column, and its type.
    """

    name: str
    column: str
    type: str
    table: str
    key: str
    lent: Mapping[str, tuple[str, str]]


def lent_columns(model: type[Model]) -> Mapping[str, Any]:
    """The fields that a level of the model may read in other tables, by their names in Django's words."""
    return {name: field for key in _keys(model) for name, field in _lent_by(key).items()}


def links_of(model: type[Model], borrowed: set[str], editor: BaseDatabaseSchemaEditor) -> list[Link]:
    """The links over which these columns are read, in a steady order."""
    links = []
    for key in _keys(model):
        lent = {
            name: (str(field.column), str(field.db_type(editor.connection)))
            for name, field in _lent_by(key).items() if name in borrowed
        }  # fmt: skip
        if lent:
            there, target = key.related_model._meta, key.target_field
            links.append(
                Link(
                    key.name, key.column, str(key.db_type(editor.connection)),
                    there.db_table, target.column, lent,
                )
            )  # fmt: skip
    return links


def _keys(model: type[Model]) -> list[Any]:
    """Without those that may lead to nothing; and the negocio is whose a row is, and no part of what it says."""
    keys = [field for field in model._meta.concrete_fields if isinstance(field, ForeignKey)]
    return [key for key in keys if not key.null and key.name != OWNER]


def _lent_by(key: Any) -> dict[str, Any]:
    there = key.related_model._meta.concrete_fields
    return {f"{key.name}__{name}": field for field in there for name in dict.fromkeys((field.name, field.attname))}
