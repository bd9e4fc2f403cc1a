"""How does a frame get into a socket's transport, and what if the peer doesn't read? The protocol's outlet side."""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from collections.abc import Callable, Sequence
from typing import ClassVar, Final, cast

from websockets.protocol import State

from realtime.hub.frames import Frame, wire_of
from realtime.hub.outlet import BUFFER_LIMIT, CLOSED, CONGESTED, SENT, UNSETTLED, Outcome, Watcher

from .endings import Ending, Endings
from .handshake import GreetingProtocol
from .stalls import StallWatch

OPEN = State.OPEN
# A socket is congested when so many bytes wait in its transport: any, since the kernel has its own buffer, and who
# writes to the descriptor would overtake them. There each write that waits costs a kilobyte beside its bytes: what is
# insisted on later waits here, where it costs a pointer to a frame that others get too.
TRANSPORT_LIMIT: Final = 0
PIECE: Final = 16 * 1024


class WritingProtocol(GreetingProtocol):
    """uvicorn's protocol as an Outlet (realtime/hub/outlet.py). When a connection ends is its subclass' business."""

    # Defaults stand in the class: an instance with few attributes of its own is a kilobyte smaller.
    on_drain: Callable[[], None] | None = None
    last_words: Frame | None = None
    hangs_up = False
    congested = False
    insisted = 0  # bytes written in spite of congestion
    held: Sequence[bytes] = ()  # those of them that the transport hasn't got yet
    held_size = 0
    waiting: tuple[asyncio.Future[None], ...] = ()  # for nothing to be held
    leaving = False  # its close is under way, and may wait for the transport: nothing goes behind it
    watchers: tuple[Watcher, ...] = ()  # who write to its descriptor

    watch: ClassVar[StallWatch]  # of one server
    endings: ClassVar[Endings] = Counter()  # of the whole process

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        cast(asyncio.Transport, transport).set_write_buffer_limits(TRANSPORT_LIMIT)

    def write(self, frame: Frame) -> Outcome:
        transport = self.transport
        if self.conn.state is not OPEN or transport.is_closing():
            return CLOSED
        if self.congested:
            return CONGESTED
        transport.write(frame.wire)
        return SENT

    def insist(self, *frames: Frame) -> Outcome:
        if self.conn.state is not OPEN or self.transport.is_closing():
            return CLOSED
        if self.congested:
            if self.leaving:
                return CLOSED
            size = sum(map(len, frames))
            if self.buffered() + size > BUFFER_LIMIT:
                return CONGESTED
            self.insisted += size
            for frame in frames:
                self.hold(frame.wire)
        else:
            self.transport.write(wire_of(frames))
        return SENT

    def settle(self, watcher: Watcher) -> int:
        transport = self.transport
        if self.conn.state is not OPEN or self.congested or self.held or self.leaving or transport.is_closing():
            return UNSETTLED
        if transport.get_write_buffer_size() or transport.get_extra_info("sslcontext") is not None:
            return UNSETTLED
        if watcher not in self.watchers:
            self.watchers += (watcher,)
        return int(transport.get_extra_info("socket").fileno())

    def stir(self) -> None:
        """Something happens to the connection: nobody writes past us until it has settled again.

        Every way into the protocol begins with this, so no descriptor is used once its connection ends: another's
        may have its number then.
        """
        if self.watchers:
            watchers, self.watchers = self.watchers, ()
            for watcher in watchers:
                watcher.stirred(self)

    def write_rest(self, wire: bytes, written: int) -> None:
        self.transport.write(wire[written:])

    def hold(self, wire: bytes) -> None:
        """Keep it until release(), behind what is held already."""
        if not self.held:
            self.held = []
        cast(list[bytes], self.held).append(wire)
        self.held_size += len(wire)

    def release(self, most: float = math.inf) -> None:
        """Give the transport what is held: all, as something is to be written behind it, or about so many bytes."""
        count = size = 0
        while count < len(self.held) and size < most:
            size += len(self.held[count])
            count += 1
        if count:
            piece, self.held = self.held[:count], self.held[count:]
            self.held_size -= size
            self.transport.write(b"".join(piece))

    async def nothing_held(self) -> None:
        """Wait until all that is held is the transport's, or the connection is gone."""
        while self.held:
            one = self.loop.create_future()
            self.waiting += (one,)
            await one

    def wake(self) -> None:
        """Nothing is held any more: tell who waits for that."""
        waiting, self.waiting = self.waiting, ()
        for one in waiting:
            if not one.done():
                one.set_result(None)

    def buffered(self) -> int:
        return self.transport.get_write_buffer_size() + self.held_size

    def opened(self) -> None:
        """Nothing to do: the protocol knows."""

    async def flush(self) -> None:
        """Nothing to wait for: a close is written behind what was."""

    def closed(self) -> None:
        """Nothing to do: the protocol knows."""

    def abort(self) -> None:
        self.stir()
        self.transport.abort()

    # Congestion

    def pause_writing(self) -> None:
        self.stir()
        super().pause_writing()
        self.congested = True
        self.watch.add(self)

    def resume_writing(self) -> None:
        super().resume_writing()
        self.watch.discard(self)
        self.loop.call_soon(self._drained)

    def _drained(self) -> None:
        """Write on. The application's own send() may be waiting: it goes first, so that nothing newer overtakes it."""
        if self.disconnected:
            return
        # By pieces: what the kernel leaves over of one is this socket's own, where what is held is everybody's.
        while self.held and self.writable.is_set():
            self.release(PIECE)
        if not self.writable.is_set():
            return
        if self.waiting:
            self.wake()
            self.loop.call_soon(self._drained)
            return
        self.congested = False
        if self.on_drain is not None:
            self.on_drain()

    def flushed(self) -> int:
        return self.insisted - self.buffered()

    def give_up(self) -> None:
        self.endings[Ending.STALLED] += 1
        self.abort()

    def _watch_leftovers(self) -> None:
        # A closing transport waits for its buffer, for ever if the peer doesn't read.
        if self.buffered():
            self.watch.add(self)
