"""Is what back-ends publish on Redis stored once, by the one who holds the duty, and nothing else?"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import redis.asyncio
from django.conf import settings

from dashboards.models import Negocio
from notifications import journal
from notifications.models import Event
from realtime import leases
from realtime import redis_in as module
from realtime.database import in_thread
from realtime.redis_in import DUTY, RedisIn
from realtime.tenancy import Tenancy
from tools.testbed.redis_server import redis_server

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A Redis of its own: what is published is heard in all databases, by tests that run at the same time too."""
    with redis_server() as url:
        yield url


class World:
    def __init__(self, redis_in: RedisIn, back_end: Any) -> None:
        self.redis_in, self.back_end = redis_in, back_end

    async def listening(self) -> None:
        """Rounds until Redis has acknowledged the subscriptions."""
        async with asyncio.timeout(10):
            while await self.back_end.publish("ws:room:nobody", "{") == 0:
                await self.round()
        await self.come(1)
        await self.round()
        self.redis_in.counts.clear()

    async def come(self, count: int) -> None:
        """Wait until so many messages have."""
        async with asyncio.timeout(10):
            while len(self.redis_in._waiting) < count:
                await asyncio.sleep(0.01)

    async def round(self) -> None:
        await self.redis_in.duty().work()

    async def stored(self) -> list[tuple[str, str, Any]]:
        rows = Event.objects.exclude(topic="events").order_by("id").values_list("topic", "type", "data")
        return await in_thread(lambda: list(rows))


@pytest.fixture
async def world(url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    monkeypatch.setattr(settings, "DEFAULT_NEGOCIO", {"marketplace": "tienda"})
    monkeypatch.setattr(module, "ring_sequencer", lambda: None)
    await in_thread(Negocio.objects.create, code="tienda", name="Tienda", kind="marketplace")
    redis_in, back_end = RedisIn(url, Tenancy(), "me"), redis.asyncio.from_url(url)
    await in_thread(leases.hold, [DUTY], "me")
    yield World(redis_in, back_end)
    await redis_in.stop()
    await back_end.aclose()
    await in_thread(leases.end_process, "me")


async def test_what_is_published_is_stored_in_its_order(world: World) -> None:
    await world.listening()
    for n in range(3):
        await world.back_end.publish(f"ws:room:order-{n}", f'{{"event":"order_updated","data":{n},"to":"x"}}')
    await world.back_end.publish("events", '{"type":"ADMIN_STATS_UPDATED","metadata":{"action":"created"}}')
    await world.back_end.publish("other", '{"event":"x"}')
    await world.come(4)
    await world.round()
    assert await world.stored() == [
        *((f"room:order-{n}", "order_updated", n) for n in range(3)),
        ("room:admins", "ADMIN_STATS_UPDATED", {"metadata": {"action": "created"}}),
    ]


async def test_what_is_malformed_is_counted_and_keeps_nothing_else_back(world: World) -> None:
    await world.listening()
    bad = [
        b"{nope",
        b"\xff",
        b"[]",
        b'{"event":"x","data":"\\u0000"}',
        b'{"event":"x","data":' + b"[" * 900 + b"]" * 900 + b"}",
    ]
    good = b'{"event":"good","data":{}}'
    for message in [bad[0], good, *bad[1:], good, b'{"event":"x","data":"' + b"x" * module.MOST_BYTES + b'"}']:
        await world.back_end.publish("ws:room:r", message)
    await world.come(8)
    await world.round()
    assert await world.stored() == [("room:r", "good", {})] * 2
    assert (world.redis_in.counts["stored"], world.redis_in.counts["malformed"]) == (2, 6)


async def test_who_has_lost_the_duty_stores_nothing(world: World) -> None:
    await world.listening()
    await in_thread(leases.end_process, "me")
    await in_thread(leases.hold, [DUTY], "other")
    await world.back_end.publish("ws:room:r", b'{"event":"x","data":1}')
    await world.come(1)
    await world.round()
    assert await world.stored() == []
    assert world.redis_in.counts["dropped"] == 1
    await in_thread(leases.end_process, "other")


async def test_who_is_asked_no_more_listens_no_more(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "GRACE", 0.6)
    await world.listening()
    async with asyncio.timeout(10):
        while await world.back_end.publish("ws:room:r", b'{"event":"x","data":1}'):
            await asyncio.sleep(0.05)
    assert not world.redis_in._waiting
    await world.listening()
    assert await world.stored() == []


async def test_what_cannot_be_stored_waits(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await world.listening()

    def fail(*_: Any) -> None:
        raise ConnectionError("no PostgreSQL")

    await world.back_end.publish("ws:room:r", b'{"event":"x","data":1}')
    await world.come(1)
    with monkeypatch.context() as away:
        away.setattr(journal, "store_all", fail)
        with pytest.raises(ConnectionError):
            await world.round()
    await world.round()
    assert await world.stored() == [("room:r", "x", 1)]


async def test_it_comes_back_when_its_connection_is_cut(world: World) -> None:
    await world.listening()
    cut = [each["id"] for each in await world.back_end.client_list() if each["sub"] != "0"]
    assert len(cut) == 1
    await world.back_end.execute_command("CLIENT", "KILL", "ID", cut[0])
    await world.listening()
    await world.back_end.publish("events", '{"type":"ADMIN_STATS_UPDATED"}')
    await world.come(1)
    await world.round()
    assert [type for _, type, _ in await world.stored()] == ["ADMIN_STATS_UPDATED"]


async def test_without_a_negocio_nothing_is_stored(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await world.listening()
    monkeypatch.setattr(settings, "DEFAULT_NEGOCIO", {})
    await world.back_end.publish("ws:room:r", b'{"event":"x","data":1}')
    await world.come(1)
    await world.round()
    assert await world.stored() == []
    assert world.redis_in.counts["malformed"] == 1
