"""How does one process hold thousands of sockets and read all they get, cheaply enough to load a whole server?"""

import asyncio
import json
import logging
import resource
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import uvloop
from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from realtime.garbage import look_seldom

# Connects under way at a time.
AT_ONCE = 50
FILES_PER_SOCKET = 2

# picows tells of every connection.
quiet = logging.getLogger("benchmarks.crowd")
quiet.setLevel(logging.WARNING)

OnText = Callable[[bytes], None]


class Socket(WSListener):
    """One socket; `on_text` gets each text frame's payload. `ended` says why it closed, None while it is open."""

    def __init__(self, on_text: OnText) -> None:
        self.on_text = on_text
        self.ended: str | None = None
        self.transport: WSTransport

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.TEXT:
            self.on_text(frame.get_payload_as_bytes())
        elif frame.msg_type == WSMsgType.CLOSE:
            self.ended = f"closed with {frame.get_close_code()}"
            transport.disconnect()

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self.ended = self.ended or "lost"

    def send(self, document: Any) -> None:
        self.transport.send(WSMsgType.TEXT, json.dumps(document).encode())

    async def close(self) -> None:
        self.transport.disconnect()
        await self.transport.wait_disconnected()


async def connected(url: str, on_text: OnText) -> Socket:
    """An open socket."""
    _, socket = await ws_connect(lambda: Socket(on_text), url, logger_name=quiet)
    assert isinstance(socket, Socket)
    return socket


@asynccontextmanager
async def crowd(url: str, size: int, on_text: OnText) -> AsyncIterator[list[Socket]]:
    """So many open sockets, closed at the end."""
    allow_files(size * FILES_PER_SOCKET)
    turn = asyncio.Semaphore(AT_ONCE)

    async def connect() -> Socket:
        async with turn:
            return await connected(url, on_text)

    sockets = await asyncio.gather(*(connect() for _ in range(size)))
    try:
        yield sockets
    finally:
        await asyncio.gather(*(socket.close() for socket in sockets))


def run(main: Any) -> Any:
    """A coroutine's result, on the loop that reads sockets most cheaply. Garbage is seldom looked for meanwhile."""
    look_seldom()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main)


def allow_files(count: int) -> None:
    """Let this process, and those that it starts, open so many more files than it usually may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = min(max(soft, count + 1024), hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
