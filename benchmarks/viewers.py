"""Who looks at figures? Sockets that follow topics of a negocio and keep each frame, thousands in one process."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import cache
from typing import Any, TypeVar

from benchmarks.crowd import AT_ONCE, Socket, connected
from realtime.protocol.json import loads
from tests.acceptance.clients import token


class Viewer:
    """One socket on some topics of a negocio.

    `shown`: the snapshots that it got, one for each topic; `frames`: what came after them, and when (monotonic).
    """

    def __init__(self, code: str, topics: Sequence[str] = ("stats",)) -> None:
        self.code, self.topics = code, topics
        self.shown: list[bytes] = []
        self.frames: list[tuple[float, bytes]] = []
        self._is_shown: asyncio.Future[None] | None = None
        self._socket: Socket | None = None

    async def come(self, ws: str) -> None:
        """Return once it has the snapshots."""
        self._is_shown = asyncio.get_running_loop().create_future()
        self._socket = await connected(f"{ws}/ws/native?token={token(self.code, user=self.code)}", self._on_text)
        for id, topic in enumerate(self.topics):
            self._socket.send({"v": 1, "type": "subscribe", "id": id, "topic": topic})
        await self._is_shown

    async def go(self) -> None:
        if self._socket is not None:
            await self._socket.close()

    def held(self) -> Mapping[str, Any]:
        """The figures as its frames leave them."""
        figures: dict[str, Any] = {}
        for payload in (*self.shown, *(payload for _, payload in self.frames)):
            figures |= document(payload)["data"]
        return figures

    def _on_text(self, payload: bytes) -> None:
        if b'"type":"state"' not in payload:
            return
        if len(self.shown) == len(self.topics):
            self.frames.append((time.monotonic(), payload))
            return
        self.shown.append(payload)
        if len(self.shown) == len(self.topics) and self._is_shown is not None:
            self._is_shown.set_result(None)


V = TypeVar("V", bound=Viewer)


@asynccontextmanager
async def viewing(ws: str, viewers: Sequence[V]) -> AsyncIterator[Sequence[V]]:
    """Meanwhile, all of them look."""
    turn = asyncio.Semaphore(AT_ONCE)

    async def come(viewer: Viewer) -> None:
        async with turn:
            await viewer.come(ws)

    await asyncio.gather(*map(come, viewers))
    try:
        yield viewers
    finally:
        await asyncio.gather(*(viewer.go() for viewer in viewers))


@cache
def document(payload: bytes) -> Mapping[str, Any]:
    """A frame, parsed once for all who got it."""
    parsed: Mapping[str, Any] = loads(payload)
    return parsed
