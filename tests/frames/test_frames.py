"""A frame is what the websockets library understands, whatever its length."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame as LibraryFrame
from websockets.frames import Opcode
from websockets.streams import StreamReader

from realtime.hub.frames import Frame


def parsed(wire: bytes) -> tuple[LibraryFrame, bytes]:
    """The frame as the library reads it from a server, and what is left over."""
    reader = StreamReader()
    reader.feed_data(wire)
    steps = LibraryFrame.parse(reader.read_exact, mask=False)
    try:
        next(steps)
    except StopIteration as done:
        frame: LibraryFrame = done.value
        return frame, bytes(reader.buffer)
    raise AssertionError("incomplete")


@pytest.mark.parametrize("length", [0, 1, 125, 126, 127, 65535, 65536, 70000])
def test_every_length_is_one_complete_text_frame(length: int) -> None:
    payload = b"x" * length
    frame, rest = parsed(Frame.of(payload).wire)
    assert (frame.opcode, frame.fin, bytes(frame.data), rest) == (Opcode.TEXT, True, payload, b"")


@pytest.mark.parametrize("length", [0, 125, 126, 65535, 65536])
def test_the_shortest_header_is_used(length: int) -> None:
    assert Frame.of(b"x" * length).wire == LibraryFrame(Opcode.TEXT, b"x" * length).serialize(mask=False)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_text_arrives_as_it_was(text: str) -> None:
    frame, rest = parsed(Frame.of(text).wire)
    assert bytes(frame.data).decode() == text
    assert rest == b""
    assert Frame.of(text).payload == Frame.of(text.encode()).payload
