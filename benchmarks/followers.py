"""Clients that come back wherever they were cut off, thousands in one process; did they hear everything, once?"""

import asyncio
import time
from collections.abc import Callable
from random import random
from typing import Any

from picows import WSError

from benchmarks.crowd import Socket, connected
from realtime.protocol.json import loads

# Who isn't in the room after so many seconds never will be; who wasn't let in tries again after a pause.
PATIENCE, PAUSE = 20.0, 0.2

OnEvent = Callable[[Any], None]

clock = time.monotonic


class Follower:
    """One client of one negocio: hears its events; after any end it resumes from the last one, when come() is called.

    `count`: how many it heard, each once. `shows`: whether it follows the figures too. `on_event` gets each event.
    `came`: when it was last in all its rooms (monotonic). `returns`: how often it came back;
    `tries`: how often it tried to come.
    """

    def __init__(self, url: str, shows: bool = False, on_event: OnEvent | None = None) -> None:
        self.count, self.faults = 0, list[str]()
        self.came, self.returns, self.tries = 0.0, 0, 0
        self.socket: Socket | None = None
        self.url, self._shows, self._on_event = url, shows, on_event
        self._place: dict[str, Any] = {}
        self._waits_for: set[str] = set()
        self._in: asyncio.Future[None] | None = None

    @property
    def is_open(self) -> bool:
        return self.socket is not None and self.socket.ended is None

    @property
    def seq(self) -> int:
        """The last event that it has."""
        return int(self._place.get("since", -1))

    async def come(self) -> None:
        """Connect, and return once it is in its rooms and has the figures. Raises OSError and TimeoutError."""
        self.tries += 1
        self._in = asyncio.get_running_loop().create_future()
        self._waits_for = {"subscribed", "state"} if self._shows else {"subscribed"}
        async with asyncio.timeout(PATIENCE):
            self.socket = await connected(self.url, self._on_text)
            if self._shows:
                self.socket.send({"v": 1, "type": "subscribe", "id": 2, "topic": "stats"})
            self.socket.send({"v": 1, "type": "subscribe", "id": 1, "topic": "events", **self._place})
            await self._in

    async def come_back(self) -> None:
        """Try to come until it is let in, or patience ends."""
        end = clock() + PATIENCE
        while clock() < end:
            try:
                await self.come()
            except (OSError, WSError, TimeoutError):
                await asyncio.sleep(PAUSE * random())
            else:
                self.returns += 1
                return

    def stall(self) -> None:
        """Read nothing any more."""
        self._transport().pause_reading()

    def wake(self) -> None:
        """Read on; the server may have hung up meanwhile."""
        self._transport().resume_reading()

    def _transport(self) -> Any:
        assert self.socket is not None
        return self.socket.transport.underlying_transport

    def cut(self) -> None:
        """Lose the connection, as when a network fails."""
        if self.socket is not None:
            self.socket.transport.disconnect()

    async def go(self) -> None:
        """Lose the connection, and wait until it is gone."""
        if self.socket is not None:
            await self.socket.close()

    def complaints(self, owed: int) -> list[str]:
        """What went wrong, if it should have heard so many."""
        wrong = [f"{owed - self.count} of {owed} events"] if self.count != owed else []
        return self.faults + wrong

    def _on_text(self, payload: bytes) -> None:
        if b'"type":"state"' in payload:
            self._note("state")
            return
        frame = loads(payload)
        if "seq" in frame and "data" in frame:
            self._hear(frame)
        elif frame["type"] == "subscribed" and frame["id"] == 1:
            self._begin(frame)
        elif frame["type"] == "error":
            self.faults.append(f"an error: {frame}")

    def _begin(self, frame: Any) -> None:
        if self._place and not frame["recovered"]:
            self.faults.append(f"not recovered from {self._place}: {frame}")
        if not self._place or not frame["recovered"]:
            self._place = {"since": frame["seq"], "epoch": frame["epoch"]}
        self._note("subscribed")

    def _note(self, what: str) -> None:
        self._waits_for.discard(what)
        if not self._waits_for and self._in is not None and not self._in.done():
            self.came = clock()
            self._in.set_result(None)

    def _hear(self, frame: Any) -> None:
        if frame["seq"] != self._place["since"] + 1:
            self.faults.append(f"event {frame['seq']} after {self._place['since']}")
        self._place["since"] = frame["seq"]
        self.count += 1
        if self._on_event is not None:
            self._on_event(frame)
