"""Does this process use the embedded PostgreSQL? From its first connection to its end, however it ends."""

import atexit
import os
import signal
import sys
import threading
from types import FrameType

from django.conf import settings
from django.db import connections
from django.db.backends.postgresql.base import DatabaseWrapper

from realtime.embedded.errors import Ending
from realtime.embedded.server import Address, PrivatePostgres

ENGINE = "realtime.embedded"
# These would end the process without its exit handlers.
POLITE_SIGNALS = (signal.SIGTERM, signal.SIGHUP)

_server: PrivatePostgres | None = None
_address: Address | None = None
_pid = 0
_ended = False
_lock = threading.RLock()


def address() -> Address:
    """Where the embedded server is, started if need be, released at exit. Raises EmbeddedError."""
    if _address is None or _pid != os.getpid():
        return _acquire(owner=False)
    return _address


def own_database() -> None:
    """Start the embedded server, or take it over: it stops with us. No-op if settings name another."""
    if settings.DATABASES["default"]["ENGINE"] == ENGINE:
        _acquire(owner=True)


def release_database() -> None:
    """Close our connections to the embedded server and leave it. Idempotent; connecting acquires anew."""
    global _address
    with _lock:
        _address = None
        if _server is None:
            return
        if _pid == os.getpid():
            _close_connections()
        _server.release()


def _acquire(owner: bool) -> Address:
    global _server, _address, _pid
    with _lock:
        if _ended:  # a daemon thread would start a server that nobody stops
            raise Ending
        if _server is None:
            _server = PrivatePostgres(settings.PULSO_DATA_DIR)
            atexit.register(_end)
        _end_politely()
        _address, _pid = _server.acquire(owner=owner), os.getpid()
        return _address


def _end() -> None:
    global _ended
    _ended = True
    release_database()


def _close_connections() -> None:
    pools = vars(DatabaseWrapper)["_connection_pools"]  # asking a connection for its pool would make one
    for connection in connections.all(initialized_only=True):
        if isinstance(connection, DatabaseWrapper) and connection.settings_dict["ENGINE"] == ENGINE:
            connection.close()
            if connection.alias in pools:
                connection.close_pool()


def _end_politely() -> None:
    if threading.current_thread() is not threading.main_thread():
        return
    for number in POLITE_SIGNALS:
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _exit)


def _exit(number: int, frame: FrameType | None) -> None:
    sys.exit(128 + number)
