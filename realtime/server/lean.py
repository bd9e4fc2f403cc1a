"""What does an open socket not need to keep? uvicorn's protocol without what only the handshake or a crowd of tasks
needs: thousands of sockets are open, and most of them say nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from typing import Any, ClassVar, Final, cast

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

# Pings are due to the second.
SWEEP: Final = 1.0
# What uvicorn says of each socket; told from what it says of itself, which nobody wants to miss.
HANDSHAKES: Final = logging.getLogger("uvicorn.error.sockets")


class Mailbox:
    """What waits for the application of one socket: as much of asyncio.Queue as uvicorn uses, in a tenth of its bytes.

    One task reads.
    """

    __slots__ = ("_items", "_loop", "_reader")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._items: list[Any] = []
        self._reader: asyncio.Future[None] | None = None

    def put_nowait(self, item: Any) -> None:
        self._items.append(item)
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)

    def empty(self) -> bool:
        return not self._items

    def news(self) -> asyncio.Future[None]:
        """Done once there is something; to be asked for while it is empty."""
        self._reader = self._loop.create_future()
        return self._reader

    def take(self) -> Any:
        """The oldest."""
        return self._items.pop(0)


class Writable:
    """asyncio.Event as uvicorn uses it, for the few that ever wait."""

    __slots__ = ("_loop", "_waiting", "_writable")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._writable = True
        self._waiting: tuple[asyncio.Future[None], ...] = ()

    def is_set(self) -> bool:
        return self._writable

    def set(self) -> None:
        self._writable = True
        waiting, self._waiting = self._waiting, ()
        for one in waiting:
            if not one.done():
                one.set_result(None)

    def clear(self) -> None:
        self._writable = False

    async def wait(self) -> bool:
        if not self._writable:
            waiting = self._loop.create_future()
            self._waiting += (waiting,)
            await waiting
        return True


class Pings:
    """Which sockets are to be pinged next? One timer for all of a server's sockets, which all have the same period."""

    def __init__(self) -> None:
        self._due: OrderedDict[LeanProtocol, float] = OrderedDict()
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._due)

    def later(self, socket: LeanProtocol, delay: float) -> None:
        """Ping the socket in so many seconds."""
        self._due.pop(socket, None)
        self._due[socket] = socket.loop.time() + delay
        if self._timer is None:
            self._timer = socket.loop.call_later(min(delay, SWEEP), self._sweep, socket.loop)

    def never(self, socket: LeanProtocol) -> None:
        """Harmless for one that isn't waited for."""
        self._due.pop(socket, None)

    def _sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        now = loop.time()
        while self._due:
            socket, due = next(iter(self._due.items()))
            if due > now:
                self._timer = loop.call_later(min(due - now, SWEEP), self._sweep, loop)
                return
            del self._due[socket]
            socket.send_keepalive_ping()


class LeanProtocol(WebSocketsSansIOProtocol):
    """One WebSocket connection."""

    pings: ClassVar[Pings]  # of one server

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.logger = self.conn.logger = HANDSHAKES
        self.queue = cast(Any, Mailbox(self.loop))
        self.writable = cast(Any, Writable(self.loop))

    async def receive(self) -> Any:
        mailbox: Mailbox = cast(Any, self.queue)
        while mailbox.empty():
            await mailbox.news()
        message = mailbox.take()
        if self.read_paused and mailbox.empty():
            self.read_paused = False
            self.transport.resume_reading()
        return message

    def forget_handshake(self) -> None:
        """The socket is open: nobody asks any more what its upgrade said."""
        self.request = self.response = cast(Any, None)
        self.server = self.client = None

    def schedule_ping(self) -> None:
        assert self.ping_interval is not None
        self.pings.later(self, max(0.0, self.ping_interval - self.last_ping_rtt))

    def stop_keepalive(self) -> None:
        self.pings.never(self)
        super().stop_keepalive()
