"""Which sockets have taken nothing for too long? One timer for all of them, over the congested ones only."""

from __future__ import annotations

import asyncio
from typing import Final, Protocol

SWEEPS_PER_WAIT: Final = 4  # a stalled socket is found at most a quarter of the wait too late


class Lagging(Protocol):
    """A socket with bytes that wait."""

    loop: asyncio.AbstractEventLoop

    def buffered(self) -> int:
        """Bytes that wait now."""

    def flushed(self) -> int:
        """A figure that grows when the peer takes bytes, and only then."""

    def give_up(self) -> None:
        """End the connection at once; it counts why."""


class StallWatch:
    """Gives up every watched socket whose buffer doesn't move for `wait` seconds, forgets drained ones."""

    def __init__(self, wait: float) -> None:
        self.wait = wait
        self._since: dict[Lagging, tuple[int, float]] = {}
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._since)

    def add(self, socket: Lagging) -> None:
        """Watch `socket` from now on; no effect on one that is watched."""
        if socket not in self._since:
            self._since[socket] = (socket.flushed(), socket.loop.time())
            self._schedule(socket.loop)

    def discard(self, socket: Lagging) -> None:
        """Stop watching `socket`."""
        self._since.pop(socket, None)

    def _schedule(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._timer is None:
            self._timer = loop.call_later(self.wait / SWEEPS_PER_WAIT, self._sweep, loop)

    def _sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        now = loop.time()
        for socket, (flushed, since) in list(self._since.items()):
            self._look_at(socket, flushed, since, now)
        if self._since:
            self._schedule(loop)

    def _look_at(self, socket: Lagging, flushed: int, since: float, now: float) -> None:
        flushed_now = socket.flushed()
        if not socket.buffered():
            self.discard(socket)
        elif flushed_now > flushed:
            self._since[socket] = (flushed_now, now)
        elif now - since >= self.wait:
            self.discard(socket)
            socket.give_up()
        else:
            # Pings and pongs that were added meanwhile aren't counted: the peer needn't make up for them.
            self._since[socket] = (flushed_now, since)
