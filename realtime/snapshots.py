"""How are the snapshots of many rooms read together? Those asked for at the same time share their statements."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any

from django.conf import settings

from dashboards.kinds import Kind, kind_named
from realtime.database import in_thread
from realtime.gathering import Asked, Gathering, answer, answer_all
from realtime.hub.rooms import RoomKey, Update
from realtime.rooms import Room
from realtime.tenancy import Directory, Tenancy
from realtime.updates import Marks, compute_apart, compute_updates, forget_epoch, part_of

# As many threads may wait for the teams' own APIs.
FETCHING_AT_A_TIME = 2

AskedRooms = Asked[Room, Update | None]


class NotComputable(Exception):
    """The rows of a room's negocio can't be computed."""

    def __init__(self, room: str) -> None:
        self.room = room
        super().__init__(f"the rows of {room} can't be computed")


class Snapshots:
    """Reads rooms' whole state: one statement per metric and kind for all rooms asked for at the same moment."""

    def __init__(self, tenancy: Tenancy) -> None:
        self._tenancy = tenancy
        self._gathering = Gathering(self._read_all)
        self._fetching = asyncio.Semaphore(FETCHING_AT_A_TIME)

    async def load(self, key: RoomKey) -> Update | None:
        """All metrics of the room; None for one that carries no state. Raises what the database raised."""
        assert isinstance(key, Room)
        return await self._gathering.ask(key)

    async def _read_all(self, asked: AskedRooms) -> None:
        try:
            groups = _grouped(asked, await self._tenancy.directory())
        except Exception:
            forget_epoch()
            raise
        alone = (self._fetching if id is not None else nullcontext() for _, id in groups)
        kinds = (name for name, _ in groups)
        await asyncio.gather(*map(_read_for, kinds, groups.values(), alone))


def _grouped(asked: AskedRooms, directory: Directory) -> Mapping[tuple[str, int | None], AskedRooms]:
    """Who is read for together: those of a kind; a negocio whose figures are fetched from elsewhere waits alone."""
    groups: dict[tuple[str, int | None], dict[Room, asyncio.Future[Update | None]]] = defaultdict(dict)
    for room, future in asked.items():
        tenant = directory.by_code.get(room.negocio)
        if tenant is None:
            answer(future, None)
        else:
            groups[tenant.kind, tenant.id if tenant.fetched else None][room] = future
    return groups


async def _read_for(kind: str, asked: AskedRooms, turn: AbstractAsyncContextManager[object]) -> None:
    """Read the rooms' state together, and answer those who ask."""
    try:
        async with turn:
            updates = await in_thread(_read, kind_named(kind), list(asked))
    except Exception as error:
        forget_epoch()
        answer_all(asked, error)
    else:
        for room, future in asked.items():
            answer(future, updates[room])


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
