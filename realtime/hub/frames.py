"""What does one outgoing message look like on the wire, encoded once for every socket that gets it?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from struct import pack
from typing import Final

# Frames that go out together are written as one so far. No more than so much of them can be left over by the kernel at
# once, which a socket's bound has to hold. Bytes.
MOST_TOGETHER: Final = 64 * 1024
FIN_TEXT = 0x81  # FIN bit and opcode 1 (RFC 6455, 5.2)


class Frame:
    """One text message: `payload` is its UTF-8 text, `wire` the complete WebSocket frame around it.

    Server frames are unmasked, so one `wire` serves every socket. Shared: never changed after it is made.
    """

    __slots__ = ("payload", "wire")

    def __init__(self, payload: bytes) -> None:
        self.payload = payload
        self.wire = header(len(payload)) + payload

    @classmethod
    def of(cls, text: str | bytes) -> Frame:
        """The frame of `text`; bytes are taken for UTF-8 as they are."""
        return cls(text.encode() if isinstance(text, str) else text)

    def __len__(self) -> int:
        """Bytes on the wire."""
        return len(self.wire)

    def __repr__(self) -> str:
        return f"<Frame of {len(self.payload)} bytes>"


def header(length: int) -> bytes:
    """The header of an unmasked, unfragmented text frame with `length` bytes of payload."""
    if length < 126:
        return bytes((FIN_TEXT, length))
    if length < 1 << 16:
        return pack("!BBH", FIN_TEXT, 126, length)
    return pack("!BBQ", FIN_TEXT, 127, length)


def parcels(frames: Iterable[Frame]) -> Iterator[Sequence[Frame]]:
    """The frames in their order, by so many as are written together."""
    parcel: list[Frame] = []
    size = 0
    for frame in frames:
        if parcel and size + len(frame) > MOST_TOGETHER:
            yield parcel
            parcel, size = [], 0
        parcel.append(frame)
        size += len(frame)
    if parcel:
        yield parcel


def wire_of(frames: Sequence[Frame]) -> bytes:
    """All of them as one piece."""
    return frames[0].wire if len(frames) == 1 else b"".join([frame.wire for frame in frames])
