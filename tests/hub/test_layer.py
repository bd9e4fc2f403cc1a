"""Does the Redis channel layer keep its word: acknowledged subscriptions, and a notice when messages may be lost?

On the testbed's Redis, each test with a prefix of its own.
"""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import pytest_asyncio
from django.conf import settings
from redis.asyncio import Redis
from redis.exceptions import RedisError

from realtime.layer import RESYNC, PulsoChannelLayer

TIMEOUT = 10.0
IDLE = 12.0  # s: redis-py gives a read 5 s by default, channels-redis asks for 5 s


@asynccontextmanager
async def a_layer(prefix: str = "") -> AsyncIterator[Any]:
    layer = PulsoChannelLayer(str(settings.REDIS_URL), prefix or f"test-{uuid.uuid4().hex[:8]}")
    try:
        yield layer
    finally:
        await layer.flush()


@pytest_asyncio.fixture
async def layer() -> AsyncIterator[Any]:
    async with a_layer() as layer:
        yield layer


@pytest_asyncio.fixture
async def redis() -> AsyncIterator[Any]:
    async with Redis.from_url(str(settings.REDIS_URL)) as redis:
        yield redis


async def soon(work: Awaitable[Any]) -> Any:
    async with asyncio.timeout(TIMEOUT):
        return await work


async def subscribers(redis: Any) -> set[str]:
    """The ids of the connections that are subscribed to anything."""
    return {client["id"] for client in await redis.client_list(_type="pubsub")}


async def test_what_is_sent_right_after_a_subscription_arrives(layer: Any) -> None:
    """100 of 100; channels-redis' own returns before Redis has subscribed, and loses them."""
    channel = await layer.new_channel("relay.")
    async with a_layer(layer._prefix) as other:
        await other.group_send("warm", {"type": "up"})
        for number in range(100):
            await layer.group_add(f"group{number}", channel)
            await other.group_send(f"group{number}", {"type": "n", "n": number})
    got = [await soon(layer.receive(channel)) for _ in range(100)]
    assert [message["n"] for message in got] == list(range(100))


async def test_who_comes_while_a_group_is_subscribed_waits_for_it_too(layer: Any) -> None:
    one, two = await layer.new_channel(), await layer.new_channel()
    await asyncio.gather(layer.group_add("group", one), layer.group_add("group", two))
    await layer.group_send("group", {"type": "x"})
    assert [await soon(layer.receive(each)) for each in (one, two)] == [{"type": "x"}] * 2


async def test_a_group_that_was_left_is_heard_no_more_and_can_be_joined_again(layer: Any) -> None:
    channel = await layer.new_channel()
    await layer.group_add("group", channel)
    await layer.group_discard("group", channel)
    await layer.group_send("group", {"type": "lost"})
    await layer.group_add("group", channel)
    await layer.group_send("group", {"type": "kept"})
    assert (await soon(layer.receive(channel)))["type"] == "kept"


async def test_leaving_and_joining_at_once_ends_joined(layer: Any) -> None:
    channel = await layer.new_channel()
    for number in range(30):
        await layer.group_add("group", channel)
        await asyncio.gather(layer.group_discard("group", channel), layer.group_add("group", channel))
        await layer.group_send("group", {"type": "n", "n": number})
        assert (await soon(layer.receive(channel)))["n"] == number


async def test_a_lost_connection_is_told_and_mended(layer: Any, redis: Any) -> None:
    before = await subscribers(redis)
    channel = await layer.new_channel()
    await layer.group_add("group", channel)
    for _ in range(3):
        (own,) = await subscribers(redis) - before
        await redis.client_kill_filter(_id=own)
        assert (await soon(layer.receive(channel)))["type"] == RESYNC
        await layer.group_send("group", {"type": "x"})
        message = await soon(layer.receive(channel))
        while message["type"] == RESYNC:  # one for each subscription that came back
            message = await soon(layer.receive(channel))
        assert message["type"] == "x"
        assert layer.connected


async def test_many_messages_go_at_once_and_come_in_their_order(layer: Any) -> None:
    channel = await layer.new_channel()
    for group in ("a", "b"):
        await layer.group_add(group, channel)
    size = 300_000  # more than is written at once
    sent = [{"type": "n", "n": n, "pad": "x" * (size if n % 100 == 7 else 10)} for n in range(1_000)]
    await soon(layer.group_send_all([("ab"[place % 2], message) for place, message in enumerate(sent)]))
    assert [await soon(layer.receive(channel)) for _ in sent] == sent


async def test_what_several_send_at_the_same_time_all_comes(layer: Any) -> None:
    channel = await layer.new_channel()
    await layer.group_add("group", channel)
    await asyncio.gather(*(layer.group_send("group", {"type": "n", "n": n}) for n in range(500)))
    assert [(await soon(layer.receive(channel)))["n"] for _ in range(500)] == [*range(500)]


async def test_sending_goes_on_over_another_connection(layer: Any, redis: Any) -> None:
    channel = await layer.new_channel()
    await layer.group_add("group", channel)
    for number in range(3):
        await layer.group_send("group", {"type": "n", "n": number})
        assert (await soon(layer.receive(channel)))["n"] == number
        for client in await redis.client_list(_type="normal"):
            if client["cmd"] == "publish":
                await redis.client_kill_filter(_id=client["id"])


async def test_an_idle_subscription_lives_on(layer: Any) -> None:
    """Twelve seconds of silence, in a layer that has one channel and one that has many."""
    async with a_layer() as other:
        quiet = await layer.new_channel()
        await layer.group_add("group", quiet)
        busy = [await other.new_channel() for _ in range(20)]
        for channel in busy:
            await other.group_add("group", channel)
        waiting = [asyncio.ensure_future(layer.receive(quiet))]
        waiting += [asyncio.ensure_future(other.receive(channel)) for channel in busy]
        await asyncio.sleep(IDLE)
        assert not any(each.done() for each in waiting)
        await layer.group_send("group", {"type": "still here"})
        await other.group_send("group", {"type": "still here"})
        assert await soon(asyncio.gather(*waiting)) == [{"type": "still here"}] * 21
        assert layer.connected
        assert other.connected


async def test_a_redis_that_is_not_there_fails_soon() -> None:
    layer = PulsoChannelLayer("redis://127.0.0.1:1/0")
    with pytest.raises((RedisError, TimeoutError)):
        await soon(layer.group_send("group", {"type": "x"}))
    with pytest.raises((RedisError, TimeoutError)):
        await soon(layer.new_channel())
    await layer.flush()


async def test_a_process_knows_that_its_subscriptions_do_not_stand(layer: Any) -> None:
    await layer.group_add("group", await layer.new_channel())
    assert layer.connected
    (shard,) = layer._get_layer()._shards
    shard._subscriber._new_connection = Redis(port=1).connection_pool.make_connection  # nobody is there
    shard._subscriber._task.cancel()
    shard._subscriber._task = asyncio.create_task(shard._subscriber._run())
    async with asyncio.timeout(TIMEOUT):
        while layer.connected:
            await asyncio.sleep(0.01)
