"""What does a kind say so that rows of a foreign file can become its rows?"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dashboards.models import Negocio

# One row after mapping: every field's name -> its parsed value, or its default.
MappedRow = Mapping[str, Any]


class BadRow(ValueError):
    """A row that can't be imported: which field, which value, why."""

    def __init__(self, field: str, value: object, reason: str) -> None:
        self.field, self.value, self.reason = field, value, reason
        super().__init__(f"{field}={value!r}: {reason}")


@dataclass(frozen=True, slots=True)
class Field:
    """A field that --map can name: `parse` turns text into a value or raises BadRow.

    `default` stands for what is missing: no column, or no text in it. `parse` sees no empty text.
    """

    name: str
    parse: Callable[[str], Any]
    required: bool = False
    default: Any = None


@dataclass(frozen=True, slots=True)
class ImportShape:
    """How a kind takes rows from a file.

    `fields`: what --map and --value can name; `external_id` and `when` are the names of the fields that make
    a row idempotent and give its date or time. `write(rows)` stores parsed rows of many negocios, each with
    its negocio, in the caller's transaction, and returns how many were new; rows whose external id is there
    already are updated. `happen(negocio, row)` stores one row as if it happened now, through the models' own
    save(); one whose external id is there already is brought up to date.
    """

    fields: tuple[Field, ...]
    external_id: str
    when: str
    write: Callable[[Sequence[tuple[Negocio, MappedRow]]], int]
    happen: Callable[[Negocio, MappedRow], None]
