"""How is an upgrade answered without being taken apart twice? What uvicorn's HTTP parser has read of it is believed.

uvicorn writes the request out again for websockets to parse, and has that negotiate what we don't offer: a quarter of
what a client's coming cost. An upgrade that is odd in any way still goes there, and is answered or refused as ever.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import logging
import re
from collections.abc import Sequence
from typing import Any, Final, cast
from urllib.parse import unquote

from uvicorn.protocols.utils import ClientDisconnected, get_client_addr, get_path_with_query_string
from websockets.protocol import Protocol, State

from .lean import LeanProtocol

Headers = Sequence[tuple[bytes, bytes]]

# RFC 6455, 1.3.
GUID: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
# Sixteen bytes.
NONCE: Final = re.compile(rb"[A-Za-z0-9+/]{21}[AQgw]==")
CONNECTION: Final = frozenset({b"upgrade", b"keep-alive, upgrade"})
BODY: Final = frozenset({b"content-length", b"transfer-encoding"})
# Of all header lines together: websockets refuses longer ones, and more, than so much of them could be.
MOST_HEADERS, MOST_BYTES = 64, 8192
SWITCHING: Final = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %b\r\n"
)


def answer_to(method: str, url: bytes, headers: Headers) -> bytes | None:
    """What proves to the client that its upgrade was understood; None for one that is odd."""
    found = dict(headers)
    nonce = found.get(b"sec-websocket-key", b"")
    is_ordinary = (
        method == "GET"
        and len(found) == len(headers) <= MOST_HEADERS
        and len(url) + sum(map(len, found.values())) < MOST_BYTES
        and url.isascii()
        and found.get(b"connection", b"").lower() in CONNECTION
        and found.get(b"upgrade", b"").lower() == b"websocket"
        and found.get(b"sec-websocket-version") == b"13"
        and NONCE.fullmatch(nonce)
        and BODY.isdisjoint(found)
    )
    return base64.b64encode(hashlib.sha1(nonce + GUID).digest()) if is_ordinary else None


class GreetingProtocol(LeanProtocol):
    """One WebSocket connection. `greeting`: how an ordinary upgrade begins to be answered; empty for an odd one."""

    greeting = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if self.scheme is None:
            super().connection_made(transport)
        else:  # HTTP has asked for its addresses
            self.connections.add(self)
            self.transport = cast(asyncio.Transport, transport)

    def greet(self, url: bytes, headers: Headers, answer: bytes) -> None:
        """Take an ordinary upgrade, as handle_connect() takes one that websockets has parsed."""
        self.greeting = SWITCHING % answer
        self.conn.parser = Protocol.parse(self.conn)  # websockets' parser of what comes behind the request
        next(self.conn.parser)
        self.handshake_initiated = True
        path, _, query = url.partition(b"?")
        subprotocols = dict(headers).get(b"sec-websocket-protocol", b"").decode("latin-1")
        self.scope = {
            "type": "websocket",
            "asgi": {"version": self.asgi_version, "spec_version": "2.4"},
            "http_version": "1.1",
            "scheme": self.scheme,
            "server": self.server,
            "client": self.client,
            "root_path": self.root_path,
            "path": self.root_path + unquote(path.decode("ascii")),
            "raw_path": self.root_path.encode("ascii") + path,
            "query_string": query,
            "headers": headers,
            "subprotocols": [name.strip() for name in subprotocols.split(",")] if subprotocols else [],
            "state": self.app_state.copy(),
            "extensions": {"websocket.http.response": {}},
        }
        self.queue.put_nowait({"type": "websocket.connect"})
        task = self.loop.create_task(self.run_asgi())
        task.add_done_callback(self.on_task_complete)
        self.tasks.add(task)

    async def send(self, message: Any) -> None:
        if message["type"] == "websocket.accept" and self.greeting and not self.handshake_complete:
            self._accept(message)
        else:
            await super().send(message)

    def _accept(self, message: Any) -> None:
        if self.disconnected:
            raise ClientDisconnected
        if self.logger.isEnabledFor(logging.INFO):
            said = get_client_addr(self.scope), get_path_with_query_string(self.scope)
            self.logger.info('%s - "WebSocket %s" [accepted]', *said)
        if not self.transport.is_closing():
            self.handshake_complete = True
            self.conn.state = State.OPEN
            self.transport.write(b"".join((self.greeting, *map(_line, self._headers(message)), b"\r\n")))
            self.start_keepalive()

    def _headers(self, message: Any) -> Headers:
        subprotocol = message.get("subprotocol")
        chosen = [(b"Sec-WebSocket-Protocol", subprotocol.encode())] if subprotocol else []
        return [*self.default_headers, *cast(Headers, message.get("headers", ())), *chosen]


def _line(header: tuple[bytes, bytes]) -> bytes:
    return b"%b: %b\r\n" % header
