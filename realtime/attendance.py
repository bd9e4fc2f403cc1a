"""Who is in a room, in all processes? Each counts its own sockets by user and writes what changed, once a second."""

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import takewhile

from realtime import leases
from realtime.complaints import in_a_line
from realtime.database import in_thread
from realtime.rooms import Room

logger = logging.getLogger(__name__)

# Seconds between two writes, and how long what the others wrote is taken for true.
PERIOD, LIFETIME = 1.0, 1.0
# An answer names so many; all are counted.
MOST_NAMED = 1_000
# The user of everybody who has no token.
ANYBODY = ""
UNKNOWN = -1


@dataclass(frozen=True, slots=True)
class Present:
    """Who is in a room: `count`, users and nameless readers together; `users`, sorted, the first MOST_NAMED."""

    count: int
    users: list[str]


@dataclass(frozen=True, slots=True)
class Reading:
    """What the other processes' rows say of a room, asked at a moment of our clock."""

    asked_at: float
    sockets: "asyncio.Task[Mapping[str, int]]" = field(compare=False)


class Attendance:
    """The users in this process's rooms, and what is known of the other processes'. `clock` is monotonic seconds."""

    def __init__(self, process: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._process, self._clock = process, clock
        # Of each user the open sockets; 0 for GRACE after the last one closed, and since when.
        self._rooms: defaultdict[leases.Watched, dict[str, int]] = defaultdict(dict)
        self._left: dict[leases.Attendee, float] = {}
        self._changed: set[leases.Attendee] = set()
        # How many sockets our rows say; UNKNOWN where a write failed.
        self._written: dict[leases.Attendee, int] = {}
        self._readings: dict[leases.Watched, Reading] = {}
        self._writing: asyncio.Future[None] | None = None

    def arrive(self, room: Room, user: str) -> None:
        """A socket of the user (empty: of somebody without a token) is in the room."""
        attendee = (room.negocio_id, room.topic, user)
        users = self._rooms[room.negocio_id, room.topic]
        users[user] = users.get(user, 0) + 1
        self._left.pop(attendee, None)
        self._changed.add(attendee)

    def leave(self, room: Room, user: str) -> None:
        """It is no longer."""
        attendee = (room.negocio_id, room.topic, user)
        users = self._rooms[room.negocio_id, room.topic]
        users[user] -= 1
        if not users[user]:
            self._left[attendee] = self._clock()
        self._changed.add(attendee)

    async def present(self, room: Room) -> Present:
        """Who is there: at most one statement, and one a second of each room. Raises what the database raises."""
        others = await self._others((room.negocio_id, room.topic))
        own = self._rooms.get((room.negocio_id, room.topic), {})
        users = sorted((own.keys() | others.keys()) - {ANYBODY})
        return Present(len(users) + own.get(ANYBODY, 0) + others.get(ANYBODY, 0), users[:MOST_NAMED])

    async def run(self) -> None:
        """Write and forget until cancelled."""
        while True:
            await asyncio.sleep(PERIOD)
            self._forget()
            try:
                await self.write()
            except Exception as error:
                logger.warning("who is present can't be written now: %s", in_a_line(error))

    async def write(self) -> None:
        """Write what changed since the last time, in one statement. Raises what the database raises."""
        changed, self._changed = self._changed, set()
        news = {each: now for each in changed if (now := self._sockets(each)) != self._written.get(each, 0)}
        if not news:
            return
        self._written.update(dict.fromkeys(news, UNKNOWN))
        self._changed.update(news)
        self._writing = asyncio.ensure_future(in_thread(leases.write_attendees, self._process, news))
        await asyncio.shield(self._writing)
        for each, sockets in news.items():
            if sockets:
                self._written[each] = sockets
            else:
                del self._written[each]

    def write_anew(self) -> None:
        """This process was taken for dead, and its rows may be gone."""
        self._written = dict.fromkeys(self._written, UNKNOWN)
        self._changed.update((*room, user) for room, users in self._rooms.items() for user in users)

    async def end(self) -> None:
        """Everybody leaves; to come back to another process they have as long as ever."""
        try:
            async with asyncio.timeout(2):
                if self._writing is not None:
                    await asyncio.gather(self._writing, return_exceptions=True)
                await in_thread(leases.leave_all, self._process)
        except Exception as error:
            logger.warning("who was present here is not for long: %s", in_a_line(error))

    async def _others(self, room: leases.Watched) -> Mapping[str, int]:
        now, reading = self._clock(), self._readings.get(room)
        if reading is None or now - reading.asked_at >= LIFETIME:
            task = asyncio.create_task(in_thread(leases.attendees, room, self._process))
            task.add_done_callback(lambda done: done.cancelled() or done.exception())  # nobody may be left to see it
            reading = self._readings[room] = Reading(now, task)
        return await asyncio.shield(reading.sockets)

    def _sockets(self, attendee: leases.Attendee) -> int:
        """As it is written: whether a user is there, and how many nameless readers."""
        negocio_id, topic, user = attendee
        sockets = self._rooms.get((negocio_id, topic), {}).get(user, 0)
        return sockets if user == ANYBODY else min(sockets, 1)

    def _forget(self) -> None:
        """What is over: grace, and what was read of the others."""
        now = self._clock()
        over = takewhile(lambda attendee: now - self._left[attendee] > leases.GRACE, self._left)
        for negocio_id, topic, user in list(over):
            del self._left[negocio_id, topic, user]
            users = self._rooms[negocio_id, topic]
            del users[user]
            if not users:
                del self._rooms[negocio_id, topic]
        for room in [room for room, reading in self._readings.items() if now - reading.asked_at >= LIFETIME]:
            del self._readings[room]
