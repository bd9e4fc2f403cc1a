"""What does a client's connection go through: upgrade, dialect, token, subscriptions, frames, close?"""

import asyncio
import logging
import math
import os
import random
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from channels.exceptions import StopConsumer
from django.conf import settings

from realtime.authentication.admission import principal_again
from realtime.authentication.errors import AuthenticationFailed
from realtime.authentication.principal import NOBODY, Principal
from realtime.complaints import in_a_line
from realtime.consumers.addressing import silent_dialect
from realtime.consumers.admission import Admission, Refusal
from realtime.consumers.base import Event, SocketConsumer
from realtime.consumers.chores import Chores
from realtime.consumers.denial import refuse
from realtime.consumers.entrance import let_in
from realtime.consumers.obeying import obey
from realtime.consumers.repeats import Repeats, client_of
from realtime.consumers.subscriptions import Subscriptions
from realtime.consumers.unasked import FIRST_RETRY, serve_own_topics
from realtime.hub.frames import Frame
from realtime.hub.outlet import Outlet, outlet_for
from realtime.hub.rooms import RoomKey
from realtime.limits.bucket import Bucket
from realtime.node import Node, node
from realtime.protocol import errors
from realtime.protocol.dialects import Dialect, of_frame
from realtime.protocol.documents import document_of
from realtime.tenancy import tenancy

logger = logging.getLogger(__name__)

SILENCE = 0.5
AUTHENTICATION_DEADLINE = 10.0
# So long a client that reads too slowly may take to read that it is sent away.
LAST_WORD = 2.0

# A socket's lifetime is shorter by up to so much, so that those which came together don't come back together.
JITTER = 0.2

repeats = Repeats()


