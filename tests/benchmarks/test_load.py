"""Does the load notice what doesn't come? A server that keeps one frame back, or tells one twice, must fail a run."""

import asyncio
import itertools
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from websockets.asyncio.server import ServerConnection, serve

from benchmarks.loads import Run, load
from realtime.database import in_thread

SOCKETS = 3
# What a hub does with the n-th event for the k-th socket: how often it is told.
Times = Callable[[int, int], int]


@asynccontextmanager
async def hub(times: Times) -> AsyncIterator[int]:
    """A hub that tells what its first socket says, as its port."""
    members: list[ServerConnection] = []
    numbers = itertools.count()

    async def serve_one(socket: ServerConnection) -> None:
        members.append(socket)
        async for text in socket:
            event = next(numbers)
            for place, member in enumerate(members):
                for _ in range(times(event, place)):
                    await member.send(text)

    async with serve(serve_one, "127.0.0.1", 0, compression=None) as server:
        yield next(iter(server.sockets)).getsockname()[1]


async def told(times: Times) -> Run:
    """What a short run at such a hub finds."""
    async with hub(times) as port:
        return await in_thread(_run, port)


def _run(port: int) -> Run:
    with load([port], ["/"], {"item": '{"s":"STAMP"}', "patience": "1"}) as loading:
        loading.open(SOCKETS)
        return loading.publish(0.3, rate=20)


async def test_a_run_without_loss_has_nothing_to_tell() -> None:
    run = await told(lambda event, place: 1)
    assert run.deliveries == run.events * SOCKETS
    assert run.events == 6
    assert 0 < run.p50 <= run.p99 <= run.max
    assert not run.lost("hub")


async def test_one_frame_that_does_not_come_is_missed() -> None:
    run = await told(lambda event, place: int((event, place) != (2, 1)))
    assert run.missing == 1
    assert re.search("1 deliveries missing", str(run.lost("hub")))


async def test_one_frame_that_comes_twice_is_noticed() -> None:
    run = await told(lambda event, place: 1 + ((event, place) == (2, 1)))
    assert run.doubled == 1
    assert run.lost("hub")


async def test_a_socket_that_is_refused_fails_the_run() -> None:
    async with asyncio.timeout(20), hub(lambda event, place: 1) as port:
        with pytest.raises(RuntimeError, match="0 of 1"):
            await in_thread(_refused, port)


def _refused(port: int) -> None:
    # Not a WebSocket's method of asking.
    with load([port], ["/ HTTP/1.0\r\nX:"], {}) as loading:
        loading.open(1)
