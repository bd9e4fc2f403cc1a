"""How does a client enter a room? One that comes back gets what it missed, all of it and in order, or a snapshot."""

import asyncio
from typing import Any, Protocol

from realtime.consumers.subscriptions import Subscriptions
from realtime.hub.backlog import Backlog
from realtime.hub.frames import parcels
from realtime.hub.outlet import BUFFER_LIMIT, Outcome, Outlet
from realtime.hub.rooms import OpenRoom, Renderer
from realtime.protocol.commands import Subscribe
from realtime.rooms import Room

# Between so many events it is looked whether there are more.
BATCH = 100
# So long a socket that has much to drain gets time for it. Seconds.
DRAIN_PAUSE = 0.02


class Returning(Protocol):
    """What resuming needs of a connection."""

    outlet: Outlet
    subscriptions: Subscriptions

    @property
    def renderer(self) -> Renderer: ...
    def answer(self, type: str, id: Any, fields: dict[str, Any]) -> None: ...
    def too_slow(self) -> None: ...


async def resume(client: Returning, key: Room, verdict: bool | None, command: Subscribe) -> None:
    """Subscribe a client that has everything up to `command.since` (None: nothing yet).

    Raises what the hub and the journal raise.
    """
    subscriptions, since = client.subscriptions, command.since or 0
    subscriptions.leave(key)  # what is told meanwhile comes after what was missed
    room = await subscriptions.open(key, verdict)
    recovered = _fits(room.backlog, command) and await subscriptions.reach(room, since)
    if not subscriptions.may_enter(key):
        subscriptions.enter(key, room, verdict)  # for a moment: nobody else may be there to leave it
        return
    client.answer("subscribed", command.id, place_of(key, room, recovered))
    if not recovered:
        subscriptions.enter(key, room, verdict)
        subscriptions.show(key)
    elif await _replay(client, room, since):
        subscriptions.enter(key, room, verdict)
    else:
        client.too_slow()


def place_of(key: Room, room: OpenRoom, recovered: bool) -> dict[str, Any]:
    """Where in the room's story a subscriber begins: the fields of `subscribed`."""
    log = room.backlog
    epoch, seq = (log.epoch, log.seq) if log.begun else (room.epoch, 0)
    return {"room": key.name, "seq": seq, "epoch": epoch, "recovered": recovered}


def _fits(log: Backlog, command: Subscribe) -> bool:
    """Does the client speak of this journal, and of something that was told?"""
    return log.begun and command.since is not None and command.since <= log.seq and command.epoch in (None, log.epoch)


async def _replay(client: Returning, room: OpenRoom, since: int) -> bool:
    """Write what was missed; True once there is nothing more, with no gap to what is told next."""
    log, epoch = room.backlog, room.backlog.epoch
    while batch := log.after(since, BATCH):
        frames = (told.frame(client.renderer) for told in batch)
        for parcel in parcels(frame for frame in frames if frame is not None):
            while client.outlet.buffered() > BUFFER_LIMIT // 4:
                await asyncio.sleep(DRAIN_PAUSE)  # who reads nothing at all is ended by the server
            if client.outlet.insist(*parcel) != Outcome.SENT:
                return False
        since = batch[-1].event.seq
        if log.epoch != epoch or not await client.subscriptions.reach(room, since):
            return False
    return True
