"""How does one process serve: which sockets, which uvicorn settings, and how does it stop?"""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
from collections.abc import Awaitable, Callable, Sequence
from types import FrameType
from typing import Any, Final

from uvicorn.config import Config
from uvicorn.server import Server

from realtime.garbage import look_seldom

from .expectations import check_uvicorn
from .http import WiredHttpProtocol
from .lean import HANDSHAKES
from .listening import close_all, listen, ports_of
from .protocol import WRITE_WAIT, frame_protocol

logger = logging.getLogger(__name__)

FORCE_AFTER: Final = 1.0  # seconds that uvicorn has to stop after a second signal
KILLED: Final = 128  # exit status of a process ended by signal n: 128 + n, as a shell tells it


def run(
    app: Any,
    *,
    host: str,
    ports: Sequence[int],
    log_level: str = "info",
    access_log: bool = False,
    ping_period: float = 54,
    pong_wait: float = 60,
    write_wait: float = WRITE_WAIT,
    max_frame: int = 8192,
    graceful_timeout: int = 25,
    trusted_proxies: Sequence[str] = (),
    on_started: Callable[[list[int]], None] | None = None,
    on_stopping: Callable[[], Awaitable[None]] | None = None,
) -> int:
    """Serve `app` on all `ports` of `host` (0: any free one) until SIGINT or SIGTERM; return the exit status.

    0 after an orderly stop, 3 when the application didn't start, 130 when a Ctrl-C after the first signal forced the
    end. `on_started` gets the ports; `on_stopping` is awaited while nothing new is accepted and sockets still
    live. Seconds; logging is used as it is configured. Raises PortInUse, CannotBind, UvicornChanged.
    """
    check_uvicorn()
    look_seldom()
    config = Config(
        app,
        interface="asgi3",
        loop="uvloop",
        http=WiredHttpProtocol,
        ws=frame_protocol(write_wait),
        ws_max_size=max_frame,
        ws_ping_interval=ping_period,
        ws_ping_timeout=pong_wait - ping_period,
        ws_per_message_deflate=False,
        lifespan="on",
        workers=1,
        log_config=None,
        log_level=log_level,
        access_log=access_log,
        proxy_headers=bool(trusted_proxies),
        forwarded_allow_ips=list(trusted_proxies),
        server_header=False,
        timeout_graceful_shutdown=graceful_timeout,
    )
    HANDSHAKES.setLevel(logging.NOTSET if access_log else logging.WARNING)
    sockets = listen(host, ports)
    try:
        return StoppableServer(config, on_started, on_stopping).run_until_stopped(sockets)
    finally:
        close_all(sockets)


class StoppableServer(Server):
    """uvicorn's server, but a signal ends it with a return instead of being raised again at the end.

    The caller may have a database to stop. A second signal doesn't wait for anybody.
    """

    def __init__(
        self,
        config: Config,
        on_started: Callable[[list[int]], None] | None = None,
        on_stopping: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        super().__init__(config)
        self.on_started = on_started
        self.on_stopping = on_stopping
        self.signals: list[int] = []
        self._main: asyncio.Task[Any] | None = None

    def run_until_stopped(self, sockets: list[socket.socket]) -> int:
        """Serve on `sockets`; return the exit status."""
        try:
            self.run(sockets)
        except SystemExit as exit:  # uvicorn's way to say that the application didn't start
            return int(exit.code or 0)
        except (asyncio.CancelledError, KeyboardInterrupt):
            if not self.signals:
                raise
        return KILLED + self.signals[-1] if self.force_exit else 0

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        self._main = asyncio.current_task()
        await super().serve(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Signal handler: the first one asks; a Ctrl-C after it forces. Supervisors may repeat a SIGTERM."""
        self.signals.append(sig)
        if not self.should_exit or sig != signal.SIGINT:
            self.should_exit = True
            return
        self.force_exit = True
        if (main := self._main) is not None:
            loop = main.get_loop()
            loop.call_soon_threadsafe(lambda: loop.call_later(FORCE_AFTER, main.cancel))

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        ports = ports_of(sockets or [])
        logger.info("Listening on port %s", ", ".join(map(str, ports)))
        if self.on_started is not None:
            self.on_started(ports)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        if self.on_stopping is not None and not self.force_exit:
            await self._before_shutdown(self.on_stopping)
        await super().shutdown(sockets)

    async def _before_shutdown(self, on_stopping: Callable[[], Awaitable[None]]) -> None:
        try:
            await asyncio.wait_for(on_stopping(), self.config.timeout_graceful_shutdown)
        except Exception:
            logger.exception("Sending sockets away failed; they are closed now")
