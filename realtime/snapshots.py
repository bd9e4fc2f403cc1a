"""How are the snapshots of many rooms read together? Those asked for at the same time share their statements."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from django.conf import settings

from dashboards.kinds import Kind, kind_named
from realtime.database import in_thread
from realtime.hub.rooms import RoomKey, Update
from realtime.rooms import Room
from realtime.tenancy import Tenancy
from realtime.updates import Marks, compute_apart, compute_updates, forget_epoch, part_of

# How long the first asker waits for others.
GATHERING = 0.002


class NotComputable(Exception):
    """The rows of a room's negocio can't be computed."""

    def __init__(self, room: str) -> None:
        self.room = room
        super().__init__(f"the rows of {room} can't be computed")


class Snapshots:
    """Reads rooms' whole state: one statement per metric and kind for all rooms asked for within GATHERING."""

    def __init__(self, tenancy: Tenancy) -> None:
        self._tenancy = tenancy
        self._asked: dict[Room, asyncio.Future[Update | None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def load(self, key: RoomKey) -> Update | None:
        """All metrics of the room; None for one that carries no state. Raises what the database raised."""
        assert isinstance(key, Room)
        future = self._asked.get(key)
        if future is None:
            future = self._asked[key] = asyncio.get_running_loop().create_future()
            if len(self._asked) == 1:
                task = asyncio.create_task(self._read_soon())
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
        return await asyncio.shield(future)

    async def _read_soon(self) -> None:
        await asyncio.sleep(GATHERING)
        asked, self._asked = self._asked, {}
        by_kind: dict[str, list[Room]] = defaultdict(list)
        try:
            directory = await self._tenancy.directory()
            for room in asked:
                if room.negocio in directory.by_code:
                    by_kind[directory.by_code[room.negocio].kind].append(room)
            for name, rooms in by_kind.items():
                updates = await in_thread(_read, kind_named(name), rooms)
                for room in rooms:
                    _answer(asked[room], updates[room])
        except Exception as error:
            forget_epoch()
            for future in asked.values():
                _answer(future, error)
        for future in asked.values():
            _answer(future, None)


def _answer(future: "asyncio.Future[Update | None]", answer: Update | Exception | None) -> None:
    if future.done():
        return
    if isinstance(answer, Exception):
        future.set_exception(answer)
        future.exception()  # whoever still waits gets it; nobody may
    else:
        future.set_result(answer)


def _read(kind: Kind, rooms: list[Room]) -> dict[Room, Update | Exception | None]:
    """Each room's state; None for one that carries none, an exception for one that can't be computed."""
    carried = kind.state_topics()
    names = frozenset[str]().union(*(carried.get(room.topic, ()) for room in rooms))
    ids = sorted({room.negocio_id for room in rooms if room.topic in carried})
    marks = dict.fromkeys(ids, Marks(next_in=settings.UPDATE_INTERVAL if kind.ticks else None))
    updates = compute_apart(kind, names, ids, marks) if ids else {}
    return {room: _state(room, updates, carried) for room in rooms}


def _state(
    room: Room, updates: Mapping[int, Update], carried: Mapping[str, frozenset[str]]
) -> Update | Exception | None:
    if room.topic not in carried:
        return None
    update = updates.get(room.negocio_id)
    return part_of(update, carried[room.topic]) if update is not None else NotComputable(room.name)


def read_now(kind: Kind, room: Room) -> Update:
    """One room's snapshot, from synchronous code. Raises what computing it raised."""
    names = kind.state_topics()[room.topic]
    marks = Marks(next_in=settings.UPDATE_INTERVAL if kind.ticks else None)
    return compute_updates(kind, names, [room.negocio_id], {room.negocio_id: marks})[room.negocio_id]


def document_of(room: Room, update: Update) -> dict[str, Any]:
    """A snapshot as it is told outside of a socket: a native state frame's fields, and the epoch."""
    return {
        "room": room.name, "full": True, "data": update.figures, "epoch": update.epoch,
        "version": max(update.versions.values(), default=0), "as_of": update.as_of, "next_due": update.next_due,
    }  # fmt: skip
