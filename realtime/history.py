"""Where does the hub read what it missed? In the journal; questions of the same moment share a statement."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from dashboards.kinds import kinds
from notifications import journal
from realtime.database import in_thread
from realtime.gathering import Asked, Gathering, answer
from realtime.hub.backlog import Head
from realtime.hub.rooms import RoomKey
from realtime.places import Place
from realtime.protocol.messages import Event
from realtime.rooms import Room
from realtime.sequencer import event_of
from realtime.tenancy import Directory, Tenancy
from realtime.updates import read_epoch


class History:
    """The journal, as the rooms of one process need it."""

    def __init__(self, tenancy: Tenancy) -> None:
        self._tenancy = tenancy
        self._gathering = Gathering(self._read_heads)

    async def head(self, key: RoomKey) -> Head | None:
        """The room's last number; None for a room that carries no events. Raises what the database raised."""
        assert isinstance(key, Room)
        if not carries_events(key, await self._tenancy.directory()):
            return None
        return await self._gathering.ask(key)

    async def heads(self, keys: Collection[RoomKey]) -> Mapping[Room, Head]:
        """The last numbers of all these rooms, in one statement."""
        rooms = [key for key in keys if isinstance(key, Room)]
        return await in_thread(read_heads, rooms)

    async def life(self) -> str:
        """The epoch: the life that the database is in now."""
        return await in_thread(read_epoch)

    async def events(self, key: RoomKey, since: int, limit: int) -> list[Event]:
        """What the journal still has after `since`, the oldest first."""
        assert isinstance(key, Room)
        numbered = await in_thread(journal.read, key.negocio_id, key.topic, since, limit)
        return [event_of(each, key.name) for each in numbered]

    async def _read_heads(self, asked: Asked[Room, Head]) -> None:
        heads = await self.heads(asked.keys())
        for room, future in asked.items():
            answer(future, heads[room])


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


@dataclass(frozen=True, slots=True)
class Missed:
    """What somebody gets who comes back to a room: all of it from where it was, up to a limit, or nothing.

    `seq` is the room's head; where the last of the events is older, there are more to ask for.
    """

    epoch: str
    seq: int
    recovered: bool
    events: Sequence[Event] = ()


def read_missed(room: Room, place: Place, limit: int) -> Missed:
    """The oldest `limit` events after a place; without a place the newest ones. In two statements."""
    head = read_heads([room])[room]  # first, so that what is told meanwhile can't look like something lost
    if place.since is None:
        numbered = journal.newest(room.negocio_id, room.topic, limit)
    elif place.epoch in (None, head.epoch) and place.since <= head.seq:
        numbered = journal.read(room.negocio_id, room.topic, place.since, limit)
    else:
        return Missed(head.epoch, head.seq, recovered=False)
    events = [event_of(each, room.name) for each in numbered]
    seq = max(head.seq, events[-1].seq if events else 0)
    if place.since is None:
        return Missed(head.epoch, seq, recovered=False, events=events)
    if not _is_all(events, place.since, min(seq - place.since, limit)):
        return Missed(head.epoch, seq, recovered=False)
    return Missed(head.epoch, seq, recovered=True, events=events)


def _is_all(events: Sequence[Event], since: int, count: int) -> bool:
    """Are these the first `count` events after `since`? The journal may have lost some, not only the oldest."""
    return len(events) == count and (not events or events[-1].seq == since + count)
