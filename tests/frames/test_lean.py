"""Do the small stand-ins behave as what uvicorn was written for, and is a socket small once it is open?"""

import asyncio
from typing import Any, cast

import pytest

from realtime.server.lean import LeanProtocol, Mailbox, Pings, Writable

from .live import Accepting, on_uvloop, serving


async def test_a_mailbox_gives_what_was_put_in_in_order_and_wakes_its_reader() -> None:
    mailbox = Mailbox(asyncio.get_running_loop())
    got: list[int] = []

    async def read() -> None:
        while len(got) < 4:
            while mailbox.empty():
                await mailbox.news()
            got.append(mailbox.take())

    reader = asyncio.create_task(read())
    await asyncio.sleep(0)
    for number in range(2):
        mailbox.put_nowait(number)
    await asyncio.sleep(0.01)
    for number in range(2, 4):
        mailbox.put_nowait(number)
    await asyncio.wait_for(reader, 5)
    assert got == [0, 1, 2, 3]
    assert mailbox.empty()


async def test_a_reader_that_was_cancelled_misses_nothing() -> None:
    mailbox = Mailbox(asyncio.get_running_loop())
    news = mailbox.news()
    news.cancel()
    mailbox.put_nowait(1)
    assert mailbox.take() == 1


async def test_all_who_wait_may_write_once_it_is_possible_and_nobody_before() -> None:
    writable = Writable(asyncio.get_running_loop())
    await writable.wait()
    writable.clear()
    waiting = [asyncio.create_task(writable.wait()) for _ in range(3)]
    await asyncio.sleep(0.01)
    assert not writable.is_set()
    assert not any(task.done() for task in waiting)
    waiting[0].cancel()
    writable.set()
    writable.set()
    await asyncio.wait_for(asyncio.gather(*waiting[1:]), 5)
    assert writable.is_set()


class Pinged:
    """A socket that notes when it is pinged, and asks to be pinged again."""

    def __init__(self, pings: Pings, period: float) -> None:
        self.loop, self.pings, self.period = asyncio.get_running_loop(), pings, period
        self.at: list[float] = []

    def send_keepalive_ping(self) -> None:
        self.at.append(self.loop.time())
        self.pings.later(cast(LeanProtocol, self), self.period)


async def test_every_socket_is_pinged_when_it_is_due_and_none_that_has_gone() -> None:
    pings = Pings()
    started = asyncio.get_running_loop().time()
    sockets = [Pinged(pings, 0.2) for _ in range(20)]
    for socket in sockets:
        pings.later(cast(LeanProtocol, socket), 0.2)
    pings.never(cast(LeanProtocol, sockets[0]))
    pings.never(cast(LeanProtocol, sockets[0]))
    await asyncio.sleep(0.7)
    assert sockets[0].at == []
    for socket in sockets[1:]:
        assert len(socket.at) >= 2
        assert socket.at[0] - started >= 0.19
    for socket in sockets:
        pings.never(cast(LeanProtocol, socket))
    assert len(pings) == 0


@on_uvloop
async def test_an_open_socket_keeps_nothing_of_its_handshake() -> None:
    app = Accepting()
    async with serving(app) as live:
        await live.peer()
        await app.outlet()
        (protocol,) = live.server.server_state.connections
        kept = cast(Any, protocol)
        assert (kept.request, kept.response, kept.client, kept.server) == (None, None, None, None)
        assert isinstance(kept.queue, Mailbox)
        # A dictionary of more than 42 entries is twice as large.
        assert len(vars(protocol)) <= 42, sorted(vars(protocol))


@pytest.mark.parametrize("entries", [42])
def test_the_step_in_the_size_of_a_dictionary_is_where_it_is_believed_to_be(entries: int) -> None:
    smaller, larger = ({f"name{number}": None for number in range(size)} for size in (entries, entries + 1))
    assert larger.__sizeof__() > 1.5 * smaller.__sizeof__()
