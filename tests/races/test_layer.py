"""Is a process deaf after its connection to Redis broke, at whatever moment, while rooms opened and closed?"""

import asyncio
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError

from realtime import broadcasting, subscribing
from realtime import layer as module
from realtime.layer import RESYNC, PulsoChannelLayer
from tools.testbed.redis_server import redis_server

GROUPS = 20
CANCELLED = 300


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A Redis of these tests alone: its connections are killed."""
    with redis_server() as url:
        yield url


class Ear:
    """One channel of a layer, and what it heard."""

    def __init__(self, layer: PulsoChannelLayer, channel: str) -> None:
        self.layer, self.channel = layer, channel
        self.heard: list[Any] = []
        self.task = asyncio.create_task(self._listen())

    async def hears(self, group: str, timeout: float = 5.0) -> bool:
        """Does what is sent to the group arrive?"""
        message = {"type": "test", "number": random.random()}
        await self.layer.group_send(group, message)
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                while message not in self.heard:
                    await asyncio.sleep(0.01)
        return message in self.heard

    async def _listen(self) -> None:
        while True:
            self.heard.append(await self.layer.receive(self.channel))


@asynccontextmanager
async def listening(url: str) -> AsyncIterator[Ear]:
    layer = PulsoChannelLayer(url, prefix="races")
    ear = Ear(layer, await layer.new_channel())
    try:
        yield ear
    finally:
        ear.task.cancel()
        await asyncio.gather(ear.task, return_exceptions=True)
        await layer.flush()


@asynccontextmanager
async def admin(url: str) -> AsyncIterator[Any]:
    redis = Redis.from_url(url)
    try:
        yield redis
    finally:
        await redis.aclose()


async def channels(redis: Any) -> set[str]:
    """The groups that anybody is subscribed to."""
    names = [name.decode() for name in await redis.pubsub_channels("*__group__*")]
    return {name.rpartition("__group__")[2] for name in names}


async def test_no_group_is_deaf_and_none_is_left_after_connections_broke_all_the_time(url: str) -> None:
    dice = random.Random(11)
    joined: dict[str, bool] = {f"group-{number}": False for number in range(GROUPS)}

    async def toggle(ear: Ear, group: str, until: float) -> None:
        while asyncio.get_running_loop().time() < until:
            try:
                await ear.layer.group_add(group, ear.channel)
                joined[group] = True
                await asyncio.sleep(dice.choice([0, 0.003, 0.02]))
                if dice.random() < 0.8:
                    joined[group] = False
                    await ear.layer.group_discard(group, ear.channel)
            except (RedisError, OSError, TimeoutError):
                joined[group] = False
                with suppress(RedisError, OSError, TimeoutError):
                    await ear.layer.group_discard(group, ear.channel)

    async def break_connections(redis: Any, until: float) -> None:
        while asyncio.get_running_loop().time() < until:
            await redis.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
            await asyncio.sleep(dice.choice([0.005, 0.05, 0.3]))

    async with admin(url) as redis, listening(url) as ear:
        until = asyncio.get_running_loop().time() + 4
        await asyncio.gather(break_connections(redis, until), *(toggle(ear, group, until) for group in joined))
        await asyncio.sleep(2)
        assert RESYNC in {message["type"] for message in ear.heard}
        deaf = [group for group, is_in in joined.items() if is_in and not await ear.hears(group)]
        assert deaf == []
        assert await channels(redis) == {group for group, is_in in joined.items() if is_in}


class Proxy:
    """Between a process and Redis, as a firewall that may forget connections: they stay open, nothing passes."""

    def __init__(self, url: str) -> None:
        self.redis_port = int(url.rpartition(":")[2].partition("/")[0])
        self.connections: list[asyncio.Event] = []
        self.tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> "Proxy":
        self.server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.url = f"redis://127.0.0.1:{self.server.sockets[0].getsockname()[1]}/0"
        return self

    async def __aexit__(self, *error: object) -> None:
        self.server.close()
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    def forget_connections(self) -> None:
        for forgotten in self.connections:
            forgotten.set()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        forgotten = asyncio.Event()
        self.connections.append(forgotten)
        there, back = await asyncio.open_connection("127.0.0.1", self.redis_port)
        for source, target in ((reader, back), (there, writer)):
            self.tasks.add(asyncio.create_task(self._pass(source, target, forgotten)))

    async def _pass(self, source: asyncio.StreamReader, target: asyncio.StreamWriter, forgotten: asyncio.Event) -> None:
        try:
            while data := await source.read(65536):
                if not forgotten.is_set():
                    target.write(data)
        finally:
            target.close()


async def test_a_connection_that_died_without_a_word_is_replaced(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subscribing, "PATIENCE", 0.5)
    async with Proxy(url) as proxy, listening(proxy.url) as ear:
        await ear.layer.group_add("group", ear.channel)
        assert await ear.hears("group")
        proxy.forget_connections()
        async with asyncio.timeout(10):
            while {"type": RESYNC} not in ear.heard:
                await asyncio.sleep(0.05)
        async with listening(url) as other:
            await other.layer.group_send("group", {"type": "test"})
        await asyncio.sleep(0.3)
        assert {"type": "test"} in ear.heard


async def test_a_sender_whose_connection_died_without_a_word_is_told_and_the_next_has_another(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broadcasting, "PATIENCE", 0.3)
    async with Proxy(url) as proxy, listening(url) as ear:
        await ear.layer.group_add("group", ear.channel)
        layer = PulsoChannelLayer(proxy.url, prefix="races")
        await layer.group_send("group", {"type": "first"})
        proxy.forget_connections()
        with pytest.raises(TimeoutError):
            await layer.group_send("group", {"type": "lost"})
        await layer.group_send("group", {"type": "second"})
        await asyncio.sleep(0.2)
        assert ear.heard == [{"type": "first"}, {"type": "second"}]
        await layer.flush()


async def test_a_quiet_connection_is_kept(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subscribing, "PATIENCE", 0.1)
    async with listening(url) as ear:
        await ear.layer.group_add("group", ear.channel)
        await asyncio.sleep(1)
        assert ear.heard == []
        assert await ear.hears("group")


async def test_a_subscription_that_redis_never_acknowledges_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SUBSCRIBE_TIMEOUT", 0.2)
    layer = PulsoChannelLayer("redis://127.0.0.1:1/0", prefix="races")
    with pytest.raises(TimeoutError):
        await layer.new_channel()
    assert layer.channels == {}
    await layer.flush()


async def test_who_subscribes_while_redis_is_away_waits_for_it() -> None:
    with redis_server() as away:
        pass
    port = int(away.rpartition(":")[2].partition("/")[0])
    layer = PulsoChannelLayer(away, prefix="races")
    waiting = asyncio.create_task(layer.new_channel())
    await asyncio.sleep(0.5)
    assert not waiting.done()
    with redis_server(port):
        ear = Ear(layer, await waiting)
        await layer.group_add("group", ear.channel)
        assert await ear.hears("group")
        ear.task.cancel()
        await asyncio.gather(ear.task, return_exceptions=True)
        await layer.flush()


async def test_whoever_is_cancelled_while_it_sends_ends(url: str) -> None:
    layer = PulsoChannelLayer(url, prefix="cancelled")

    async def send() -> None:
        while True:
            await layer.group_send("group", {"type": "test"})

    try:
        for _ in range(CANCELLED):
            sending = asyncio.create_task(send())
            await asyncio.sleep(random.uniform(0, 0.003))
            sending.cancel()
            done, _ = await asyncio.wait({sending}, timeout=2)
            assert done, "it goes on for ever"
            assert sending.cancelled()
    finally:
        sending.cancel()
        await layer.flush()
