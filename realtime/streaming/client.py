"""What does a client go through that listens to one room over HTTP? It hears what its URL names until it ends."""

import asyncio
import logging
import math
import random
import uuid
from collections.abc import Mapping
from functools import partial
from typing import Any

from django.conf import settings

from realtime.authentication.errors import AuthenticationFailed
from realtime.authentication.principal import Principal
from realtime.authorization import Action, may
from realtime.complaints import in_a_line
from realtime.consumers.chores import Chores
from realtime.consumers.repeats import Repeats
from realtime.consumers.resuming import resume
from realtime.consumers.subscriptions import Subscriptions
from realtime.hub.frames import Frame
from realtime.hub.outlet import WIRE, Outlet, Wire
from realtime.hub.rooms import Renderer, RoomKey
from realtime.node import Node
from realtime.permission import Permission
from realtime.places import Place
from realtime.protocol import errors
from realtime.protocol.commands import Subscribe
from realtime.protocol.event_stream import HEARTBEAT, failed, stream_of, subscribed
from realtime.streaming.callers import Caller
from realtime.streaming.handover import Receive, Scope, Send
from realtime.streaming.outlet import StreamOutlet
from realtime.tenancy import tenancy

logger = logging.getLogger(__name__)

HEARTBEAT_PERIOD = 15.0
# A client that acknowledges nothing for so long is gone. Seconds.
SILENCE = 60.0
# So soon a client comes back whose stream ended: not all at once, since all of a process may end. Milliseconds.
SOONEST_RETURN, LATEST_RETURN = 1_000, 4_000

repeats = Repeats()


class StreamClient:
    """One stream. For the hub it is a Member, for the node a Client, and for resume() who returns."""

    outlet: Outlet
    subscriptions: Subscriptions

    def __init__(self, own: Node, caller: Caller, readable: Permission, place: Place, numbered: bool) -> None:
        """`numbered`: the room carries events."""
        self.id = uuid.uuid4().hex
        self.behind: frozenset[RoomKey] = frozenset()
        self.renderer: Renderer = stream_of("")
        self._node, self._caller, self._place, self._numbered = own, caller, place, numbered
        self._room, self._verdict = readable.room, readable.verdict
        self._over = asyncio.Event()
        self.due = math.inf if caller.until is None else caller.until
        self._chores = Chores()

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Tell the client what it asked for, until it goes or is sent away."""
        wire: Wire | None = (scope.get("extensions") or {}).get(WIRE)
        if wire is not None:
            wire.give_up_after(SILENCE)
        self.outlet = answer = StreamOutlet(send, wire, settings.WRITE_WAIT)
        self.subscriptions = Subscriptions(
            self._node.hub, self, repeats, self.id, self._node.attendance, self._node.joins, self.principal
        )
        self._node.clients.add(self)
        self._node.occupancy.count(self, self.principal)
        try:
            self.outlet.opened()
            self.outlet.on_drain = lambda: self._node.hub.drained(self)
            gone = self._chores.start(partial(self._watch_the_client, receive))
            self._chores.start(self._begin)
            await self._beat()
            await self._over.wait()
            if not gone.done():
                await answer.finish()
        finally:
            self._cleanup()

    @property
    def principal(self) -> Principal:
        """Whose stream it is."""
        return self._caller.principal

    # -- As the node and the hub know it ----------------------------------------------------------------

    async def reconsider(self) -> None:
        """Rights may have changed: without that to read the room, the stream ends."""
        try:
            principal = await self._caller.again()
        except AuthenticationFailed:
            self._end(errors.INVALID_TOKEN)
            return
        if self in self._node.clients:  # it may have gone meanwhile
            self._node.occupancy.count(self, principal)
        tenant = (await tenancy.directory()).by_code.get(self._room.negocio)
        if not may(principal, Action.READ, self._room, tenant, self._verdict):
            self._end(errors.FORBIDDEN)

    async def close(self, code: int) -> None:
        """The process stops. The client comes back by itself."""
        self._end()

    def too_slow(self) -> None:
        """It lags too far behind to be told everything: it comes back for the rest."""
        if not self._over.is_set():
            self._node.counts["connections_too_slow"] += 1
            self._end()

    # -- As resume() knows it ---------------------------------------------------------------------------

    def answer(self, type: str, id: Any, fields: Mapping[str, Any]) -> None:
        """`subscribed`. Whoever loses the stream right after it has to resume from where it was."""
        self.renderer = stream_of(fields["epoch"])
        since = self._place.since if fields["recovered"] else fields["seq"]
        place = Place(since, fields["epoch"]).id if self._numbered else None
        retry = random.randint(SOONEST_RETURN, LATEST_RETURN)
        self.outlet.insist(Frame.of(subscribed(fields, place, retry)))

    # -- Its life ---------------------------------------------------------------------------------------

    async def _begin(self) -> None:
        try:
            await self._subscribe()
        except Exception as error:
            logger.warning("%s can't be listened to now: %s", self._room.name, in_a_line(error))
            self._end(errors.UNAVAILABLE)

    async def _subscribe(self) -> None:
        key, place = self._room, self._place
        command = Subscribe(key.topic, key.negocio, since=place.since, epoch=place.epoch)
        await resume(self, key, self._verdict, command)

    async def _watch_the_client(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self._over.set()

    async def _beat(self) -> None:
        self.outlet.write(Frame.of(HEARTBEAT))
        self._chores.later("heartbeat", HEARTBEAT_PERIOD, self._beat)

    async def overdue(self) -> None:
        """The token has expired; or a session has to be judged again, which its client comes back for."""
        self._end(errors.INVALID_TOKEN if self._caller.person is None else None)

    def _end(self, failure: errors.Failure | None = None) -> None:
        """Nothing is told any more; saying why, where there is more to do about it than to come back."""
        if self._over.is_set():
            return
        self.subscriptions.end()
        if failure is not None:
            self.outlet.insist(Frame.of(failed(failure)))
        self._over.set()

    def _cleanup(self) -> None:
        """Synchronous, so that a cancelled task can't skip it."""
        self._chores.end()
        self.outlet.on_drain = None
        self.outlet.closed()
        self.subscriptions.end()
        self._node.clients.discard(self)
        self._node.occupancy.leave(self)
