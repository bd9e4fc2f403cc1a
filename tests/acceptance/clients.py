"""How does a test speak to the server? With a client library that isn't ours."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import jwt
from django.conf import settings
from websockets.asyncio.client import ClientConnection, connect


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
        try:
            async with asyncio.timeout(timeout):
                while len(self.frames) < count:
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise TimeoutError(f"{len(self.frames)} of {count} frames came: {self.frames!r}") from None
        return self.frames

    async def quiet(self, seconds: float) -> list[Any]:
        """Wait, then give all frames that came so far."""
        await asyncio.sleep(seconds)
        return self.frames

    async def close(self) -> None:
        self._task.cancel()
        await self.socket.close()

    async def _read(self) -> None:
        async for text in self.socket:
            self.times.append(time.monotonic())
            self.frames.append(json.loads(text))
            self._news.set()


@asynccontextmanager
async def client(url: str, headers: Mapping[str, str] | None = None, **options: Any) -> AsyncIterator[Client]:
    """A connected client, closed at the end."""
    async with connect(url, additional_headers=headers, compression=None, proxy=None, **options) as socket:
        connected = Client(socket)
        try:
            yield connected
        finally:
            await connected.close()


def merged(states: list[Any]) -> dict[str, Any]:
    """The metrics that a native client holds after these frames."""
    held: dict[str, Any] = {}
    for frame in states:
        if frame.get("type") == "state":
            held = frame["data"] if frame["full"] else held | frame["data"]
    return held
