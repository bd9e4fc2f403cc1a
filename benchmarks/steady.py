"""Who tells something all the while? Twenty negocios' back-ends, so many events a second; and what a process counts."""

import asyncio
import itertools
import re
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

import httpx

from dashboards.models import Negocio
from notifications.service_keys import new_key
from realtime.database import in_thread

NEGOCIOS = 20
RATE, BATCH = 200.0, 4
# A POST waits for one of them: what httpx does for each request grows with their number, and the load shares a core.
CONNECTIONS = 8
# A POST that fails is repeated after so long; its Idempotency-Key keeps it from being told twice. Seconds.
PAUSE = 0.2
METRIC = re.compile(r"^(\w+) ([0-9.e+]+)$", re.MULTILINE)


async def opened_negocios() -> Mapping[str, str]:
    """The negocios' codes and service keys; none may be there before."""
    return await in_thread(_open)


def _open() -> Mapping[str, str]:
    keys = {}
    for number in range(NEGOCIOS):
        negocio = Negocio.objects.create(code=f"n{number}", name="n", kind="tourism", time_zone="UTC")
        keys[negocio.code] = new_key(negocio, "bench")
    return keys


class Publisher:
    """Posts batches to one web process. `told`: how many events each negocio's clients are owed."""

    def __init__(self, http: str, keys: Mapping[str, str]) -> None:
        self.told: Counter[str] = Counter()
        limits = httpx.Limits(max_connections=CONNECTIONS)
        self._http = httpx.AsyncClient(base_url=http, timeout=10, limits=limits)
        self._keys, self._names = keys, itertools.count()

    async def run(self, rate: float = RATE, padding: str = "") -> None:
        """`rate` events a second to all negocios in turn, until cancelled; what was begun is brought to its end."""
        loop = asyncio.get_running_loop()
        due, tasks = loop.time(), set[asyncio.Task[None]]()
        try:
            for code in itertools.cycle(self._keys):
                task = asyncio.create_task(self.post(code, BATCH, padding))
                tasks.add(task)
                task.add_done_callback(tasks.discard)
                due += BATCH / rate
                await asyncio.sleep(max(0.0, due - loop.time()))
        finally:
            await asyncio.gather(*tasks)

    async def post(self, code: str, count: int, padding: str = "") -> None:
        """Tell so many events in one request, until it is heard."""
        headers = {"X-API-Key": self._keys[code], "Idempotency-Key": f"{code}-{next(self._names)}"}
        item = {"type": "aviso", "data": {"sent": time.monotonic(), "padding": padding}}
        while True:
            try:
                answer = await self._http.post("/api/publish", json=[item] * count, headers=headers)
                if answer.status_code == httpx.codes.OK:
                    break
            except httpx.HTTPError:
                pass
            await asyncio.sleep(PAUSE)
        self.told[code] += count

    async def metrics(self) -> Mapping[str, float]:
        """What the web process says of itself: the series without labels."""
        answer = await self._http.get("/metrics")
        return {name: float(value) for name, value in METRIC.findall(answer.text)}

    async def close(self) -> None:
        await self._http.aclose()


@asynccontextmanager
async def telling(publisher: Publisher, padding: str = "", rate: float = RATE) -> AsyncIterator[None]:
    """Meanwhile, events are told."""
    task = asyncio.create_task(publisher.run(rate, padding))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def spread(codes: Sequence[str], count: int) -> list[str]:
    """So many clients' negocios, each as often."""
    return [codes[number % len(codes)] for number in range(count)]
