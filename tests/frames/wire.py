"""What did a peer really receive? A client that is nothing but a TCP socket, and a strict reader of its bytes."""

from __future__ import annotations

import asyncio
import os
import socket
import struct
from dataclasses import dataclass, field

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
UPGRADE = (
    b"GET %s HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n%s\r\n"
)
PATIENCE = 15.0  # seconds; far more than anything here takes


class BrokenStream(Exception):
    """The bytes are not an HTTP response followed by complete frames"""


@dataclass
class Received:
    """The bytes of one connection, taken apart."""

    head: bytes
    body: bytes  # of a response that is not the 101
    frames: list[tuple[int, bytes]] = field(default_factory=list)
    torn: bytes = b""  # an incomplete frame at the end

    @property
    def status(self) -> int:
        return int(self.head.split(b" ")[1]) if self.head else 0

    @property
    def texts(self) -> list[bytes]:
        return [payload for opcode, payload in self.frames if opcode == TEXT]

    @property
    def close_code(self) -> int | None:
        codes = [struct.unpack("!H", payload[:2])[0] for opcode, payload in self.frames if opcode == CLOSE]
        return codes[0] if codes else None


def take_apart(raw: bytes) -> Received:
    """Raises BrokenStream for anything but a response, then, after a 101, unmasked unfragmented frames."""
    if not raw:
        return Received(b"", b"")
    head, found, rest = raw.partition(b"\r\n\r\n")
    if not found or not head.startswith(b"HTTP/1.1 "):
        raise BrokenStream(raw[:200])
    if not head.startswith(b"HTTP/1.1 101 "):
        return Received(head, rest)
    received = Received(head, b"")
    while rest:
        size = frame_size(rest)
        if size is None or len(rest) < size[0] + size[1]:
            received.torn = rest
            break
        start, length = size
        received.frames.append((opcode_of(rest), rest[start : start + length]))
        rest = rest[start + length :]
    return received


def frame_size(data: bytes) -> tuple[int, int] | None:
    """Lengths of the header and of the payload; None while the header is incomplete."""
    if len(data) < 2:
        return None
    if data[1] & 0x80:
        raise BrokenStream("masked", data[:20])
    short = data[1]
    if short < 126:
        return 2, short
    width = 2 if short == 126 else 8
    if len(data) < 2 + width:
        return None
    return 2 + width, int.from_bytes(data[2 : 2 + width], "big")


def opcode_of(data: bytes) -> int:
    """The opcode of an unfragmented frame without extensions."""
    if data[0] & 0xF0 != 0x80 or data[0] & 0x0F not in (TEXT, CLOSE, PING, PONG):
        raise BrokenStream("fragmented, compressed or unknown", data[:20])
    return data[0] & 0x0F


def masked(opcode: int, payload: bytes) -> bytes:
    """A client's frame."""
    key = os.urandom(4)
    length = len(payload)
    if length < 126:
        header = bytes((0x80 | opcode, 0x80 | length))
    elif length < 1 << 16:
        header = struct.pack("!BBH", 0x80 | opcode, 0x80 | 126, length)
    else:
        header = struct.pack("!BBQ", 0x80 | opcode, 0x80 | 127, length)
    return header + key + bytes(byte ^ key[place % 4] for place, byte in enumerate(payload))


def closing(code: int = 1000) -> bytes:
    """A client's close frame."""
    return masked(CLOSE, struct.pack("!H", code))


class RawPeer:
    """A TCP client that reads only when it is told to. `raw` is all it has received."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.raw = b""
        self.ended = False  # no more bytes will come
        self.was_reset = False

    @classmethod
    async def connect(cls, port: int, *, receive_buffer: int | None = None) -> RawPeer:
        """A connected peer; a small `receive_buffer` in bytes makes the server's socket congested soon."""
        sock = socket.socket()
        sock.setblocking(False)
        if receive_buffer is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", port))
        return cls(sock)

    async def upgrade(self, path: bytes = b"/", headers: bytes = b"") -> None:
        await self.send(UPGRADE % (path, headers))

    async def send(self, data: bytes) -> None:
        """Send `data`, if the connection still takes it."""
        try:
            await asyncio.get_running_loop().sock_sendall(self.sock, data)
        except OSError:
            self.was_reset = True

    async def read(self) -> None:
        """Wait for more bytes."""
        try:
            data = await asyncio.wait_for(asyncio.get_running_loop().sock_recv(self.sock, 1 << 20), PATIENCE)
        except ConnectionError:
            self.was_reset = self.ended = True
            return
        self.raw += data
        self.ended = not data

    def read_what_is_there(self) -> None:
        """Take the bytes that have arrived, without waiting."""
        try:
            data = self.sock.recv(1 << 20)
        except BlockingIOError:
            return
        except ConnectionError:
            self.was_reset = self.ended = True
            return
        self.raw += data
        self.ended = not data

    async def read_until(self, enough: bytes) -> None:
        """Read until `enough` is part of what was received."""
        while enough not in self.raw:
            await self.read()
            assert not self.ended or enough in self.raw, self.raw[-500:]

    async def read_to_the_end(self) -> Received:
        """Read all there is, answer a close frame as a client must, and return it taken apart."""
        if not self.closed:  # a small buffer is drained in steps of the kernel's timers
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        answered = False
        while not self.ended:
            if not answered and self.raw and take_apart(self.raw).close_code is not None:
                answered = True
                await self.send(closing())
            await self.read()
        self.close()
        return take_apart(self.raw)

    @property
    def closed(self) -> bool:
        return self.sock.fileno() == -1

    def finish_sending(self) -> None:
        """Send nothing more, but go on reading."""
        try:
            self.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self.was_reset = True

    def reset(self) -> None:
        """Break the connection: the server gets a TCP reset."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()
        self.was_reset = self.ended = True

    def close(self) -> None:
        self.sock.close()
