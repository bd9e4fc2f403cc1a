"""How does a typed payload become the JSON that the marketplace's clients read?"""

from dataclasses import MISSING, dataclass, fields
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Model


@dataclass(frozen=True, slots=True)
class Payload:
    """Base of the payloads: the fields are those of the wire, by name; those with a default are the optional ones."""

    def document(self) -> dict[str, Any]:
        """JSON-ready. An optional field without a value is left out, any other stands there as null."""
        values = {field.name: (getattr(self, field.name), field.default is not MISSING) for field in fields(self)}
        return {
            WIRE_NAMES.get(name, name): value
            for name, (value, optional) in values.items()
            if not (optional and value is None)
        }


# `from` is a word of Python.
WIRE_NAMES = {"from_": "from"}


def link(row: Model, name: str) -> int | None:
    """The id on the wire of the row that `name` leads to: of one that is gone the key, of none None."""
    key: int | None = getattr(row, f"{name}_id")
    try:
        linked: Any = getattr(row, name)
    except ObjectDoesNotExist:
        linked = None
    return key if linked is None else int(linked.wire_id)
