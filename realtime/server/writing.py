"""How does a frame get into a socket's transport, and what if the peer doesn't read? The protocol's outlet side."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from typing import ClassVar, Final, cast

from websockets.protocol import State

from realtime.hub.frames import Frame
from realtime.hub.outlet import BUFFER_LIMIT, CLOSED, CONGESTED, SENT, Outcome

from .endings import Ending, Endings
from .handshake import GreetingProtocol
from .stalls import StallWatch

OPEN = State.OPEN
# A socket is congested when so many bytes wait in its transport. There each write that waits costs a kilobyte beside
# its bytes: what is insisted on later waits here, where it costs a pointer to a frame that others get too.
TRANSPORT_LIMIT: Final = 16 * 1024


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
    leaving = False  # its close is under way, and may wait for the transport: nothing goes behind it

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

    def insist(self, frame: Frame) -> Outcome:
        if self.conn.state is not OPEN or self.transport.is_closing():
            return CLOSED
        if self.congested:
            if self.leaving:
                return CLOSED
            if self.buffered() + len(frame.wire) > BUFFER_LIMIT:
                return CONGESTED
            self.insisted += len(frame.wire)
            self.hold(frame.wire)
        else:
            self.transport.write(frame.wire)
        return SENT

    def hold(self, wire: bytes) -> None:
        """Keep it until release(), behind what is held already."""
        if not self.held:
            self.held = []
        cast(list[bytes], self.held).append(wire)
        self.held_size += len(wire)

    def release(self) -> None:
        """Give the transport all that is held: it takes data again, or something is to be written behind it."""
        if self.held:
            held, self.held, self.held_size = self.held, (), 0
            self.transport.write(b"".join(held))

    def buffered(self) -> int:
        return self.transport.get_write_buffer_size() + self.held_size

    def opened(self) -> None:
        """Nothing to do: the protocol knows."""

    async def flush(self) -> None:
        """Nothing to wait for: a close is written behind what was."""

    def closed(self) -> None:
        """Nothing to do: the protocol knows."""

    def abort(self) -> None:
        self.transport.abort()

    # Congestion

    def pause_writing(self) -> None:
        super().pause_writing()
        self.congested = True
        self.watch.add(self)

    def resume_writing(self) -> None:
        super().resume_writing()
        self.watch.discard(self)
        # The application's own send() may be waiting: it wakes first, so that nothing newer overtakes it.
        self.loop.call_soon(self._drained)

    def _drained(self) -> None:
        if self.disconnected:
            return
        self.release()
        if not self.writable.is_set():
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
