"""Is a negocio's own back-end asked rightly: once, with patience, never when it is known to fail?"""

import asyncio
from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from realtime import backends
from realtime.backends import MEMORY, PATIENCE, REST, Backends, BackendUnavailable

URL = "http://shop.example/orders/1/can_access?user_id=7"


class Shop:
    """A back-end that answers as told, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answer: Callable[[], httpx.Response] = lambda: httpx.Response(200, json={"allowed": True})
        self.gate = asyncio.Event()
        self.gate.set()

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(str(request.url))
        await self.gate.wait()
        return self.answer()

    def fail(self) -> None:
        def refuse() -> httpx.Response:
            raise httpx.ConnectError("refused")

        self.answer = refuse


class World:
    def __init__(self) -> None:
        self.now = 0.0
        self.shop = Shop()
        self.backends = Backends(lambda: self.now, httpx.MockTransport(self.shop))

    async def fails(self, url: str = URL) -> bool:
        try:
            await self.backends.allows(url)
        except BackendUnavailable:
            return True
        return False


@pytest.fixture
async def world() -> AsyncIterator[World]:
    world = World()
    yield world
    await world.backends.close()


@pytest.mark.parametrize(
    ("response", "allowed"),
    [
        (httpx.Response(200, content=b'{"allowed":true}'), True),
        (httpx.Response(200, content=b'{"allowed":true,"why":"x"}'), True),
        (httpx.Response(200, content=b'{"allowed":false}'), False),
        (httpx.Response(200, content=b'{"allowed":"true"}'), False),
        (httpx.Response(200, content=b'{"allowed":1}'), False),
        (httpx.Response(200, content=b"[]"), False),
        (httpx.Response(200, content=b"nope"), False),
        (httpx.Response(200, content=b"{" + b" " * 20_000 + b'"allowed":true}'), False),
        (httpx.Response(201, content=b'{"allowed":true}'), False),
        (httpx.Response(301, headers={"Location": "http://other.example/"}), False),
        (httpx.Response(403, content=b'{"allowed":true}'), False),
        (httpx.Response(500), False),
    ],
)
async def test_only_a_plain_yes_is_a_yes(world: World, response: httpx.Response, allowed: bool) -> None:
    world.shop.answer = lambda: response
    assert await world.backends.allows(URL) is allowed
    assert len(world.shop.asked) == 1


async def test_an_answer_counts_for_a_while(world: World) -> None:
    assert await world.backends.allows(URL)
    world.shop.answer = lambda: httpx.Response(404)
    world.now = MEMORY - 0.1
    assert await world.backends.allows(URL)
    world.now = MEMORY
    assert not await world.backends.allows(URL)
    assert not await world.backends.allows(URL)
    assert world.shop.asked == [URL, URL]


async def test_all_who_ask_the_same_at_once_share_one_request(world: World) -> None:
    world.shop.gate.clear()
    asking = [asyncio.create_task(world.backends.allows(URL)) for _ in range(5)]
    while not world.shop.asked:
        await asyncio.sleep(0)
    asking[0].cancel()
    world.shop.gate.set()
    assert await asyncio.gather(*asking[1:]) == [True] * 4
    assert world.shop.asked == [URL]


async def test_no_more_answers_are_kept_than_there_is_room_for(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backends, "MOST_REMEMBERED", 2)
    for user in (1, 2, 3, 2, 1):
        await world.backends.allows(f"http://shop.example/?user_id={user}")
    assert [url[-1] for url in world.shop.asked] == ["1", "2", "3", "1"]


async def test_one_that_keeps_failing_is_left_alone_and_then_tried_once(world: World) -> None:
    world.shop.fail()
    for n in range(PATIENCE):
        assert await world.fails(f"{URL}{n}")
    assert await world.fails()
    assert len(world.shop.asked) == PATIENCE
    world.now = REST
    assert await world.fails()
    assert await world.fails()
    assert len(world.shop.asked) == PATIENCE + 1
    world.now = 2 * REST
    world.shop.answer = lambda: httpx.Response(200, json={"allowed": True})
    assert await world.backends.allows(URL)
    assert await world.backends.allows(f"{URL}1")


async def test_while_one_tries_again_the_others_wait_for_nothing(world: World) -> None:
    world.shop.fail()
    for n in range(PATIENCE):
        await world.fails(f"{URL}{n}")
    world.now = REST
    world.shop.gate.clear()
    probe = asyncio.create_task(world.fails())
    while len(world.shop.asked) == PATIENCE:
        await asyncio.sleep(0)
    assert await world.fails(f"{URL}1")
    world.shop.gate.set()
    assert await probe


async def test_another_back_end_is_still_asked(world: World) -> None:
    world.shop.fail()
    for n in range(PATIENCE):
        await world.fails(f"{URL}{n}")
    world.shop.answer = lambda: httpx.Response(200, json={"allowed": True})
    assert await world.backends.allows("http://other.example/ws/can_join?room=x&user_id=7")


async def test_a_success_in_between_is_forgiveness(world: World) -> None:
    answer = world.shop.answer
    for n in range(2 * PATIENCE):
        world.shop.fail()
        assert await world.fails(f"{URL}{n}")
        world.shop.answer = answer
        assert await world.backends.allows(f"{URL}ok{n}")


async def test_one_that_does_not_answer_is_given_up(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backends, "TIMEOUT", 0.05)
    world.shop.gate.clear()
    assert await world.fails()
