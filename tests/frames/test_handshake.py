"""Is an upgrade that isn't taken apart twice the same to application and client as one that is?"""

from typing import Any

import pytest

from realtime.hub.outlet import EXTENSION

from .live import Accepting, on_uvloop, serving
from .wire import PONG, TEXT, Received, masked, take_apart

# What uvicorn has a connection handled by that isn't handed over by us: websockets parses it.
PARSED_TWICE = {"http": "httptools"}
HEAD = b"GET /ws HTTP/1.1\r\nHost: test\r\n"
NONCE = b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
VERSION = b"Sec-WebSocket-Version: 13\r\n"
UPGRADE = b"Connection: Upgrade\r\nUpgrade: websocket\r\n"


class Noting(Accepting):
    """Keeps the scopes too."""

    def __init__(self) -> None:
        super().__init__()
        self.scopes: list[dict[str, Any]] = []

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        self.scopes.append({**scope, "extensions": set(scope["extensions"])})
        await super().__call__(scope, receive, send)


async def seen(request: bytes, settings: dict[str, Any]) -> tuple[list[dict[str, Any]], Received]:
    """The scopes that a request brought, and the answer to it."""
    app = Noting()
    async with serving(app, **settings) as live:
        peer = await live.connect()
        await peer.send(request)
        await peer.read_until(b"\r\n\r\n")
        assert live.complaints == []
    for scope in app.scopes:
        assert scope.pop("client")
        assert scope.pop("server")
    return app.scopes, take_apart(peer.raw)


def lines(answer: Received) -> set[bytes]:
    """Header lines as they mean the same; the date is another."""
    return {line.lower() for line in answer.head.split(b"\r\n") if not line.lower().startswith(b"date:")}


@pytest.mark.parametrize(
    "more",
    [
        b"",
        b"Authorization: Bearer a.b.c\r\nUser-Agent: Ana \xf1\r\nOrigin: https://shop.example\r\n",
        b"Sec-WebSocket-Protocol: pulso.v1, jwt.a.b.c\r\nSec-WebSocket-Extensions: permessage-deflate\r\n",
        b"Cookie: a=b; c=d  \r\nX-Empty:\r\nX-Tab: \ta\t\r\n",
    ],
)
@pytest.mark.parametrize("path", [b"/", b"/ws/citas?token=a%20b&x=%C3%B1", b"/a%20b/%C3%B1", b"/ws?"])
@on_uvloop
async def test_the_application_sees_the_same(path: bytes, more: bytes) -> None:
    request = b"GET %b HTTP/1.1\r\nHost: test\r\n%b\r\n" % (path, UPGRADE + VERSION + NONCE + more)
    scopes, answer = await seen(request, {})
    expected, as_ever = await seen(request, PARSED_TWICE)
    assert len(scopes) == 1
    assert scopes == expected
    assert scopes[0]["extensions"] == {"websocket.http.response", EXTENSION}
    assert answer.status == as_ever.status == 101
    assert lines(answer) == lines(as_ever)


@pytest.mark.parametrize(
    "request_",
    [
        HEAD.replace(b"GET", b"POST") + UPGRADE + VERSION + NONCE,
        HEAD + UPGRADE + VERSION,
        HEAD + UPGRADE + VERSION + b"Sec-WebSocket-Key: short\r\n",
        HEAD + UPGRADE + VERSION + NONCE + NONCE,
        HEAD + UPGRADE + NONCE,
        HEAD + UPGRADE + NONCE + b"Sec-WebSocket-Version: 8\r\n",
        HEAD + UPGRADE + VERSION + NONCE + b"Connection: @, Upgrade\r\n",
        HEAD + UPGRADE + VERSION + NONCE + b"X-Long: %b\r\n" % (b"x" * 9000),
        HEAD + UPGRADE + VERSION + NONCE + b"X: x\r\n" * 200,
    ],
    ids=["post", "no-nonce", "short-nonce", "two-nonces", "no-version", "old-version", "connection", "long", "many"],
)
@on_uvloop
async def test_an_odd_upgrade_is_answered_as_ever(request_: bytes) -> None:
    scopes, answer = await seen(request_ + b"\r\n", {})
    expected, as_ever = await seen(request_ + b"\r\n", PARSED_TWICE)
    assert scopes == expected
    assert answer.status == as_ever.status >= 400
    assert lines(answer) == lines(as_ever)


@on_uvloop
async def test_two_headers_of_a_name_are_both_seen() -> None:
    request = HEAD + UPGRADE + VERSION + NONCE + b"Cookie: a=b\r\nCookie: c=d\r\n\r\n"
    (scope,), answer = await seen(request, {})
    assert [value for name, value in scope["headers"] if name == b"cookie"] == [b"a=b", b"c=d"]
    assert answer.status == 101


@on_uvloop
async def test_a_subprotocol_and_headers_of_the_application_are_told() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept", "subprotocol": "pulso.v1", "headers": [(b"x-shop", b"1")]})
        await receive()

    async with serving(app) as live:
        peer = await live.peer()
        head = take_apart(peer.raw).head.lower()
        assert b"\r\nsec-websocket-protocol: pulso.v1" in head
        assert b"\r\nx-shop: 1" in head
        assert b"\r\ndate: " in head


@on_uvloop
async def test_frames_are_read_behind_the_upgrade() -> None:
    app = Accepting()
    async with serving(app) as live:
        peer = await live.peer()
        await peer.send(masked(TEXT, b"one") + masked(9, b"still there?"))
        await peer.read_until(b"still there?")
        assert take_apart(peer.raw).frames == [(PONG, b"still there?")]
        assert [message["text"] for message in app.received] == ["one"]
