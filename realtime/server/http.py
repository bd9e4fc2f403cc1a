"""What can an answer that never ends know of its connection, and do about it? uvicorn's HTTP protocol, with a wire."""

from __future__ import annotations

import asyncio
import socket
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from realtime.hub.outlet import WIRE

from .handshake import GreetingProtocol, Headers, answer_to


class TransportWire:
    """The Wire of a transport."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport

    def buffered(self) -> int:
        return self._transport.get_write_buffer_size()

    def abort(self) -> None:
        self._transport.abort()

    def give_up_after(self, seconds: float) -> None:
        sock = self._transport.get_extra_info("socket")
        if sock is not None and hasattr(socket, "TCP_USER_TIMEOUT"):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, round(seconds * 1000))


class WiredHttpProtocol(HttpToolsProtocol):
    """Puts the connection's wire into the extensions of every request's scope, and hands ordinary upgrades over."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        extensions: dict[str, Any] = cast(Any, self.scope).setdefault("extensions", {})
        extensions[WIRE] = TransportWire(self.transport)

    def handle_websocket_upgrade(self) -> None:
        headers = [(name, value.strip(b" \t")) for name, value in self.headers]
        answer = answer_to(self.scope["method"], self.url, headers)
        if answer is None:
            super().handle_websocket_upgrade()
        else:
            self._greet(headers, answer)
        self.parser = self.scope = cast(Any, None)  # which refer to us and to the transport

    def _greet(self, headers: Headers, answer: bytes) -> None:
        self.connections.discard(self)
        socket_class = cast(type[GreetingProtocol], self.ws_protocol_class)
        protocol = socket_class(self.config, self.server_state, self.app_state)
        protocol.server, protocol.client = self.server, self.client
        protocol.scheme = "wss" if self.scheme == "https" else "ws"
        protocol.connection_made(self.transport)
        protocol.greet(self.url, headers, answer)
        self.transport.set_protocol(protocol)
