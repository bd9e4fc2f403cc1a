"""What are faults done to? Web processes and workers, with a PostgreSQL and a Redis of their own, under load."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from random import Random

import httpx

from dashboards.models import Negocio
from notifications.service_keys import new_key
from tests.acceptance.businesses import new_negocio, new_shop
from tests.acceptance.cluster import Cluster
from tests.acceptance.databases import django_uses
from tests.acceptance.faults.scale import BATCH, RATE, SCALE, SEED
from tests.acceptance.faults.verdicts import Verdict, verdicts
from tests.acceptance.outages import OwnPostgres, OwnRedis
from tests.acceptance.resumers import Publisher, Resumer, crowd, missing

SETTLED_WITHIN = 40.0
LOOK_AGAIN = 0.05


class World:
    """A running cluster and the businesses in it: `keys` are of those that events are told to, `queue` and `equipment`
    belong to dashboards."""

    def __init__(self, cluster: Cluster, postgres: OwnPostgres, redis: OwnRedis) -> None:
        self.cluster, self.postgres, self.redis = cluster, postgres, redis
        self.random = Random(SEED)
        self.keys = {}
        for number in range(SCALE.negocios):
            negocio = new_negocio(f"rutas-{number}", "tourism")
            self.keys[negocio.code] = new_key(negocio, "prueba")
        self.queue = new_negocio("cola")
        self.equipment = new_shop("taller")

    @property
    def shown(self) -> list[Negocio]:
        """The negocios with dashboards."""
        return [self.queue, self.equipment.negocio]

    def urls(self) -> list[str]:
        return [web.ws for web in self.cluster.webs]

    async def readiness(self) -> list[int]:
        """What /health/ready of each web process answers."""
        async with httpx.AsyncClient(timeout=10, trust_env=False) as http:
            answers = await asyncio.gather(*(http.get(f"{web.http}/health/ready") for web in self.cluster.webs))
        return [answer.status_code for answer in answers]

    async def is_ready(self, ready: bool, within: float) -> float:
        """Seconds until every web process says so (or that it isn't); raises TimeoutError."""
        wanted, started = {200 if ready else 503}, time.monotonic()
        async with asyncio.timeout(within):
            while set(await self.readiness()) != wanted:
                await asyncio.sleep(LOOK_AGAIN)
        return time.monotonic() - started


class Load:
    """Clients that resume, and publishers; `patient`: whether clients sit out whatever silence."""

    def __init__(self, world: World, patient: bool | None) -> None:
        random, codes = world.random, list(world.keys)
        self.resumers = [
            Resumer(
                codes[number % len(codes)],
                world.urls,
                random,
                bool(random.getrandbits(1)) if patient is None else patient,
            )
            for number in range(SCALE.clients)
        ]
        self.publisher = Publisher(world.keys, world.urls, random)

    @property
    def returns(self) -> int:
        """So often a client had to come back."""
        return sum(each.returns for each in self.resumers)

    async def caught_up(self, within: float = SETTLED_WITHIN) -> float:
        """Seconds until everybody has heard what is acknowledged by now; raises TimeoutError."""
        owed = {negocio: marks.copy() for negocio, marks in self.publisher.owed.items()}
        started = time.monotonic()
        async with asyncio.timeout(within):
            while missing(self.resumers, owed):
                await asyncio.sleep(LOOK_AGAIN)
        return time.monotonic() - started

    async def acknowledged(self, more: int = 1) -> float:
        """Seconds until so many more requests were acknowledged."""
        started, before = time.monotonic(), self.publisher.acknowledged
        while self.publisher.acknowledged < before + more:
            await asyncio.sleep(LOOK_AGAIN)
        return time.monotonic() - started

    def judge(self, verdict: Verdict) -> None:
        """Fill in what was counted, and raise AssertionError where something isn't as promised."""
        verdict.told = self.publisher.told
        verdict.lost = missing(self.resumers, self.publisher.owed)
        verdict.repeated = sum(each.repeats for each in self.resumers)
        verdict.longest = max(each.slowest for each in self.resumers)
        faults = [fault for each in self.resumers for fault in each.faults]
        assert (verdict.lost, verdict.repeated, faults[:5]) == (0, 0, []), (verdict, faults[:5])
        assert all(seconds <= verdict.bound * SCALE.slack for seconds in verdict.recoveries), verdict


@asynccontextmanager
async def load(world: World, verdict: Verdict, patient: bool | None = None) -> AsyncIterator[Load]:
    """200 events a second to everybody for the length of the block; then all that is owed must come, once."""
    verdicts.append(verdict)
    under = Load(world, patient)
    async with crowd(under.resumers):
        publishing = asyncio.create_task(under.publisher.run(RATE, BATCH))
        try:
            await under.acknowledged(more=5)
            yield under
        finally:
            publishing.cancel()
            await asyncio.gather(publishing, return_exceptions=True)
        with suppress(TimeoutError):  # judged below
            await under.caught_up()
        await asyncio.sleep(1)  # for what might be told twice
    under.judge(verdict)


@contextmanager
def world(folder: Path) -> Iterator[World]:
    """A running one, gone at the end."""
    redis, postgres = OwnRedis(), OwnPostgres()
    with closing_both(redis, postgres), django_uses(postgres.address.dbname, **postgres.django):
        settings = {"UPDATE_INTERVAL": f"{SCALE.update_interval:g}", "REDIS_URL": redis.url}
        with Cluster(postgres.address.dbname, folder, DATABASE_URL=postgres.url, **settings) as cluster:
            migrated = cluster.manage("migrate", "--verbosity", "0")
            assert migrated.returncode == 0, migrated.stderr
            cluster.start(webs=2, workers=2)
            yield World(cluster, postgres, redis)


@contextmanager
def closing_both(redis: OwnRedis, postgres: OwnPostgres) -> Iterator[None]:
    try:
        yield
    finally:
        redis.stop()
        postgres.remove()
