"""Frames go by descriptor to who is settled, and through the outlet to everybody else; nobody misses or repeats one."""

import socket
from collections.abc import Iterator

import pytest

from realtime.hub.crowd import Crowd
from realtime.hub.frames import MOST_TOGETHER, Frame
from realtime.hub.outlet import CLOSED, CONGESTED, SENT, UNSETTLED, Outcome, Watcher
from tests.hub.fakes import FakeDialect, FakeMember, FakeOutlet

FRAMES = [Frame.of(f'{{"data":{number}}}') for number in range(3)]
LARGE = Frame.of('"' + "x" * 100_000 + '"')


class Line(FakeOutlet):
    """An outlet with a real socket below it, which it gives away once it was written to."""

    def __init__(self) -> None:
        super().__init__()
        self.ours, self.peer = socket.socketpair()
        for end in (self.ours, self.peer):
            end.setblocking(False)
        self.watcher: Watcher | None = None
        self.finished: list[bytes] = []

    def settle(self, watcher: Watcher) -> int:
        self.watcher = watcher
        return self.ours.fileno() if self.outcome == SENT else UNSETTLED

    def write_rest(self, wire: bytes, written: int) -> None:
        self.finished.append(wire[written:])
        self.stir()

    def stir(self) -> None:
        if self.watcher is not None:
            self.watcher.stirred(self)

    def read(self) -> bytes:
        """What came by descriptor since the last reading."""
        found = b""
        try:
            while part := self.peer.recv(1 << 20):
                found += part
        except BlockingIOError:
            pass
        return found

    def insist(self, *frames: Frame) -> Outcome:
        if self.outcome == SENT:
            return super().insist(*frames)
        return self.outcome


@pytest.fixture
def lines() -> Iterator[list[Line]]:
    lines = [Line() for _ in range(3)]
    yield lines
    for line in lines:
        line.ours.close()
        line.peer.close()


@pytest.fixture
def crowd(lines: list[Line]) -> Crowd[FakeMember]:
    """All settled: each has had a first frame through its outlet."""
    crowd: Crowd[FakeMember] = Crowd()
    for line in lines:
        crowd.add(FakeMember(FakeDialect(), outlet=line))
    assert crowd.tell([Frame.of('"first"')]).sent == len(lines)
    for line in lines:
        assert line.frames.pop() == "first"
        assert line.read() == b""
    return crowd


def wires(*frames: Frame) -> bytes:
    return b"".join(frame.wire for frame in frames)


def test_who_is_settled_gets_frames_by_descriptor_each_once_and_in_order(
    crowd: Crowd[FakeMember], lines: list[Line]
) -> None:
    told = crowd.tell(FRAMES)
    assert (told.sent, told.refused) == (9, [])
    assert crowd.show(FRAMES[0]).sent == 3
    for line in lines:
        assert line.frames == []
        assert line.read() == wires(*FRAMES, FRAMES[0])


def test_who_stirs_is_told_through_its_outlet_until_it_settles_again(
    crowd: Crowd[FakeMember], lines: list[Line]
) -> None:
    lines[1].stir()
    assert crowd.tell(FRAMES[:2]).sent == 6
    assert lines[1].frames == [{"data": 0}, {"data": 1}]
    assert lines[1].read() == b""
    crowd.show(FRAMES[2])
    assert len(lines[1].frames) == 2
    assert lines[1].read() == wires(FRAMES[2])
    assert lines[0].read() == wires(*FRAMES)


def test_what_the_kernel_leaves_over_is_the_outlets_and_what_comes_next_too(
    crowd: Crowd[FakeMember], lines: list[Line]
) -> None:
    lazy = lines[0]
    sent = 0
    while not lazy.finished and not lazy.frames:
        assert crowd.tell([LARGE]).sent == 3
        sent += 1
        assert sent < 100
    came = lazy.read() + b"".join(lazy.finished)
    assert came == LARGE.wire * (sent - len(lazy.frames))
    before = len(lazy.frames)
    crowd.tell([FRAMES[0]])
    assert len(lazy.frames) == before + 1


def test_a_peer_that_has_gone_is_its_outlets_business(crowd: Crowd[FakeMember], lines: list[Line]) -> None:
    lines[2].peer.close()
    lines[2].outcome = CLOSED
    told = crowd.tell(FRAMES)
    assert told.sent == 6
    assert [(member.outlet, outcome) for member, outcome in told.refused] == [(lines[2], CLOSED)]
    assert lines[0].read() == wires(*FRAMES)


def test_who_refuses_a_frame_gets_none_after_it(crowd: Crowd[FakeMember], lines: list[Line]) -> None:
    lines[1].outcome = CONGESTED
    lines[1].stir()
    told = crowd.tell([*FRAMES, Frame.of("1" * MOST_TOGETHER), FRAMES[0]])
    assert [(member.outlet, outcome) for member, outcome in told.refused] == [(lines[1], CONGESTED)]
    assert lines[1].frames == []
    assert lines[1].read() == b""


def test_who_left_hears_nothing(crowd: Crowd[FakeMember], lines: list[Line]) -> None:
    member = next(member for member in crowd if member.outlet is lines[0])
    crowd.discard(member)
    assert member not in crowd
    assert len(crowd) == 2
    assert crowd.tell(FRAMES).sent == 6
    lines[0].stir()
    assert crowd.tell(FRAMES).sent == 6
    assert lines[0].frames == []
    assert lines[0].read() == b""
