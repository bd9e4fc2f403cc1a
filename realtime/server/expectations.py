"""Is this uvicorn the one that FrameProtocol and the runner were written for?"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any, Final, cast

import uvicorn
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import Server, ServerState

from .errors import UvicornChanged

OLDEST: Final = (0, 54)

PROTOCOL_HAS: Final = (
    *("transport", "loop", "queue", "conn", "handshake_initiated", "handshake_complete", "close_sent"),
    *("disconnected", "close_timer", "writable", "read_paused", "frames", "curr_msg_data_type"),
    *("connection_lost", "eof_received", "pause_writing", "resume_writing", "data_received", "shutdown"),
    *("handle_connect", "handle_ping", "handle_close", "handle_parser_exception", "send_500_response"),
    *("send_receive_event_to_app", "send", "on_task_complete", "keepalive_timeout", "stop_keepalive"),
    *("receive", "schedule_ping", "send_keepalive_ping", "ping_interval", "last_ping_rtt", "server", "client"),
    *("asgi_version", "scheme", "root_path", "app_state", "default_headers", "tasks", "run_asgi", "start_keepalive"),
    *("connection_made", "connections", "app", "config"),
)
CONNECTION_HAS: Final = (
    *("state", "close_sent", "handshake_exc", "parser_exc", "fail", "data_to_send", "debug", "parser"),
)
# How HTTP hands a connection over.
HANDOVER: Final = frozenset(
    {
        *("connections", "scope", "url", "ws_protocol_class", "config", "server_state", "app_state", "transport"),
        *("connection_made", "set_protocol"),
    }
)
SERVER_HAS: Final = ("startup", "shutdown", "serve", "handle_exit", "should_exit", "force_exit", "started")
OUR_NAMES: Final = (
    *("write", "insist", "buffered", "opened", "flush", "closed", "abort", "on_drain"),
    *("congested", "insisted", "ended", "watch", "endings", "flushed", "give_up", "last_words", "hangs_up"),
    *("held", "held_size", "hold", "release", "pings", "forget_handshake", "leaving", "greet", "greeting"),
    *("settle", "stir", "write_rest", "watchers", "nothing_held", "wake", "waiting", "_application"),
)


async def _no_app(scope: Any, receive: Any, send: Any) -> None:
    """An application for a protocol that never sees a connection."""


def check_uvicorn(protocol: type[asyncio.Protocol] = WebSocketsSansIOProtocol) -> None:
    """Raise UvicornChanged, naming what is missing, unless uvicorn has all that we rely on."""
    problems = [*_too_old(uvicorn.__version__), *_differences(protocol)]
    if problems:
        raise UvicornChanged(uvicorn.__version__, problems)


def _too_old(version: str) -> Iterator[str]:
    major, minor = (int(part) for part in version.split(".")[:2])
    if (major, minor) < OLDEST:
        yield "version >= " + ".".join(map(str, OLDEST))


def _differences(protocol: type[asyncio.Protocol]) -> Iterator[str]:
    config = Config(_no_app, log_config=None, ws_per_message_deflate=False)
    config.load()
    instance = cast(Any, protocol)(config, ServerState(), {}, cast(Any, object()))
    yield from (f"{protocol.__name__}.{name}" for name in PROTOCOL_HAS if not hasattr(instance, name))
    yield from (f"ServerProtocol.{name}" for name in CONNECTION_HAS if not hasattr(instance.conn, name))
    server = Server(config)
    yield from (f"Server.{name}" for name in SERVER_HAS if not hasattr(server, name))
    yield from (f"{protocol.__name__}.{name}, ours" for name in OUR_NAMES if hasattr(instance, name))
    if "scope" not in protocol.handle_connect.__code__.co_names:  # type: ignore[attr-defined]
        yield f"{protocol.__name__}.scope, set by handle_connect"
    if "app" not in protocol.run_asgi.__code__.co_names:  # type: ignore[attr-defined]
        yield f"{protocol.__name__}.app, called by run_asgi"
    if "scope" not in HttpToolsProtocol.on_message_begin.__code__.co_names:
        yield "HttpToolsProtocol.scope, set by on_message_begin"
    handed_over = HANDOVER.difference(HttpToolsProtocol.handle_websocket_upgrade.__code__.co_names)
    yield from (f"HttpToolsProtocol.{name}, in handle_websocket_upgrade" for name in sorted(handed_over))
