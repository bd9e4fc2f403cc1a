"""How does a test speak to the server? With a client library that isn't ours."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import jwt
from django.conf import settings
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.acceptance.waiting import until


def token(negocio: str, user: str = "7", role: str = "Admin", ttl: float = 3600, **claims: Any) -> str:
    """A token of the platform's key that holds one negocio."""
    now = time.time()
    claims = {"id": user, "role": role, "negocio_id": negocio, "iat": now, "exp": now + ttl} | claims
    return jwt.encode(claims, settings.JWT_SECRET, "HS256")


class Client:
    """One socket; every frame that comes is kept with its time."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.frames: list[Any] = []
        self.times: list[float] = []
        self._news = asyncio.Event()
        self._task = asyncio.create_task(self._read())

    async def send(self, document: Any) -> None:
        await self.socket.send(document if isinstance(document, str | bytes) else json.dumps(document))

    async def wait_for(self, count: int, timeout: float = 10.0) -> list[Any]:
        """The frames once there are `count`; raises TimeoutError naming what came."""
        await self.wait_until(lambda: len(self.frames) >= count, timeout)
        return self.frames

    async def wait_until(self, holds: Callable[[], bool], timeout: float = 10.0) -> float:
        """Seconds until a frame made `holds()` true; raises TimeoutError naming what came last."""
        return await until(holds, self._news, timeout, self._came)

    def _came(self) -> str:
        return f"{len(self.frames)} frames came, the last are {self.frames[-3:]!r}"

    async def quiet(self, seconds: float) -> list[Any]:
        """Wait, then give all frames that came so far."""
        await asyncio.sleep(seconds)
        return self.frames

    async def close(self) -> None:
        self._task.cancel()
        await self.socket.close()

    @property
    def is_open(self) -> bool:
        """Has neither side closed it?"""
        return not self._task.done()

    async def closed(self, timeout: float = 10.0) -> int | None:
        """The code with which the server closed it; waits for that."""
        await asyncio.wait_for(asyncio.shield(self._task), timeout)
        return self.socket.close_code

    async def _read(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            async for text in self.socket:
                self.times.append(time.monotonic())
                self.frames.append(frame_of(text))
                self._news.set()


def frame_of(text: str | bytes) -> Any:
    """The document; the two frames of dialect 5 that are none, as they are."""
    is_text = isinstance(text, str) and text.startswith(("joined ", "left "))
    return text if is_text else json.loads(text)


@asynccontextmanager
async def client(url: str, headers: Mapping[str, str] | None = None, **options: Any) -> AsyncIterator[Client]:
    """A connected client, closed at the end."""
    async with connect(url, additional_headers=headers, compression=None, proxy=None, **options) as socket:
        connected = Client(socket)
        try:
            yield connected
        finally:
            await connected.close()


@asynccontextmanager
async def clients(urls: Iterable[str], **options: Any) -> AsyncIterator[list[Client]]:
    """Connected clients, one for each URL, closed at the end."""
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(client(url, **options)) for url in urls]


async def watch(socket: Client, topic: str = "stats") -> None:
    """Subscribe a native client, and wait for the snapshot."""
    seen = len(socket.frames)
    await socket.send({"v": 1, "type": "subscribe", "id": topic, "topic": topic})
    await socket.wait_for(seen + 2)


def merged_repairs(frames: list[Any], held: dict[str, Any] | None = None) -> dict[str, Any]:
    """The metrics that a repair shop's page holds after these further frames: it merges them blindly."""
    held = held or {}
    for frame in frames:
        held = held | frame["data"]
    return held


def merged(states: list[Any], held: dict[str, Any] | None = None) -> dict[str, Any]:
    """The metrics that a native client holds after these further frames."""
    held = held or {}
    for frame in states:
        if frame.get("type") == "state":
            held = frame["data"] if frame["full"] else held | frame["data"]
    return held
