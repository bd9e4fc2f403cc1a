"""What stands in for sockets, dialects and the channel layer around a hub?"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from realtime.hub.frames import Frame
from realtime.hub.outlet import SENT, UNSETTLED, Outcome
from realtime.hub.rooms import Renderer, RoomKey, Update
from realtime.protocol.messages import Passing, Rendering, State


@dataclass(frozen=True, slots=True)
class Key:
    """A room by its name alone."""

    name: str
    negocio: str = "uno"

    @property
    def group(self) -> str:
        return f"group.{self.name}"


class Plain:
    """A dialect whose frames are the names of the metrics."""

    tells_once = False

    def state(self, state: State) -> Rendering:
        return Rendering((" ".join(state.figures),))

    def event(self, event: Any) -> None:
        return None

    def passing(self, message: Passing) -> None:
        return None


class Wire:
    """A socket that takes everything."""

    def __init__(self) -> None:
        self.frames: list[str] = []

    def write(self, frame: Frame) -> Outcome:
        self.frames.append(frame.payload.decode())
        return SENT

    def settle(self, watcher: object) -> int:
        return UNSETTLED


PLAIN = Plain()


@dataclass(eq=False)
class Socket:
    """A member of rooms."""

    id: str = "socket"
    outlet: Any = field(default_factory=Wire)
    renderer: Renderer = PLAIN
    behind: frozenset[RoomKey] = frozenset()

    def too_slow(self) -> None:
        raise AssertionError("it is told nothing")


class Feed:
    """A relay that subscribes when it is let; `subscribed` is what the channel layer would have."""

    def __init__(self) -> None:
        self.subscribed: set[str] = set()
        self.calls: list[str] = []
        self.let = asyncio.Event()
        self.let.set()
        self.fails = False

    async def subscribe(self, key: RoomKey) -> None:
        self.calls.append(f"+{key.name}")
        await self.let.wait()
        if self.fails:
            raise ConnectionError("no Redis")
        self.subscribed.add(key.name)

    async def unsubscribe(self, key: RoomKey) -> None:
        self.calls.append(f"-{key.name}")
        await asyncio.sleep(0)
        self.subscribed.discard(key.name)


def update(version: int, epoch: str = "one", ticked: bool = False, **figures: Any) -> Update:
    """Figures as of a version."""
    versions: Mapping[str, int] = dict.fromkeys(figures, version)
    return Update(epoch, versions, figures, "2026-01-01T00:00:00.000Z", ticked=ticked)


class Stored:
    """What snapshots are read from: `failures` times in vain, `delay` seconds late."""

    def __init__(self, newest: Update) -> None:
        self.newest, self.failures, self.delay, self.reads = newest, 0, 0.0, 0
        self.reading = self.most_reading = 0

    async def load(self, key: RoomKey) -> Update:
        self.reads += 1
        self.reading += 1
        self.most_reading = max(self.most_reading, self.reading)
        try:
            await asyncio.sleep(self.delay)
        finally:
            self.reading -= 1
        if self.failures:
            self.failures -= 1
            raise ConnectionError("no PostgreSQL")
        return self.newest
