"""What does the server say to a room, whatever the dialect?"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

Figure = Any


@dataclass(frozen=True, slots=True)
class State:
    """Metrics of a room as they are now.

    `figures`: every metric that was computed; `changed`: the names of those whose value differs from what the room
    held. `full`: a snapshot of all metrics. `ticked`: sent because time passed. `settled`: the rest of a burst,
    after its events. `causes`: the events that made it, oldest first. `as_of`, `next_due`: RFC 3339, for display.
    """

    negocio: str
    room: str
    figures: Mapping[str, Figure]
    changed: Collection[str]
    version: int
    as_of: str
    next_due: str | None = None
    causes: tuple[str, ...] = ()
    full: bool = False
    ticked: bool = False
    settled: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """Something told in a room: journaled, numbered there by `seq`. `at` is RFC 3339.

    `telling` names what is told in other rooms too; empty where it is told in this one only.
    """

    room: str
    topic: str
    seq: int
    type: str
    message: str
    data: Any
    at: str
    telling: str = ""


@dataclass(frozen=True, slots=True)
class Passing:
    """Something said by one client in its room, never stored. `sender` names its connection; `at` is RFC 3339."""

    room: str
    topic: str
    type: str
    document: Mapping[str, Any]
    sender: str
    at: str


@dataclass(frozen=True, slots=True)
class Rendering:
    """What a dialect makes of a State: frames now, and the metrics to be told once the burst has settled."""

    frames: tuple[str | bytes, ...] = ()
    later: frozenset[str] = frozenset()


NOTHING = Rendering()
