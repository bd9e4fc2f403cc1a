"""Where does the hub read what it missed? In the journal; questions of the same moment share a statement."""

import asyncio
from collections.abc import Collection, Mapping

from dashboards.kinds import kinds
from notifications import journal
from realtime.database import in_thread
from realtime.hub.backlog import Head
from realtime.hub.rooms import RoomKey
from realtime.protocol.messages import Event
from realtime.rooms import Room
from realtime.sequencer import event_of
from realtime.tenancy import Directory, Tenancy
from realtime.updates import read_epoch

# How long the first asker waits for others.
GATHERING = 0.002


class History:
    """The journal, as the rooms of one process need it."""

    def __init__(self, tenancy: Tenancy) -> None:
        self._tenancy = tenancy
        self._asked: set[Room] = set()
        self._reading: asyncio.Task[Mapping[Room, Head]] | None = None

    async def head(self, key: RoomKey) -> Head | None:
        """The room's last number; None for a room that carries no events. Raises what the database raised."""
        assert isinstance(key, Room)
        if not carries_events(key, await self._tenancy.directory()):
            return None
        self._asked.add(key)
        if self._reading is None or len(self._asked) == 1:
            self._reading = asyncio.create_task(self._read_soon())
        return (await asyncio.shield(self._reading))[key]

    async def heads(self, keys: Collection[RoomKey]) -> Mapping[Room, Head]:
        """The last numbers of all these rooms, in one statement."""
        rooms = [key for key in keys if isinstance(key, Room)]
        return await in_thread(read_heads, rooms)

    async def events(self, key: RoomKey, since: int, limit: int) -> list[Event]:
        """What the journal still has after `since`, the oldest first."""
        assert isinstance(key, Room)
        numbered = await in_thread(journal.read, key.negocio_id, key.topic, since, limit)
        return [event_of(each, key.name) for each in numbered]

    async def _read_soon(self) -> Mapping[Room, Head]:
        await asyncio.sleep(GATHERING)
        asked, self._asked = self._asked, set()
        return await in_thread(read_heads, list(asked))


def carries_events(room: Room, directory: Directory) -> bool:
    """Are people told things in this room, rather than shown figures?"""
    tenant = directory.by_code.get(room.negocio)
    kind = kinds().get(tenant.kind) if tenant is not None else None
    topic = kind.topic(room.base_topic) if kind is not None else None
    return topic is not None and not topic.state


def read_heads(rooms: Collection[Room]) -> dict[Room, Head]:
    """The heads of the rooms; 0 where nothing was told yet."""
    known = journal.heads([(room.negocio_id, room.topic) for room in rooms])
    epoch = read_epoch()
    return {room: Head(epoch, known.get((room.negocio_id, room.topic), 0)) for room in rooms}
