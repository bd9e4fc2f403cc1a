"""States as a hub would render them."""

from collections.abc import Collection
from typing import Any

from realtime.protocol.messages import State

AS_OF = "2025-11-10T10:30:00.250Z"
NEXT_DUE = "2025-11-10T10:30:05.250Z"


def state(figures: dict[str, Any], changed: Collection[str] | None = None, **marks: Any) -> State:
    """A state of the room `123/stats`; all of its figures have changed unless `changed` says which."""
    return State(
        negocio="123", room="123/stats", figures=figures, changed=figures.keys() if changed is None else changed,
        version=7, as_of=AS_OF, **marks,
    )  # fmt: skip
