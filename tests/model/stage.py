"""On what stage does the model test play? Two nodes and some clients, which come to rest between two steps."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from contextvars import Context, copy_context
from typing import Any

from redis.exceptions import RedisError

from dashboards.models import Negocio
from realtime import layer
from realtime.database import in_thread
from realtime.layer import PulsoChannelLayer
from realtime.updates import read_epoch
from tests.acceptance.clients import token
from tests.model.clients import Client, Socket, Stream, cut_off_who_leaves
from tests.model.gates import MARK, MARKS
from tests.model.journal import wipe
from tests.model.oracle import Broken, Oracle
from tests.model.stations import PATIENCE, WHILE_AWAY, RedisHost, Station, is_busy

CODE, KIND = "modelo", "parking"
# Both are told of what is told in the first.
TOPICS = ("parking", "events")
NODES = 2
# So long a step may take to come to rest. Seconds.
STEP = 1.0


class Stage:
    """One example's nodes and clients, and its Redis. Every step comes to rest before the next: what is still under way
    then is held by some gate."""

    def __init__(self, redis: RedisHost, negocio: Negocio, prefix: str) -> None:
        self.redis, self.negocio, self._prefix = redis, negocio, prefix
        self._mark = 0
        self._tasks: set[asyncio.Future[Any]] = set()

    async def start(self) -> None:
        await in_thread(wipe)
        self.oracle = Oracle(await in_thread(read_epoch), TOPICS)
        self.worker = PulsoChannelLayer(self.redis.url, self._prefix)
        self.stations = [await self._station() for _ in range(NODES)]
        bearer = [(b"authorization", f"Bearer {token(CODE)}".encode())]
        self.sockets = [Socket(f"socket {n}", self.oracle, bearer, CODE) for n in range(3)]
        self.streams = [Stream(f"stream {n}", self.oracle, bearer, CODE) for n in range(2)]
        self.bearer = bearer
        await self.rest()

    @property
    def clients(self) -> list[Client]:
        return [*self.sockets, *self.streams]

    @property
    def present(self) -> list[Client]:
        return [client for client in self.clients if client.present]

    @property
    def connected(self) -> list[Client]:
        return [client for client in self.clients if client.connected]

    async def end(self) -> None:
        if not self.redis.up:
            await self.start_redis()
        for station in self.stations:
            station.layer.let_go()
            station.reads.open()
        for client in self.clients:
            await client.disconnect()
        await cut_off_who_leaves()
        for station in self.stations:
            await station.end()
        await self.worker.flush()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def stop_redis(self) -> None:
        layer.SUBSCRIBE_TIMEOUT = WHILE_AWAY
        await asyncio.to_thread(self.redis.stop)
        async with asyncio.timeout(PATIENCE):
            while any(station.layer.inner._get_layer().connected for station in self.stations):
                await asyncio.sleep(0.001)
        await self.rest()

    async def start_redis(self) -> None:
        await asyncio.to_thread(self.redis.start)
        await self.connected_again()
        layer.SUBSCRIBE_TIMEOUT = PATIENCE
        await self.rest()

    def context(self, node: int) -> Context:
        return self.stations[node].context

    async def rest(self) -> None:
        """Wait until nothing happens any more but what a gate holds."""
        loop = asyncio.get_running_loop()
        deadline, calm = loop.time() + STEP, 0
        while calm < 2 and loop.time() < deadline:
            if is_busy():
                calm = 0
                await asyncio.sleep(0.001)
            else:
                await self._drain()
                calm += 1
        self.raise_complaints()

    def raise_complaints(self) -> None:
        complaints = [complaint for client in self.clients for complaint in client.complaints]
        if complaints:
            raise Broken("; ".join(complaints))

    async def _drain(self) -> None:
        """Wait until the nodes have got what was published before."""
        if not self.redis.up:
            await asyncio.sleep(0)
            return
        self._mark += 1
        with suppress(TimeoutError, RedisError):
            async with asyncio.timeout(STEP):
                await self.worker.group_send(MARKS, {"type": MARK, "number": self._mark})
                while any(station.layer.mark < self._mark for station in self.stations):
                    await asyncio.sleep(0)

    async def connected_again(self) -> None:
        async with asyncio.timeout(PATIENCE):
            while not all(station.layer.inner._get_layer().connected for station in self.stations):
                await asyncio.sleep(0.002)

    async def _station(self) -> Station:
        station = copy_context().run(Station, self.redis.url, self._prefix)
        await station.start()
        return station

    def start_in(self, station: Station, work: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.create_task(work, context=station.context)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
