"""How does a test get a real uvicorn with our protocol, in its own event loop?"""

from __future__ import annotations

import asyncio
import functools
import logging
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import uvloop
from uvicorn import Config, Server

from realtime.hub.outlet import EXTENSION, Outlet
from realtime.server.endings import Endings
from realtime.server.http import WiredHttpProtocol
from realtime.server.listening import listen, ports_of
from realtime.server.protocol import frame_protocol

from .wire import PATIENCE, RawPeer

App = Callable[[dict[str, Any], Callable[[], Awaitable[Any]], Callable[[Any], Awaitable[None]]], Awaitable[None]]


def on_uvloop(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Run the test on the loop that production uses; an exception that the loop swallows fails it."""

    @functools.wraps(test)
    def run(*args: Any, **kwargs: Any) -> None:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            swallowed: list[dict[str, Any]] = []
            runner.get_loop().set_exception_handler(lambda loop, context: swallowed.append(context))
            runner.run(test(*args, **kwargs))
        assert swallowed == []

    return run


class Complaints(logging.Handler):
    """Collects the log lines from ERROR up, with their tracebacks."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@dataclass
class Live:
    """A running server."""

    port: int
    server: Server
    endings: Endings
    complaints: list[str]
    peers: list[RawPeer] = field(default_factory=list)
    peers_stay: bool = False  # while the server stops

    async def connect(self, *, receive_buffer: int | None = None) -> RawPeer:
        """A peer that has sent nothing yet; it is closed at the end of the block."""
        self.peers.append(await RawPeer.connect(self.port, receive_buffer=receive_buffer))
        return self.peers[-1]

    async def peer(self, *, receive_buffer: int | None = None) -> RawPeer:
        """A peer that has got its 101."""
        peer = await self.connect(receive_buffer=receive_buffer)
        await peer.upgrade()
        await peer.read_until(b"\r\n\r\n")
        return peer

    def close_peers(self) -> None:
        for peer in self.peers:
            peer.close()


@asynccontextmanager
async def serving(app: App, *, write_wait: float = 10, max_frame: int = 8192, **settings: Any) -> AsyncIterator[Live]:
    """A uvicorn that serves `app`, until the block ends."""
    protocol = frame_protocol(write_wait)
    protocol.endings = Counter()
    settings = {
        "interface": "asgi3", "http": WiredHttpProtocol, "ws_ping_interval": None, "timeout_graceful_shutdown": 5,
        **settings,
    }  # fmt: skip
    config = Config(
        app,
        ws=protocol,
        ws_max_size=max_frame,
        ws_per_message_deflate=False,
        lifespan="off",
        log_config=None,
        **settings,
    )
    server = Server(config)
    sockets = listen("127.0.0.1", [0])
    complaints = Complaints()
    logging.getLogger("uvicorn.error").addHandler(complaints)
    live = Live(ports_of(sockets)[0], server, protocol.endings, complaints.lines)
    task = asyncio.create_task(server.serve(sockets))
    try:
        await until(lambda: server.started)
        yield live
    finally:
        if not live.peers_stay:
            live.close_peers()
        server.should_exit = True
        await task
        live.close_peers()
        logging.getLogger("uvicorn.error").removeHandler(complaints)


async def until(true: Callable[[], object]) -> None:
    """Wait until `true()` is."""
    async with asyncio.timeout(PATIENCE):
        while not true():
            await asyncio.sleep(0.005)


class Accepting:
    """An application that accepts every socket, keeps its outlet, and takes what comes until it is gone."""

    def __init__(self) -> None:
        self.outlets: list[Outlet] = []
        self.received: list[Any] = []
        self.disconnects: list[Any] = []
        self.send: Callable[[Any], Awaitable[None]] | None = None

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        assert (await receive())["type"] == "websocket.connect"
        await send({"type": "websocket.accept"})
        self.send = send
        self.outlets.append(scope["extensions"][EXTENSION])
        while (message := await receive())["type"] != "websocket.disconnect":
            self.received.append(message)
        self.disconnects.append(message)

    async def outlet(self) -> Outlet:
        """The outlet of the latest socket, once it is accepted."""
        await until(lambda: self.outlets)
        return self.outlets[-1]
