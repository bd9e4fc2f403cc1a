"""Which sockets does the server listen on, and what is said when it can't?"""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterable, Sequence
from typing import Any, Final

from .errors import CannotBind, PortInUse

BACKLOG: Final = 2048
# Bytes that the kernel may hold unsent for one socket. Beyond, the socket is congested for us too, and state
# is skipped instead of growing old in megabytes of kernel buffer.
UNSENT_LIMIT: Final = 128 * 1024


def listen(host: str, ports: Sequence[int]) -> list[socket.socket]:
    """Sockets that listen on every address of `host`, for each of the ports; port 0 means any free one.

    Raises PortInUse or CannotBind; nothing is left open then.
    """
    sockets: list[socket.socket] = []
    try:
        for port in _each_once(ports):
            sockets += _listen_on(host, port)
    except BaseException:
        close_all(sockets)
        raise
    return sockets


def ports_of(sockets: Iterable[socket.socket]) -> list[int]:
    """The port numbers, in order, each once."""
    return list(dict.fromkeys(sock.getsockname()[1] for sock in sockets))


def close_all(sockets: Iterable[socket.socket]) -> None:
    """Close what is open of them."""
    for sock in sockets:
        sock.close()


def _each_once(ports: Sequence[int]) -> list[int]:
    return [port for place, port in enumerate(ports) if port == 0 or port not in ports[:place]]


def _listen_on(host: str, port: int) -> list[socket.socket]:
    sockets: list[socket.socket] = []
    try:
        for family, address in _addresses(host, port):
            # Where the host has several addresses, the first decides which free port it is.
            chosen = port or (sockets[0].getsockname()[1] if sockets else 0)
            sockets.append(_open(family, (address[0], chosen, *address[2:])))
    except OSError as error:
        close_all(sockets)
        kind = PortInUse if error.errno == errno.EADDRINUSE else CannotBind
        raise kind(host, port, error.strerror or str(error)) from error
    return sockets


def _addresses(host: str, port: int) -> list[tuple[socket.AddressFamily, tuple[Any, ...]]]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    return list(dict.fromkeys((family, address) for family, _, _, _, address in found))


def _open(family: socket.AddressFamily, address: tuple[Any, ...]) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        if hasattr(socket, "TCP_NOTSENT_LOWAT"):  # accepted sockets inherit it
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_LIMIT)
        sock.bind(address)
        # Two that bind at the same moment both succeed; only one of them can listen.
        sock.listen(BACKLOG)
        sock.setblocking(False)
    except BaseException:
        sock.close()
        raise
    return sock
