"""How do a room's events come to its members in order and without gaps? What didn't come is read from the journal."""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from typing import Any, Protocol

from realtime.hub.backlog import Head, Told
from realtime.hub.rooms import OpenRoom, RoomKey
from realtime.protocol.messages import Event

logger = logging.getLogger(__name__)

# As many events are read at a time, and given at most to one who comes back.
MOST_READ = 1_000
MOST_RESUMED = 5_000
# A message may have been overtaken by the next: so long it may still come by itself. Seconds.
PATIENCE = 0.05
RETRY_DELAY, LONGEST_RETRY = 0.5, 5.0


class History(Protocol):
    """Where events can be read again: the journal."""

    async def head(self, key: RoomKey) -> Head | None: ...
    async def heads(self, keys: Collection[RoomKey]) -> Mapping[Any, Head]: ...
    async def life(self) -> str | None: ...
    async def events(self, key: RoomKey, since: int, limit: int) -> list[Event]: ...


class NoHistory:
    """For rooms whose events are told as they come."""

    async def head(self, key: RoomKey) -> Head | None:
        return None

    async def heads(self, keys: Collection[RoomKey]) -> Mapping[Any, Head]:
        return {}

    async def life(self) -> str | None:
        return None

    async def events(self, key: RoomKey, since: int, limit: int) -> list[Event]:
        return []


class Mender:
    """Puts each room's events in order and reads what is missing; `tell` brings them to the members."""

    def __init__(
        self,
        history: History,
        tell: Callable[[OpenRoom, list[Told]], None],
        start: Callable[[Awaitable[None]], None],
        counts: Counter[str],
    ) -> None:
        self._history, self._tell, self._start, self._counts = history, tell, start, counts
        self._mending: set[RoomKey] = set()
        self._reading: dict[RoomKey, asyncio.Future[None]] = {}

    async def begin(self, room: OpenRoom) -> None:
        """Learn the room's head, once its messages come. Raises what the database raised."""
        head = await self._history.head(room.key)
        if head is not None:
            self._tell(room, room.backlog.begin(head))

    def take(self, room: OpenRoom, events: Iterable[Event]) -> None:
        """Events came over the channel layer: what of them is in order is told together."""
        if room.ready.done() and not room.backlog.begun:
            self._tell(room, [Told(event) for event in events])
            return
        self._tell(room, [told for event in events for told in room.backlog.take(event)])
        if room.backlog.has_gap:
            self._mend_soon(room)

    async def compare(self, rooms: Collection[OpenRoom]) -> None:
        """Has any of these rooms missed its last message? Then read it. Raises what the database raised."""
        begun = {room.key: room for room in rooms if room.backlog.begun}
        if not begun:
            return
        for key, head in (await self._history.heads(begun.keys())).items():
            room = begun[key]
            if head.epoch != room.backlog.epoch:
                self._begin_anew(room, head)
            elif head.seq > room.backlog.seq:
                self._mend_soon(room)

    def _begin_anew(self, room: OpenRoom, head: Head) -> None:
        """Another journal: its members must come back, to be told that not all of the old one can be had."""
        room.backlog.begin(head)
        for member in list(room.everyone()):
            member.too_slow()

    async def reach(self, room: OpenRoom, since: int) -> bool:
        """Have everything after `since` at hand; False where it is gone, or too much. All who ask share a reading."""
        while not room.backlog.reaches(since):
            if room.backlog.seq - since > MOST_RESUMED:
                return False
            reading = self._reading.get(room.key)
            if reading is None:
                reading = self._reading[room.key] = asyncio.ensure_future(self._read_back(room, since))
                reading.add_done_callback(lambda done: self._reading.pop(room.key, None))
                await asyncio.shield(reading)
                if not room.backlog.reaches(since):
                    return False
            else:
                await asyncio.shield(reading)
        return True

    async def _read_back(self, room: OpenRoom, since: int) -> None:
        epoch = room.backlog.epoch
        events = await self._history.events(room.key, since, MOST_RESUMED)
        if epoch == room.backlog.epoch:
            room.backlog.put_before(events)

    def _mend_soon(self, room: OpenRoom) -> None:
        if room.key not in self._mending:
            self._mending.add(room.key)
            self._start(self._mend(room))

    async def _mend(self, room: OpenRoom) -> None:
        pause = RETRY_DELAY
        try:
            await asyncio.sleep(PATIENCE)
            while True:
                epoch = room.backlog.epoch
                try:
                    events = await self._history.events(room.key, room.backlog.seq, MOST_READ)
                except Exception as error:
                    logger.warning("%s has a gap that can't be mended yet: %s", room.key.name, error)
                    await asyncio.sleep(pause)
                    pause = min(2 * pause, LONGEST_RETRY)
                    continue
                if epoch != room.backlog.epoch:
                    continue  # read in another journal, or for another
                told = room.backlog.fill(events)
                self._counts["events_mended"] += len(told)
                self._tell(room, told)
                if len(events) < MOST_READ:
                    return
        finally:
            self._mending.discard(room.key)
