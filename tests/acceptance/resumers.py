"""Clients that come back wherever they were cut off, publishers that try until they are heard; and who is owed what."""

import asyncio
import itertools
import json
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from random import Random
from typing import Any

import httpx
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from tests.acceptance.clients import token

TOPIC = "events"
PATIENCE = 0.2  # s, before another try


class Resumer:
    """One client of one negocio: reads the events, and after any end resumes from the last one, at any process."""

    def __init__(self, negocio: str, urls: Callable[[], Sequence[str]], random: Random) -> None:
        self.negocio, self.heard = negocio, Counter[str]()
        self.faults: list[str] = []
        self.returns = -1
        self.subscribed = asyncio.Event()
        self._urls, self._random = urls, random
        self._place: dict[str, Any] = {}

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            with suppress(OSError, WebSocketException, TimeoutError):
                await self._connected()
            await asyncio.sleep(PATIENCE * self._random.random())

    async def _connected(self) -> None:
        url = f"{self._random.choice(self._urls())}/ws/native?token={token(self.negocio)}"
        async with connect(
            url, compression=None, proxy=None, open_timeout=5, ping_interval=5, ping_timeout=5
        ) as socket:
            await socket.send(json.dumps({"v": 1, "type": "subscribe", "id": 1, "topic": TOPIC, **self._place}))
            async for text in socket:
                frame = json.loads(text)
                if frame["type"] == "subscribed":
                    self._begin(frame)
                elif "seq" in frame:
                    self._hear(frame)
                elif frame["type"] == "error":
                    return  # try again, maybe at another process

    def _begin(self, frame: Any) -> None:
        if self._place and not frame["recovered"]:
            self.faults.append(f"{self.negocio}: not recovered from {self._place}: {frame}")
        if not self._place or not frame["recovered"]:
            self._place = {"since": frame["seq"], "epoch": frame["epoch"]}
        self.returns += 1
        self.subscribed.set()

    def _hear(self, frame: Any) -> None:
        if frame["seq"] != self._place["since"] + 1:
            self.faults.append(f"{self.negocio}: {frame['seq']} after {self._place['since']}")
        self._place["since"] = frame["seq"]
        self.heard[frame["data"]["name"]] += 1


class Publisher:
    """Posts batches for all negocios; what is acknowledged is owed to every client of the negocio."""

    def __init__(self, keys: dict[str, str], urls: Callable[[], Sequence[str]], random: Random) -> None:
        self.owed: defaultdict[str, set[str]] = defaultdict(set)
        self.refusals: Counter[int] = Counter()
        self._keys, self._urls, self._random = keys, urls, random
        self._numbers = itertools.count()

    async def run(self, rate: float, batch: int) -> None:
        """`rate` events a second until cancelled; a batch that was begun is brought to its end."""
        loop, tasks = asyncio.get_running_loop(), set()
        due = loop.time()
        try:
            while True:
                tasks.add(asyncio.create_task(self._publish(self._random.choice(list(self._keys)), batch)))
                due += batch / rate
                await asyncio.sleep(max(0, due - loop.time()))
        finally:
            await asyncio.gather(*tasks)

    async def _publish(self, negocio: str, batch: int) -> None:
        names = [f"{negocio}-{next(self._numbers)}" for _ in range(batch)]
        items = [{"topic": TOPIC, "type": "test", "data": {"name": name}} for name in names]
        headers = {"X-API-Key": self._keys[negocio], "Idempotency-Key": names[0]}
        async with httpx.AsyncClient(timeout=5, headers=headers) as http:
            while True:
                url = self._random.choice(self._urls()).replace("ws", "http", 1)
                with suppress(httpx.HTTPError):
                    answer = await http.post(f"{url}/api/publish", json=items)
                    if answer.status_code == 200:
                        break
                    self.refusals[answer.status_code] += 1
                await asyncio.sleep(PATIENCE)
        self.owed[negocio].update(names)


@asynccontextmanager
async def crowd(resumers: Sequence[Resumer]) -> AsyncIterator[None]:
    """All of them connected, until the block ends."""
    tasks = [asyncio.create_task(resumer.run()) for resumer in resumers]
    try:
        async with asyncio.timeout(30):
            await asyncio.gather(*(resumer.subscribed.wait() for resumer in resumers))
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def missing(resumers: Sequence[Resumer], publisher: Publisher) -> int:
    """How many deliveries are still owed."""
    return sum(len(publisher.owed[each.negocio] - each.heard.keys()) for each in resumers)


def repeated(resumers: Sequence[Resumer]) -> int:
    """How many events somebody heard more than once."""
    return sum(count > 1 for each in resumers for count in each.heard.values())
