"""What does the hub need of a socket, and how does it get it from a server without our frame extension?"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from enum import IntEnum
from typing import Any, Final, Protocol, cast

from .frames import Frame

EXTENSION: Final = "pulso.frames"  # key in the ASGI scope's `extensions`; its value is an Outlet
WIRE: Final = "pulso.wire"  # the same for HTTP; its value is a Wire
BUFFER_LIMIT: Final = 256 * 1024  # bytes that may wait for one socket
UNSETTLED: Final = -1  # no descriptor
FALLBACK_CLOSE_CODE: Final = 1011  # how abort() ends a connection that can only be asked to end

Send = Callable[[dict[str, Any]], Awaitable[None]]


class Outcome(IntEnum):
    """What became of a frame: taken, refused for now (`on_drain` tells until when), refused for good."""

    SENT = 0
    CONGESTED = 1
    CLOSED = 2


SENT, CONGESTED, CLOSED = Outcome


class Watcher(Protocol):
    """Who writes to a socket's descriptor."""

    def stirred(self, outlet: Outlet) -> None:
        """From now on not any more."""


class Outlet(Protocol):
    """One socket as the hub sees it. All of it is called on the socket's event loop; no write calls back.

    A frame that was SENT goes out, in order, in front of any later close, unless the connection breaks.
    A frame that was not SENT is forgotten. Nothing goes out before the accept or after a close.
    """

    on_drain: Callable[[], None] | None
    """Called once writing is possible again after a CONGESTED."""
    last_words: Frame | None
    """Sent before the server itself closes for a frame that is too large, where it can be."""
    hangs_up: bool
    """Whether the connection ends without a close frame when the server stops, where it can."""

    def write(self, frame: Frame) -> Outcome:
        """Send `frame` unless the peer lags: for what may be skipped, since a newer one will come."""

    def insist(self, *frames: Frame) -> Outcome:
        """Send the frames, together, though the peer lags; CONGESTED only when more than BUFFER_LIMIT bytes would wait,
        and then some of them may have been taken.
        """

    def settle(self, watcher: Watcher) -> int:
        """The descriptor to which the watcher may write finished frames, until it is told that the socket stirred;
        UNSETTLED where anything waits, ends, or stands between us and the kernel.
        """

    def write_rest(self, wire: bytes, written: int) -> None:
        """The kernel took only so many bytes of what was written to the descriptor: see to the rest."""

    def buffered(self) -> int:
        """Bytes taken that the operating system has not yet got."""

    def opened(self) -> None:
        """The consumer says: accepted. Call it right after the accept."""

    async def flush(self) -> None:
        """Wait until a close would come behind everything SENT. Await it before closed()."""

    def closed(self) -> None:
        """The consumer says: I close now. Call it right before the close; what still waits is dropped."""

    def abort(self) -> None:
        """End the connection at once and drop what waits; a peer that reads nothing can't prevent it."""


class Wire(Protocol):
    """The connection under an HTTP answer: what ASGI doesn't tell."""

    def buffered(self) -> int:
        """Bytes that the operating system has not yet got."""

    def abort(self) -> None:
        """End the connection at once."""

    def give_up_after(self, seconds: float) -> None:
        """A peer that acknowledges nothing for so long is gone: nobody pings it."""


def outlet_for(scope: Mapping[str, Any], send: Send) -> Outlet:
    """The outlet of the connection: the server's own where it has one, else one over the ASGI `send`."""
    direct = (scope.get("extensions") or {}).get(EXTENSION)
    return SendOutlet(send) if direct is None else cast(Outlet, direct)


class SendOutlet:
    """An outlet over plain ASGI `send()`: a bounded queue, and a task while it isn't empty."""

    __slots__ = ("_congested", "_open", "_queue", "_send", "_size", "_task", "hangs_up", "last_words", "on_drain")

    def __init__(self, send: Send) -> None:
        self.on_drain: Callable[[], None] | None = None
        self.last_words: Frame | None = None
        self.hangs_up = False
        self._send = send
        self._queue: deque[Frame] = deque()
        self._size = 0
        self._open = False
        self._congested = False
        self._task: asyncio.Task[None] | None = None

    def write(self, frame: Frame) -> Outcome:
        if not self._open:
            return CLOSED
        # A frame larger than the bound must still be able to pass: alone.
        if self._congested or (self._size and self._size + len(frame) > BUFFER_LIMIT):
            self._congested = True
            return CONGESTED
        self._queue.append(frame)
        self._size += len(frame)
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._drain())
        return SENT

    def insist(self, *frames: Frame) -> Outcome:
        return next((outcome for outcome in map(self.write, frames) if outcome != SENT), SENT)

    def settle(self, watcher: Watcher) -> int:
        return UNSETTLED

    def write_rest(self, wire: bytes, written: int) -> None:
        raise NotImplementedError("this outlet gives no descriptor away")

    def buffered(self) -> int:
        return self._size

    def opened(self) -> None:
        self._open = True

    async def flush(self) -> None:
        if self._task is not None:
            await asyncio.wait({self._task})

    def closed(self) -> None:
        self._open = False
        self._queue.clear()
        self._size = 0

    def abort(self) -> None:
        if not self._open:
            return
        self.closed()
        if self._task is not None:
            self._task.cancel()
        self._task = asyncio.get_running_loop().create_task(self._hang_up())

    async def _drain(self) -> None:
        try:
            while self._queue:
                frame = self._queue.popleft()
                await self._pass(frame)
                if self._open:
                    self._taken(len(frame))
        except (OSError, RuntimeError):  # the servers' ways to say that the peer is gone
            self.closed()
        finally:
            if self._task is asyncio.current_task():
                self._task = None

    async def _pass(self, frame: Frame) -> None:
        await self._send({"type": "websocket.send", "text": frame.payload.decode()})

    def _taken(self, size: int) -> None:
        self._size -= size
        if self._congested and self._size <= BUFFER_LIMIT // 4:
            self._congested = False
            if self.on_drain is not None:
                self.on_drain()

    async def _hang_up(self) -> None:
        try:
            await self._send({"type": "websocket.close", "code": FALLBACK_CLOSE_CODE})
        except (OSError, RuntimeError):
            pass
        finally:
            self._task = None
