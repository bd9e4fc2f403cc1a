"""What a client says to the others, made with as much as a test cares about."""

from collections.abc import Mapping
from typing import Any

from realtime.protocol.messages import Passing


def passing(room: str, type: str, document: Mapping[str, Any], sender: str = "a") -> Passing:
    return Passing(room, room.partition("/")[2], type, document, sender, "2026-01-01T00:00:00.000Z")
