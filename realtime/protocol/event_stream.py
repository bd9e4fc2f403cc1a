"""How is a native frame written as a server-sent event?"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from realtime.protocol.dialects.native import DIALECT
from realtime.protocol.errors import Failure
from realtime.protocol.messages import Event, Passing, Rendering, State

HEARTBEAT = b":\n\n"


class EventStream:
    """The renderer of streams. An event's id says where a client resumes: `<epoch>:<seq>`; state has none."""

    tells_once = False

    def __init__(self, epoch: str) -> None:
        self._epoch = epoch

    def state(self, state: State) -> Rendering:
        rendering = DIALECT.state(state)
        return Rendering(tuple(record("state", frame) for frame in rendering.frames), rendering.later)

    def event(self, event: Event) -> bytes:
        return record("event", DIALECT.event(event), f"{self._epoch}:{event.seq}")

    def passing(self, message: Passing) -> None:
        """The native dialect doesn't pass on what clients say to each other."""


@lru_cache(maxsize=16)
def stream_of(epoch: str) -> EventStream:
    """The renderer for one life of the database: the same for all, so that each event is encoded once."""
    return EventStream(epoch)


def subscribed(fields: Mapping[str, Any], id: str | None, retry: int) -> bytes:
    """The first record; `retry`: how long the client waits before it comes back, in milliseconds."""
    return b"retry: %d\n" % retry + record("subscribed", DIALECT.answer("subscribed", None, fields), id)


def failed(failure: Failure) -> bytes:
    """Why the stream ends."""
    return record("error", DIALECT.failure(failure))


def record(name: str, frame: str | bytes, id: str | None = None) -> bytes:
    """One server-sent event; a frame is JSON on one line."""
    data = frame.encode() if isinstance(frame, str) else frame
    place = b"" if id is None else b"id: %b\n" % id.encode()
    return b"%bevent: %b\ndata: %b\n\n" % (place, name.encode(), data)
