"""How fast are upgrades judged when all come at once? In their order, few in each turn of the event loop.

Whoever is connected already is served between two turns, however many stand in the queue.
"""

import asyncio
from collections import deque

# One takes about half a millisecond; so many are let through in each turn of the loop.
AT_ONCE = 8
# More than so many would wait longer than clients do.
LONGEST_QUEUE = 10_000


class Crowded(Exception):
    """Too many stand in the queue already."""


class Gate:
    """Of one event loop."""

    def __init__(self, at_once: int = AT_ONCE, longest_queue: int = LONGEST_QUEUE) -> None:
        self._at_once, self._longest_queue = at_once, longest_queue
        self._free = at_once
        self._queue: deque[asyncio.Future[None]] = deque()
        self._turning = False

    def __len__(self) -> int:
        """So many wait."""
        return len(self._queue)

    async def turn(self) -> None:
        """Return when it is one's turn; raises Crowded."""
        if len(self._queue) >= self._longest_queue:
            raise Crowded
        if self._free and not self._queue:
            self._free -= 1
            self._turn_soon()
            return
        waiting = asyncio.get_running_loop().create_future()
        self._queue.append(waiting)
        await waiting

    def _turn_soon(self) -> None:
        if not self._turning:
            self._turning = True
            asyncio.get_running_loop().call_soon(self._turn)

    def _turn(self) -> None:
        self._turning = False
        self._free = self._at_once
        while self._queue and self._free:
            waiting = self._queue.popleft()
            if not waiting.done():  # else its client has gone
                waiting.set_result(None)
                self._free -= 1
        if self._free < self._at_once:
            self._turn_soon()
