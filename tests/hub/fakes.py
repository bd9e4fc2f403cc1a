"""A hub without sockets, without Redis and without a database."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from realtime.hub.frames import Frame
from realtime.hub.hub import Hub
from realtime.hub.outlet import CLOSED, CONGESTED, SENT, UNSETTLED, Outcome, Watcher
from realtime.hub.rooms import Renderer, RoomKey, Update
from realtime.protocol.json import dumps, loads
from realtime.protocol.messages import Event, Passing, Rendering, State


@dataclass(frozen=True, slots=True)
class Key:
    """A room."""

    group: str = "n1.t.stats"
    negocio: str = "123"
    name: str = "123/stats"


KEY = Key()


class FakeOutlet:
    """Keeps what is written; answers as told."""

    def __init__(self) -> None:
        self.outcome: Outcome = SENT
        self.frames: list[Any] = []
        self.on_drain: Callable[[], None] | None = None
        self.last_words: Frame | None = None
        self.hangs_up = False

    def write(self, frame: Frame) -> Outcome:
        if self.outcome == SENT:
            self.frames.append(loads(frame.payload))
        return self.outcome

    def insist(self, *frames: Frame) -> Outcome:
        """Takes them while it lags too, as one whose bound isn't reached."""
        if self.outcome != CLOSED:
            self.frames += [loads(frame.payload) for frame in frames]
        return CLOSED if self.outcome == CLOSED else SENT

    def settle(self, watcher: Watcher) -> int:
        return UNSETTLED

    def write_rest(self, wire: bytes, written: int) -> None: ...

    def buffered(self) -> int:
        return 0

    def opened(self) -> None: ...

    async def flush(self) -> None: ...

    def closed(self) -> None:
        self.outcome = CLOSED

    def abort(self) -> None:
        self.outcome = CLOSED

    def congest(self) -> None:
        self.outcome = CONGESTED


@dataclass(eq=False)
class FakeDialect:
    """Says the figures that changed, or all of them; counts how often it is asked. `late` names wait for the end."""

    name: str = "one"
    late: frozenset[str] = frozenset()
    rendered: int = 0
    tells_once: bool = False

    def state(self, state: State) -> Rendering:
        self.rendered += 1
        names = set(state.figures) if state.full or state.settled else set(state.changed)
        later = frozenset() if state.full or state.settled else self.late & names
        told = {name: state.figures[name] for name in sorted(names - later)}
        if not told:
            return Rendering(later=later)
        return Rendering((dumps({"by": self.name, "full": state.full, "causes": state.causes, "data": told}),), later)

    def event(self, event: Event) -> bytes | None:
        return None if self.name == "mute" else dumps({"seq": event.seq, "data": event.data})

    def passing(self, message: Passing) -> bytes | None:
        return None if self.name == "mute" else dumps(message.document)


@dataclass(eq=False)
class FakeMember:
    """A connection."""

    renderer: Renderer
    id: str = "m"
    outlet: Any = field(default_factory=FakeOutlet)
    behind: frozenset[RoomKey] = frozenset()
    sent_away: bool = False

    def too_slow(self) -> None:
        self.sent_away = True

    @property
    def got(self) -> list[Any]:
        """The data of each frame."""
        return [frame.get("data", frame) for frame in self.outlet.frames]


class FakeFeed:
    """Keeps an account of subscriptions; waits or fails as told."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.open: defaultdict[str, int] = defaultdict(int)
        self.acknowledged = asyncio.Event()
        self.acknowledged.set()
        self.error: Exception | None = None

    async def subscribe(self, key: RoomKey) -> None:
        self.log.append(f"subscribe {key.group}")
        await self.acknowledged.wait()
        if self.error is not None:
            raise self.error
        self.log.append(f"subscribed {key.group}")
        self.open[key.group] += 1

    async def unsubscribe(self, key: RoomKey) -> None:
        self.log.append(f"unsubscribe {key.group}")
        self.open[key.group] = 0


class FakeStore:
    """Where snapshots are read; waits or fails as told."""

    def __init__(self, feed: FakeFeed) -> None:
        self.update: Update | None = update(1, total=1)
        self.error: Exception | None = None
        self.reads = 0
        self.readable = asyncio.Event()
        self.readable.set()
        self._log = feed.log

    async def load(self, key: RoomKey) -> Update | None:
        self.reads += 1
        self._log.append(f"load {key.group}")
        await self.readable.wait()
        if self.error is not None:
            raise self.error
        return self.update


def update(version: int, *causes: str, epoch: str = "e", ticked: bool = False, **figures: Any) -> Update:
    """An update of these figures, all of one version."""
    return Update(
        epoch, dict.fromkeys(figures, version), figures, "2025-11-10T10:30:00.000Z", causes=causes, ticked=ticked
    )


class World:
    """A hub, and all that it needs."""

    def __init__(self) -> None:
        self.feed = FakeFeed()
        self.store = FakeStore(self.feed)
        self.watched: list[tuple[str, bool]] = []
        self.hub = Hub(self.feed, self.store.load, lambda key, open: self.watched.append((key.group, open)))

    async def member(self, dialect: Renderer | None = None, key: Key = KEY, show: bool = False, id: str = "m") -> Any:
        """A new member of the room."""
        member = FakeMember(dialect or FakeDialect(), id)
        await self.hub.join(member, key)
        if show:
            self.hub.show(member, key)
        return member

    def assert_nothing_left(self) -> None:
        assert self.hub.rooms == {}
        assert not any(self.feed.open.values())
        counts: Mapping[str, int] = {
            group: sum(1 if open else -1 for name, open in self.watched if name == group) for group, _ in self.watched
        }
        assert not any(counts.values())


async def turn(times: int = 20) -> None:
    """Let everything happen that waits for nothing but its turn."""
    for _ in range(times):
        await asyncio.sleep(0)
