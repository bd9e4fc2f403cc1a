"""One timer finds the sockets whose buffer doesn't move, and only those."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, cast

from realtime.server.stalls import StallWatch


class FakeTimer:
    def __init__(self, due: float, callback: Callable[[], None]) -> None:
        self.due = due
        self.callback = callback


class FakeLoop:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.timers: list[FakeTimer] = []

    def time(self) -> float:
        return self.now

    def call_later(self, delay: float, callback: Callable[..., None], *args: Any) -> FakeTimer:
        self.timers.append(FakeTimer(self.now + delay, lambda: callback(*args)))
        return self.timers[-1]

    def pass_time(self, seconds: float) -> None:
        end = self.now + seconds
        while due := [timer for timer in self.timers if timer.due <= end]:
            timer = min(due, key=lambda timer: timer.due)
            self.timers.remove(timer)
            self.now = timer.due
            timer.callback()
        self.now = end


class FakeSocket:
    def __init__(self, loop: FakeLoop, waiting: int = 100) -> None:
        self.loop = cast(asyncio.AbstractEventLoop, loop)
        self.waiting = waiting
        self.added = 0
        self.given_up = False

    def buffered(self) -> int:
        return self.waiting

    def flushed(self) -> int:
        return self.added - self.waiting

    def give_up(self) -> None:
        self.given_up = True


def test_a_buffer_that_does_not_move_is_given_up() -> None:
    loop, watch = FakeLoop(), StallWatch(10)
    socket = FakeSocket(loop)
    watch.add(socket)
    loop.pass_time(9.9)
    assert not socket.given_up
    loop.pass_time(2.6)
    assert socket.given_up
    assert len(watch) == 0


def test_a_peer_that_reads_slowly_is_kept() -> None:
    loop, watch = FakeLoop(), StallWatch(10)
    socket = FakeSocket(loop, 1000)
    watch.add(socket)
    for _ in range(20):
        loop.pass_time(6)
        socket.waiting -= 1
    assert not socket.given_up


def test_progress_counts_though_more_is_written_than_read() -> None:
    loop, watch = FakeLoop(), StallWatch(10)
    socket = FakeSocket(loop)
    watch.add(socket)
    for _ in range(20):
        loop.pass_time(6)
        socket.added += 50
        socket.waiting += 49
    assert not socket.given_up


def test_writing_alone_is_no_progress() -> None:
    loop, watch = FakeLoop(), StallWatch(10)
    socket = FakeSocket(loop)
    watch.add(socket)
    for _ in range(20):
        loop.pass_time(1)
        socket.added += 50
        socket.waiting += 50
    assert socket.given_up


def test_a_drained_socket_is_forgotten_and_the_timer_rests() -> None:
    loop, watch = FakeLoop(), StallWatch(10)
    socket = FakeSocket(loop)
    watch.add(socket)
    socket.waiting = 0
    loop.pass_time(3)
    assert len(watch) == 0
    assert loop.timers == []
    assert not socket.given_up


def test_one_timer_serves_all() -> None:
    loop, watch = FakeLoop(), StallWatch(10)
    sockets = [FakeSocket(loop) for _ in range(50)]
    for socket in sockets:
        watch.add(socket)
        watch.add(socket)
        loop.pass_time(0.01)
        assert len(loop.timers) == 1
    watch.discard(sockets[0])
    loop.pass_time(15)
    assert [socket.given_up for socket in sockets] == [False] + 49 * [True]
    assert loop.timers == []
