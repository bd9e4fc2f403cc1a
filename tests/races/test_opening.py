"""What if a room is opened, left, closed and opened again at the same moment?"""

import asyncio
import random

import pytest

from realtime.hub import hub as module
from realtime.hub.hub import Hub
from tests.races.fakes import Feed, Key, Socket, Stored, update

KEY = Key("stats")


@pytest.fixture(autouse=True)
def short_linger(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LINGER", 0.005)


async def test_a_room_reopened_while_it_closes_is_subscribed() -> None:
    feed = Feed()
    hub = Hub(feed, Stored(update(1, total=1)).load)
    socket = Socket()
    for _ in range(50):
        await hub.join(socket, KEY)
        hub.leave(socket, KEY)
        await asyncio.sleep(0.005)
    await hub.join(socket, KEY)
    await asyncio.sleep(0.02)
    assert feed.subscribed == {KEY.name}
    await hub.close()
    assert feed.subscribed == set()


async def test_all_who_wait_for_a_room_that_fails_are_told_and_the_next_opens_it() -> None:
    feed = Feed()
    hub = Hub(feed, Stored(update(1, total=1)).load)
    feed.fails = True
    feed.let.clear()
    waiting = [asyncio.create_task(hub.join(Socket(), KEY)) for _ in range(10)]
    await asyncio.sleep(0)
    feed.let.set()
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert all(isinstance(result, ConnectionError) for result in results)
    assert not hub.rooms
    feed.fails = False
    assert len(await hub.join(Socket(), KEY)) == 1
    await hub.close()


async def test_a_socket_that_goes_while_the_room_opens_leaves_nothing_behind() -> None:
    feed = Feed()
    hub = Hub(feed, Stored(update(1, total=1)).load)
    feed.let.clear()
    waiting = asyncio.create_task(hub.join(Socket(), KEY))
    await asyncio.sleep(0)
    waiting.cancel()
    feed.let.set()
    await asyncio.sleep(0.05)
    assert not hub.rooms
    assert feed.subscribed == set()


async def test_whatever_the_order_nothing_is_left_when_all_have_gone() -> None:
    dice = random.Random(7)
    feed, watched = Feed(), set[Key]()

    def on_rooms(key: Key, open: bool) -> None:
        assert (key in watched) != open
        watched.symmetric_difference_update({key})

    hub = Hub(feed, Stored(update(1, total=1)).load, on_rooms)  # type: ignore[arg-type]
    keys = [Key(str(number)) for number in range(5)]

    async def come_and_go() -> None:
        socket = Socket()
        for _ in range(30):
            key = dice.choice(keys)
            joining = asyncio.create_task(hub.join(socket, key))
            await asyncio.sleep(dice.choice([0, 0, 0.001, 0.006]))
            if dice.random() < 0.2:
                joining.cancel()
            await asyncio.gather(joining, return_exceptions=True)
            hub.leave(socket, key)
            await asyncio.sleep(dice.choice([0, 0.001, 0.006]))

    await asyncio.gather(*(come_and_go() for _ in range(40)))
    await asyncio.sleep(0.1)
    assert not hub.rooms
    assert not watched
    assert feed.subscribed == set()
