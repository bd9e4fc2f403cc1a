"""What was told in a room lately, in order and without gaps? What came too early waits for what is missing."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Protocol

from realtime.hub.frames import Frame
from realtime.protocol.messages import Event

# So many events are kept for those who come back.
MOST_KEPT = 1_000
# So many may wait behind a gap; the journal has the rest.
MOST_EARLY = 2_000


class Encoder(Protocol):
    """What makes frames of events: a dialect."""

    def event(self, event: Event) -> str | bytes | None: ...


@dataclass(frozen=True, slots=True)
class Head:
    """The last number given in a room, in one life of the database."""

    epoch: str
    seq: int


@dataclass(slots=True, eq=False)
class Told:
    """An event, and the frame that each dialect made of it: encoded once, for who is there and who comes back."""

    event: Event
    _frames: dict[Encoder, Frame | None] = field(default_factory=dict)

    def frame(self, renderer: Encoder) -> Frame | None:
        """None where the dialect doesn't tell it."""
        if renderer not in self._frames:
            text = renderer.event(self.event)
            self._frames[renderer] = None if text is None else Frame.of(text)
        return self._frames[renderer]


class Backlog:
    """The events of one room, as far as this process has them: `seq` is the last one that came in order."""

    def __init__(self) -> None:
        self.epoch = ""
        self.seq = -1
        self._kept: deque[Told] = deque(maxlen=MOST_KEPT)
        self._early: dict[int, Event] = {}

    @property
    def begun(self) -> bool:
        return self.seq >= 0

    @property
    def has_gap(self) -> bool:
        """Does something wait for what is missing?"""
        return self.begun and bool(self._early)

    def begin(self, head: Head) -> list[Told]:
        """Count from here; returns what has come since. Another epoch is another journal: nothing of before counts."""
        if self.begun and head.epoch != self.epoch:
            self._early.clear()
        self.epoch, self.seq = head.epoch, head.seq
        self._kept.clear()
        return self._in_order()

    def take(self, event: Event) -> list[Told]:
        """An event came: returns those that may now be told, in order. None of it is told twice."""
        if event.seq > self.seq and len(self._early) < MOST_EARLY:
            self._early[event.seq] = event
        return self._in_order() if self.begun else []

    def fill(self, events: Iterable[Event]) -> list[Told]:
        """Events read from the journal, in order: as take(), but what the journal has lost is passed over."""
        told: list[Told] = []
        for event in events:
            if event.seq > self.seq + 1:
                self.seq = event.seq - 1
                self._kept.clear()
            told += self.take(event)
        return told

    def reaches(self, since: int) -> bool:
        """Is everything after `since` here?"""
        return since >= self.seq or (bool(self._kept) and self._kept[0].event.seq <= since + 1)

    def after(self, since: int, limit: int) -> list[Told]:
        """The oldest of what is kept after `since`; only where reaches(since)."""
        first = self._kept[0].event.seq if self._kept else self.seq + 1
        return list(islice(self._kept, max(0, since + 1 - first), max(0, since + 1 - first) + limit))

    def put_before(self, events: Sequence[Event]) -> None:
        """Older events from the journal, that end where what is kept begins. The newest stay, if they are too many,
        and none from before one that the journal has lost.
        """
        first = self._kept[0].event.seq if self._kept else self.seq + 1
        older: deque[Told] = deque()
        for event in reversed(events):
            if event.seq == first - 1:
                older.appendleft(Told(event))
                first = event.seq
        if older:
            self._kept = deque([*older, *self._kept], maxlen=max(MOST_KEPT, len(older) + len(self._kept)))

    def _in_order(self) -> list[Told]:
        told: list[Told] = []
        while (event := self._early.pop(self.seq + 1, None)) is not None:
            self.seq = event.seq
            told.append(Told(event))
        self._kept.extend(told)
        for seq in [seq for seq in self._early if seq <= self.seq] if self._early else ():
            del self._early[seq]
        return told
