"""How does a finished frame reach a socket of uvicorn without passing through ASGI `send`, and safely?

A subclass of uvicorn's sans-I/O protocol is itself the `Outlet` in `scope["extensions"]["pulso.frames"]`.
What it relies on in uvicorn is checked at start-up by expectations.py.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Final, cast

from uvicorn.protocols.utils import ClientDisconnected
from websockets.frames import CloseCode
from websockets.frames import Frame as ReceivedFrame
from websockets.http11 import Request

from realtime.hub.outlet import BUFFER_LIMIT, EXTENSION

from .endings import Ending
from .handshake import Headers
from .lean import Pings
from .stalls import StallWatch
from .writing import OPEN, WritingProtocol

WRITE_WAIT: Final = 10.0  # seconds without progress after which a socket is given up
LINGER: Final = 2.0  # seconds that a peer has to read our close frame before the connection goes
BAD_REQUEST: Final = b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


ENDING_OF_CODE: Final[dict[int, Ending]] = {
    CloseCode.INVALID_DATA: Ending.INVALID_TEXT,
    CloseCode.MESSAGE_TOO_BIG: Ending.TOO_BIG,
}


class FrameProtocol(WritingProtocol):
    """One WebSocket connection and its Outlet. `frame_protocol()` makes the class that a server uses."""

    ended = False  # by the server itself: the application can't know yet

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # In debug mode websockets logs handshake headers and frames: both carry tokens.
        self.conn.debug = False

    # Life of the connection

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if not self.close_sent:
            self._extend_scope()

    def greet(self, url: bytes, headers: Headers, answer: bytes) -> None:
        super().greet(url, headers, answer)
        self._extend_scope()

    def _extend_scope(self) -> None:
        cast(dict[str, object], self.scope["extensions"])[EXTENSION] = self

    def connection_lost(self, exc: Exception | None) -> None:
        self.stir()
        self.watch.discard(self)
        super().connection_lost(exc)
        self.conn.parser.close()  # nothing comes any more, and each of the two holds the other
        self.conn.parser_exc = self.conn.handshake_exc = None  # whose tracebacks hold it too
        self.on_drain = None
        self.held, self.held_size = (), 0
        self.wake()

    def eof_received(self) -> None:
        self.stir()
        self.release()  # the transport closes itself now
        super().eof_received()
        self._watch_leftovers()

    def run_asgi(self) -> Coroutine[Any, Any, None]:
        self.app = self._application
        return super().run_asgi()

    async def _application(self, scope: Any, receive: Any, send: Any) -> None:
        """The application; uvicorn closes the transport behind it, which knows of what it has been given only."""
        try:
            await self.config.loaded_app(scope, receive, send)
        finally:
            self.stir()
            self.release()

    def on_task_complete(self, task: asyncio.Task[None]) -> None:
        del self.app, self.scope  # they refer to us
        super().on_task_complete(task)
        self._watch_leftovers()

    async def send(self, message: Any) -> None:
        """ASGI send, as uvicorn's, but after the server has ended the connection it is no misuse."""
        self.stir()
        if not self.handshake_complete and self.transport.is_closing():
            raise ClientDisconnected
        self.leaving = self.leaving or message["type"] == "websocket.close"
        await self.nothing_held()
        try:
            await super().send(message)
        except RuntimeError:
            if self.ended:
                raise ClientDisconnected from None
            raise
        if self.close_sent:
            self.handshake_complete = True  # uvicorn forgets it, and complains, after an HTTP response
            self._watch_leftovers()
        elif message["type"] == "websocket.accept":
            self.forget_handshake()

    def send_500_response(self) -> None:
        if not self.transport.is_closing():
            super().send_500_response()

    def shutdown(self) -> None:
        """The process stops: 1012, or the close under way, and a moment to read it; nothing where `hangs_up`."""
        self.stir()
        self.release()
        if not self.handshake_complete:
            super().shutdown()
        elif self.close_timer is not None and not self.ended:
            self.close_timer.cancel()
            self._linger()
        elif self.conn.state is OPEN and not self.transport.is_closing():
            if self.hangs_up:
                self.endings[Ending.SHUTDOWN] += 1
                self.transport.close()
            else:
                self._end(Ending.SHUTDOWN, CloseCode.SERVICE_RESTART)
        self._watch_leftovers()

    def send_keepalive_ping(self) -> None:
        self.stir()
        super().send_keepalive_ping()

    def keepalive_timeout(self) -> None:
        self.stir()
        if self.close_sent or self.transport.is_closing():
            return
        self.endings[Ending.KEEPALIVE] += 1
        if self.buffered():
            # A close frame would queue behind bytes that nobody reads.
            self.abort()
            return
        super().keepalive_timeout()
        self.ended = True
        self._watch_leftovers()

    # What the peer sends

    def data_received(self, data: bytes) -> None:
        self.stir()
        if self.ended:
            return
        super().data_received(data)
        if self.conn.handshake_exc is not None and not self.handshake_initiated:
            self._refuse_handshake()

    def _refuse_handshake(self) -> None:
        # uvicorn doesn't look: the answer would stay unsent and the connection open for ever.
        self.endings[Ending.BAD_HANDSHAKE] += 1
        self.ended = self.close_sent = self.handshake_complete = True
        self.transport.write(b"".join(self.conn.data_to_send()) or BAD_REQUEST)
        self.transport.close()

    def handle_ping(self) -> None:
        silent = self.close_sent or self.leaving or not self.handshake_complete
        if silent or (self.conn.state is OPEN and self.buffered() > BUFFER_LIMIT):
            # No pong behind a close frame or in front of the 101, and none kept for a peer that never reads.
            self.conn.data_to_send()
        elif self.congested:
            self.hold(b"".join(self.conn.data_to_send()))
        else:
            super().handle_ping()

    def handle_close(self, event: ReceivedFrame) -> None:
        self.release()
        super().handle_close(event)
        self._watch_leftovers()

    def send_receive_event_to_app(self) -> None:
        if self.curr_msg_data_type != "text" or self.close_sent or is_utf8(b"".join(self.frames)):
            super().send_receive_event_to_app()
            return
        self.frames = []
        if self.handshake_complete:
            self._end(Ending.INVALID_TEXT, CloseCode.INVALID_DATA)
        else:
            self.handle_parser_exception()

    def handle_parser_exception(self) -> None:
        sent = self.conn.close_sent
        if self.close_sent or sent is None:
            # Nonsense behind our close, or in front of our 101: there is nobody to be polite to.
            self.ended = True
            self.transport.close()
        else:
            if sent.code == CloseCode.MESSAGE_TOO_BIG and self.last_words is not None:
                self.release()
                self.transport.write(self.last_words.wire)
            self._hang_up(ENDING_OF_CODE.get(sent.code, Ending.PROTOCOL_ERROR), sent.code, sent.reason)

    def _end(self, ending: Ending, code: CloseCode) -> None:
        self.conn.fail(code)
        self._hang_up(ending, code, "")

    def _hang_up(self, ending: Ending, code: int, reason: str) -> None:
        self.endings[ending] += 1
        self.ended = self.close_sent = True
        self.stop_keepalive()
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        self.release()
        self.transport.write(b"".join(self.conn.data_to_send()))
        self._linger()

    def _linger(self) -> None:
        # Closing with unread input makes the kernel send a reset, which may overtake the close frame:
        # half-close, and discard input until the peer has gone.
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.close_timer = self.loop.call_later(LINGER, self._stop_lingering)

    def _stop_lingering(self) -> None:
        self.transport.close()
        self._watch_leftovers()


def is_utf8(data: bytes) -> bool:
    """Is `data` text?"""
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def frame_protocol(write_wait: float = WRITE_WAIT) -> type[FrameProtocol]:
    """The protocol class of one server; it gives up sockets after `write_wait` seconds without progress."""

    class WatchedFrameProtocol(FrameProtocol):
        watch = StallWatch(write_wait)
        pings = Pings()

    return WatchedFrameProtocol
