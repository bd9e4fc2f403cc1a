"""Does the load notice what doesn't come? A server that keeps one frame back, or tells one twice, must fail a run."""

import asyncio
import itertools
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn
from websockets.asyncio.server import ServerConnection, serve

from benchmarks.loads import Run, load
from realtime.database import in_thread
from tests.acceptance.cluster import free_port

SOCKETS = 3
# What the load writes in the place of STAMP.
STAMP_BYTES = 31
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


async def told(times: Times, item: str = '{"s":"STAMP"}') -> Run:
    """What a short run at such a hub finds."""
    async with hub(times) as port:
        return await in_thread(_run, port, item)


def _run(port: int, item: str) -> Run:
    with load([port], ["/"], {"item": item, "patience": "1"}) as loading:
        loading.open(SOCKETS)
        return loading.publish(0.3, rate=20)


async def test_a_run_without_loss_has_nothing_to_tell() -> None:
    run = await told(lambda event, place: 1)
    assert run.deliveries == run.events * SOCKETS
    assert run.events == 6
    assert 0 < run.p50 <= run.p99 <= run.max
    assert not run.lost("hub")


@pytest.mark.parametrize("size", [125, 126, 127, 128, 65_535])
async def test_a_frame_of_any_size_is_read(size: int) -> None:
    item = '{"s":"STAMP"}'.ljust(size - STAMP_BYTES + len("STAMP"))
    run = await told(lambda event, place: 1, item)
    assert run.deliveries == run.events * SOCKETS
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


ROOMS = ("first", "second")
# From the room that an event is posted to, to the one in which it is told.
Where = Callable[[str], str]


class Rooms:
    """A server of two rooms, as an ASGI application: what is posted to a room is told to who is in it."""

    def __init__(self, where: Where) -> None:
        self.posts: list[str] = []
        self._where = where
        self._members: dict[str, list[Any]] = {room: [] for room in ROOMS}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.accept"})
            self._members[scope["path"].strip("/")].append(send)
            await receive()
        else:
            room = dict(scope["headers"])[b"x-room"].decode()
            items = json.loads((await receive())["body"])
            self.posts.append(room)
            for item, member in itertools.product(items, self._members[self._where(room)]):
                await member({"type": "websocket.send", "text": json.dumps(item)})
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
            await send({"type": "http.response.body"})


@asynccontextmanager
async def serving(application: Any) -> AsyncIterator[int]:
    """The application on a port of its own."""
    port = free_port()
    config = uvicorn.Config(application, port=port, lifespan="off", log_config=None, ws="websockets-sansio")
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield port
    finally:
        server.should_exit = True
        await task


async def posted(where: Where) -> tuple[Run, list[str]]:
    """What a short run with a batch of two for each room in turn finds; which room each batch was for."""
    rooms = Rooms(where)
    async with serving(rooms) as port:
        return await in_thread(_run_rooms, port), rooms.posts


def _run_rooms(port: int) -> Run:
    options = {"item": '{"s":"STAMP"}', "post": "/", "patience": "1"}
    with load([port], [f"/{room}" for room in ROOMS], options, [f"X-Room: {room}" for room in ROOMS]) as loading:
        loading.open(len(ROOMS) * 2)
        return loading.publish(0.3, rate=40, batch=2)


async def test_rooms_are_posted_to_in_turn_and_each_event_is_due_in_its_own() -> None:
    run, posts = await posted(lambda room: room)
    assert posts == [*ROOMS] * 3
    assert run.events == 12
    assert run.deliveries == run.events * 2
    assert not run.lost("rooms")


async def test_an_event_in_the_wrong_room_fails_the_run() -> None:
    run, _ = await posted(lambda room: "first")
    assert run.strayed == 12
    assert run.missing == 12
    assert any("wrong room" in what for what in run.lost("rooms"))
