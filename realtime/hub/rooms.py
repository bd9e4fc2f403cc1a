"""What does one process know of an open room: who is in it, and its newest state?"""

import asyncio
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from realtime.hub.backlog import Backlog
from realtime.hub.crowd import Crowd
from realtime.hub.frames import Frame
from realtime.hub.outlet import Outlet
from realtime.protocol.messages import Event, Passing, Rendering, State


class RoomKey(Hashable, Protocol):
    """What the hub needs of a room: its channel-layer group and its names on the wire."""

    @property
    def group(self) -> str: ...
    @property
    def negocio(self) -> str: ...
    @property
    def name(self) -> str: ...


class Renderer(Protocol):
    """What the hub needs of a dialect. `tells_once`: an event of several rooms reaches each member once."""

    tells_once: bool

    def state(self, state: State) -> Rendering: ...
    def event(self, event: Event) -> str | bytes | None: ...
    def passing(self, message: Passing) -> str | bytes | None: ...


class Member(Protocol):
    """What the hub needs of a connection. `behind`: rooms whose newest state it has yet to be sent."""

    id: str
    outlet: Outlet
    renderer: Renderer
    behind: frozenset[RoomKey]

    def too_slow(self) -> None:
        """An event could not be put into its buffer: it leaves at once, and has to come back for what it missed."""


@dataclass(frozen=True, slots=True)
class Update:
    """Metrics as one computation saw them: off the channel layer, or out of a snapshot read.

    `versions` orders each metric in time (dashboards.metrics.version_of); `epoch` names the life of the database
    that they count in.
    """

    epoch: str
    versions: Mapping[str, int]
    figures: Mapping[str, Any]
    as_of: str
    next_due: str | None = None
    causes: tuple[str, ...] = ()
    ticked: bool = False


@dataclass(slots=True, weakref_slot=True, eq=False)
class OpenRoom:
    """A room with members in this process. `revision` grows with every figure that changes."""

    key: RoomKey
    ready: "asyncio.Future[None]"
    members: dict[Renderer, Crowd[Member]] = field(default_factory=dict)
    epoch: str = ""
    versions: dict[str, int] = field(default_factory=dict)
    figures: dict[str, Any] = field(default_factory=dict)
    as_of: str = ""
    next_due: str | None = None
    revision: int = 0
    # Of each dialect the frames of a snapshot, as long as there is nothing newer: all who come get the same.
    shown: dict[Renderer, tuple[Frame, ...]] = field(default_factory=dict)
    # The events that it carries, where it does.
    backlog: Backlog = field(default_factory=Backlog)
    # When members were last told something, and when before that; the loop's clock.
    told_at: float = float("-inf")
    told_before: float = float("-inf")
    # What each dialect still has to tell when the burst has settled, and since when it waits.
    later: dict[Renderer, set[str]] = field(default_factory=dict)
    later_since: float = 0.0
    timer: asyncio.TimerHandle | None = None

    def absorb(self, update: Update) -> tuple[set[str], set[str]]:
        """Take what is newer; returns the names of the newer metrics, and of those whose value changed.

        Another epoch is another database's life: its versions can't be compared, so it replaces everything.
        A tick that saw the same as the update before it is news all the same: time has passed, and figures depend
        on the day.
        """
        if update.epoch != self.epoch:
            self.epoch = update.epoch
            self.versions.clear()
        least = 0 if update.ticked else 1
        newer = {name for name, version in update.versions.items() if version - self.versions.get(name, -1) >= least}
        changed = {name for name in newer if name not in self.figures or self.figures[name] != update.figures[name]}
        for name in newer:
            self.versions[name] = update.versions[name]
            self.figures[name] = update.figures[name]
        if newer:
            self.shown.clear()
            self.as_of, self.next_due = update.as_of, update.next_due or self.next_due
        self.revision += bool(changed)
        return newer, changed

    def add(self, member: Member) -> None:
        """The member is in the room from now on."""
        self.members.setdefault(member.renderer, Crowd()).add(member)

    def remove(self, member: Member) -> bool:
        """It no longer is; False where it wasn't."""
        members = self.members.get(member.renderer)
        if members is None or member not in members:
            return False
        members.discard(member)
        if not members:
            del self.members[member.renderer]
            self.later.pop(member.renderer, None)
        return True

    def told(self, now: float) -> None:
        """Its members are told something now."""
        self.told_before, self.told_at = self.told_at, now

    def snapshot(self) -> State:
        """All metrics, for a member that has none."""
        return self._state(self.figures, self.figures.keys(), full=True)

    def snapshot_frames(self, renderer: Renderer) -> tuple[Frame, ...]:
        """The snapshot as a dialect tells it; none where the room carries no state."""
        frames = self.shown.get(renderer)
        if frames is None and self.versions:
            frames = self.shown[renderer] = tuple(map(Frame.of, renderer.state(self.snapshot()).frames))
        return frames or ()

    def partial(self, names: set[str], changed: set[str], update: Update) -> State:
        """The metrics of an update that are news."""
        figures = {name: self.figures[name] for name in self.figures if name in names}
        return self._state(figures, changed, causes=update.causes, ticked=update.ticked)

    def settled(self, names: set[str]) -> State:
        """What a burst left to be told at its end."""
        return self._state({name: self.figures[name] for name in names}, names, settled=True)

    def _state(self, figures: Mapping[str, Any], changed: Any, **marks: Any) -> State:
        return State(
            negocio=self.key.negocio, room=self.key.name, figures=figures, changed=changed,
            version=max(self.versions.values(), default=0), as_of=self.as_of, next_due=self.next_due, **marks,
        )  # fmt: skip

    def everyone(self) -> Iterator[Member]:
        for members in self.members.values():
            yield from members

    def __len__(self) -> int:
        return sum(map(len, self.members.values()))
