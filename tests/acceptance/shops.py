"""What do the tests of marketplaces over real sockets need: a team's own back-end, and clients of each role."""

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.acceptance.clients import Client, client, token
from tests.acceptance.cluster import Web

# What a role's client says of itself.
ROLES: dict[str, dict[str, Any]] = {
    "client": {"user": "123", "role": "client"},
    "seller": {"user": "8", "role": "Seller", "seller_id": 9},
    "admin": {"user": "1", "role": "admin"},
}
# A back-end answers for this room after so long. Seconds.
SLOW, DELAY = "order-lenta", 6.0


class BackEnd:
    """A team's back-end: says yes to what is in `allowed` (path and query), and keeps what it was asked."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/base"
        self.asked: list[str] = []
        self.answers: dict[str, tuple[int, Any]] = {}

    def answer(self, path: str) -> tuple[int, Any]:
        self.asked.append(path)
        if "lenta" in path:
            time.sleep(DELAY)
        return self.answers.get(path, (200, {"allowed": False}))


@contextmanager
def back_end() -> Iterator[BackEnd]:
    """A real HTTP server for the length of the block."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, document = own.answer(self.path.removeprefix("/base"))
            body = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    own = BackEnd(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield own
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Visitor:
    """A client of dialect 5 that has what it was sent of its own rooms behind it."""

    def __init__(self, socket: Client) -> None:
        self.socket = socket

    @property
    def heard(self) -> list[Any]:
        return self.socket.frames

    async def says(self, type: str, room: Any = None, **more: Any) -> Any:
        """Send, and give the next frame that comes."""
        return await self.sends({"type": type, "payload": {"room": room, **more}})

    async def sends(self, document: Any) -> Any:
        seen = len(self.heard)
        await self.socket.send(document)
        return (await self.socket.wait_for(seen + 1))[seen]

    async def hears(self, frame: Any) -> None:
        """Wait for that frame."""
        await self.socket.wait_until(lambda: frame in self.heard)


def url(web: Web, code: str, role: str = "client", path: str = "/ws/marketplace", **claims: Any) -> str:
    return f"{web.ws}{path}?token={token(code, **ROLES[role] | claims)}"


@asynccontextmanager
async def visitor(web: Web, code: str, role: str = "client", **options: Any) -> AsyncIterator[Visitor]:
    """A connected client of that role."""
    async with client(url(web, code, role, **options)) as socket:
        yield Visitor(socket)


@asynccontextmanager
async def settled(web: Web, code: str, role: str = "client", **options: Any) -> AsyncIterator[Visitor]:
    """One that is in its own rooms: it may speak in the last of them, its user's, so no two should be of one user."""
    last = f"user-{options.get('user', ROLES[role]['user'])}"
    async with visitor(web, code, role, **options) as own:
        while "from" not in await own.says("broadcast", last, body="hola"):
            await asyncio.sleep(0.1)
        own.socket.frames.clear()
        yield own


def error(text: str) -> Any:
    return {"type": "error", "payload": {"error": text}}
