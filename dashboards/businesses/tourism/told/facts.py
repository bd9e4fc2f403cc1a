"""What does a changed row say of itself, and what are the rows called that it links to?"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model

from dashboards.kinds import RowChange


@dataclass(frozen=True, slots=True)
class Fact:
    """`data` as wire.md has it, and the `words` that its message needs besides."""

    data: Mapping[str, Any]
    words: Mapping[str, Any] = field(default_factory=dict)


# From the rows of one statement to a fact each, in their order.
Describe = Callable[[Sequence[RowChange]], Sequence[Fact]]


@dataclass(frozen=True, slots=True)
class Named:
    """A linked row as the wire shows it; without id and name where there is none."""

    id: str | int | None = None
    nombre: str = ""


NOBODY = Named()


def state_of(row: RowChange) -> Mapping[str, Any]:
    """The row as it is now, or as it was before it went."""
    state = row.new if row.new is not None else row.old
    assert state is not None
    return state


def id_of(row: RowChange) -> str | int:
    """What the row is called outside: the external id where it has one, else the key."""
    return state_of(row)["external_id"] or row.key


def linked(model: type[Model], column: str, rows: Sequence[RowChange]) -> Callable[[RowChange], Named]:
    """Who or what `column` of each row names, read at once; a row that is gone by now has lost its name."""
    keys = {state_of(row)[column] for row in rows} - {None}
    found = model._default_manager.filter(pk__in=keys).values_list("pk", "external_id", "nombre") if keys else ()
    names = {key: Named(external_id or key, nombre) for key, external_id, nombre in found}

    def of(row: RowChange) -> Named:
        key = state_of(row)[column]
        return NOBODY if key is None else names.get(key, Named(key))

    return of