class ClientConsumer(SocketConsumer):
    """One connection; for the hub it is a Member (id, outlet, renderer, behind)."""

    id: str
    outlet: Outlet
    renderer: Dialect
    behind: frozenset[RoomKey] = frozenset()
    due = math.inf

    def __init__(self) -> None:
        self.id = os.urandom(16).hex()
        self.principal: Principal = NOBODY
        self._node: Node | None = None
        self._closing = False
        self._old_at = self._unknown_until = math.inf
        self._dialect: Dialect | None = None
        self.silence_over = False
        self.serving = asyncio.Lock()
        self._bucket = Bucket(at=time.monotonic())
        self.chores = Chores()

    # -- Upgrade and close ----------------------------------------------------------------------------

    async def connected(self, message: Event) -> None:
        own = node()
        await own.ensure_started()
        admission = await let_in(own, self, self.scope)
        if isinstance(admission, Refusal):
            await self._refuse(admission)
        else:
            await self._accept(own, admission)

    async def _refuse(self, refusal: Refusal) -> None:
        await refuse(self.scope, self.base_send, refusal.status, refusal.text)
        raise StopConsumer

    async def _accept(self, own: Node, admission: Admission) -> None:
        self._node, self.principal = own, admission.principal
        self.credentials = replace(admission.credentials, token=None)  # kept for as long as the socket is open
        self.subscriptions = Subscriptions(
            own.hub, self, repeats, client_of(admission.credentials), own.attendance, own.joins, self.principal
        )
        self.outlet = outlet_for(self.scope, self.base_send)
        own.clients.add(self)
        await self.base_send({"type": "websocket.accept", "subprotocol": admission.subprotocol})
        self.outlet.opened()
        self.outlet.on_drain = self._drained
        if admission.dialect is not None:
            self._speak(admission.dialect)
        if admission.dialect is None or admission.dialect.gives_unasked:
            self.chores.later("silence", SILENCE, self._fell_silent)
        self._unknown_until = time.time() + AUTHENTICATION_DEADLINE
        self.watch_expiry()
        self.scope.clear()  # the server's own too, where that is ours

    def _drained(self) -> None:
        if self._node is not None:
            self._node.hub.drained(self)

    async def close(self, code: int) -> None:
        """Close with a code, once; what was written before goes out first, what comes behind is not read.

        Clients that would not come back after a close frame, and shall, are hung up on without one.
        """
        if self._closing:
            return
        self._closing = True
        if self.outlet.hangs_up and code in errors.COME_BACK:
            self.outlet.abort()
            return
        await self.outlet.flush()
        self.outlet.closed()
        await self.base_send({"type": "websocket.close", "code": code})

    def too_slow(self) -> None:
        """It lags too far behind to be told everything: it may come back for the rest."""
        if not self._closing and self._node is not None:
            self._node.counts["connections_too_slow"] += 1
            self.subscriptions.end()  # a later event would hide that one is missing
            self.chores.start(self._send_away_slow)

    async def _send_away_slow(self) -> None:
        """Told where it can still be told: a polite close waits for what is before it."""
        try:
            async with asyncio.timeout(LAST_WORD):
                await self.close(errors.CloseCode.SLOW)
        except TimeoutError:
            pass
        finally:
            self.outlet.abort()

    def cleanup(self) -> None:
        self.chores.end()
        if self._node is not None:
            self.outlet.on_drain = None
            self.outlet.closed()
            self.subscriptions.end()
            self._node.clients.discard(self)
            self._node.occupancy.leave(self)
            self._node = None

    # -- Dialect --------------------------------------------------------------------------------------

    def _speak(self, dialect: Dialect) -> None:
        """The dialect is decided, for good."""
        self._dialect = self.renderer = dialect
        self.outlet.hangs_up = dialect.hangs_up
        if dialect.too_large is not None:
            self.outlet.last_words = Frame.of(dialect.too_large)
        self._old_at = time.time() + lifetime() if dialect.resumes else math.inf
        self.watch_expiry()

    async def _fell_silent(self) -> None:
        """500 ms after the connect: decide the dialect if no frame has, and serve those who never ask."""
        self.silence_over = True
        try:
            directory = await tenancy.directory()
        except Exception as error:  # the client won't ask, so it is up to us to try again
            logger.warning("a silent client can't be served yet: %s", in_a_line(error))
            self.chores.later("silence", FIRST_RETRY, self._fell_silent)
            return
        if self._dialect is None:
            dialect = silent_dialect(self.principal, self.credentials.host, directory)
            if dialect is None:
                return
            self._speak(dialect)
        await serve_own_topics(self, directory)

    # -- Tokens ---------------------------------------------------------------------------------------

    def watch_expiry(self) -> None:
        """The token is another one, or the dialect is known now: when does the socket end?"""
        self.due = min(self._old_at, self._unknown_until if self.principal is NOBODY else self._expires_at())

    def _expires_at(self) -> float:
        expires, dialect = self.principal.expires_at, self._dialect
        ends = dialect is not None and (dialect.closes_on_expiry or settings.CLOSE_ON_EXPIRY)
        return expires if ends and expires is not None else math.inf

    async def overdue(self) -> None:
        """The token has expired, or none ever came, or the socket is old; unless another token came just now."""
        self.watch_expiry()
        if self.due > time.time():
            return
        self.due = math.inf
        if self.principal is NOBODY and self._unknown_until <= time.time():
            await self.close(errors.CloseCode.UNAUTHORIZED)
            return
        expired = self._expires_at() <= time.time()
        await self.close(self.renderer.unauthorized if expired else errors.CloseCode.RESTART)

    async def reconsider(self) -> None:
        """Rights may have changed: a client that holds nothing now is sent away, others leave what isn't theirs."""
        if self.principal is NOBODY or self._closing:
            return
        kind = self._dialect.kind if self._dialect is not None else None
        try:
            self.principal = await principal_again(self.principal, tenancy, self.credentials.host, kind or "")
        except AuthenticationFailed:
            await self.close(errors.CloseCode.UNAUTHORIZED if self._dialect is None else self._dialect.unauthorized)
            return
        if self._node is not None:  # it may have gone meanwhile
            self._node.occupancy.count(self, self.principal)
        for room in self.subscriptions.keep_allowed(self.principal, await tenancy.directory()):
            self.fail(errors.FORBIDDEN, room.topic)

    # -- Frames ---------------------------------------------------------------------------------------

    async def received(self, message: Event) -> None:
        assert self._node is not None
        if self._closing:
            return
        if not self._bucket.take(time.monotonic()):
            self._node.counts["frames_over_rate"] += 1
            return
        document = document_of(message.get("text"))
        if isinstance(document, errors.Failure):
            self._node.counts["frames_malformed"] += 1
            self.fail(document)
            return
        undecided = self._dialect is None
        if undecided:
            dialect = of_frame(document)
            if dialect is None:
                self._node.counts["frames_ignored"] += 1
                return
            self._speak(dialect)
        form = self.renderer.heard(document)
        if form is not self.renderer:
            self.subscriptions.rename(form)
        await obey(self, form.read(document))
        if (undecided or not self.silence_over) and not (self.renderer.asks or self._closing):
            # Who has spoken is not waited for any longer; whose silence said nothing can be served only now.
            self.silence_over = True
            self.chores.cancel("silence")
            self.chores.start(self._fell_silent)

    # -- Answers --------------------------------------------------------------------------------------

    def answer(self, type: str, id: Any, fields: Mapping[str, Any]) -> None:
        self.write(self.renderer.answer(type, id, fields))

    def fail(self, failure: errors.Failure, detail: str = "", id: Any = None) -> None:
        if self._dialect is not None:
            self.write(self.renderer.failure(failure, detail, id))

    def write(self, text: str | bytes | None) -> None:
        if text is not None:
            self.outlet.insist(Frame.of(text))


def lifetime() -> float:
    """Seconds that a socket may stay."""
    return float(settings.SOCKET_LIFETIME) * (1 - JITTER * random.random())
