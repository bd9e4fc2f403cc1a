"""Is an event that was acknowledged ever lost or told twice, while processes and connections are killed at random?"""

import asyncio
import signal
from collections.abc import Iterator
from random import Random

import psycopg
import pytest
from redis import Redis

from dashboards.models import Negocio
from notifications.service_keys import new_key
from realtime.database import in_thread
from tests.acceptance.cluster import Cluster, Program
from tests.acceptance.databases import django_uses, fresh_database, url_of
from tests.acceptance.resumers import Publisher, Resumer, crowd, missing, repeated
from tools.testbed.redis_server import redis_server

NEGOCIOS, CLIENTS = 5, 40
RATE, BATCH = 200.0, 4
FROZEN = 1.5  # s
SETTLED_WITHIN = 40.0


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, django_db_blocker: "pytest.FixtureRequest") -> Iterator[Cluster]:
    folder = tmp_path_factory.mktemp("nothing-is-lost")
    with (
        django_db_blocker.unblock(),  # type: ignore[attr-defined]
        redis_server() as redis,
        fresh_database() as name,
        django_uses(name),
        Cluster(name, folder, REDIS_URL=redis, UPDATE_INTERVAL="1") as cluster,
    ):
        yield cluster.start(webs=2, workers=2)


class Faults:
    """What goes wrong, one thing at a time; whatever was killed is started again."""

    def __init__(self, cluster: Cluster, random: Random) -> None:
        self._cluster, self._random = cluster, random

    async def kill_a_worker(self) -> None:
        worker = self._random.choice(self._cluster.workers)
        await asyncio.to_thread(worker.kill)
        self._cluster.workers.remove(worker)
        await asyncio.to_thread(self._cluster.add_worker)

    async def kill_a_web(self) -> None:
        web = self._random.choice(self._cluster.webs)
        await asyncio.to_thread(web.kill)
        self._cluster.webs.remove(web)
        await asyncio.to_thread(self._cluster.add_web)

    async def freeze_a_worker(self) -> None:
        await self._freeze(self._random.choice(self._cluster.workers))

    async def freeze_a_web(self) -> None:
        await self._freeze(self._random.choice(self._cluster.webs))

    async def cut_every_subscription(self) -> None:
        await asyncio.to_thread(self._kill_clients)

    async def cut_every_database_connection(self) -> None:
        await asyncio.to_thread(self._end_backends)

    async def _freeze(self, program: Program) -> None:
        program.signal(signal.SIGSTOP)
        await asyncio.sleep(FROZEN)
        program.signal(signal.SIGCONT)

    def _kill_clients(self) -> None:
        with Redis.from_url(self._cluster.environment["REDIS_URL"]) as redis:
            redis.client_kill_filter(_type="pubsub")

    def _end_backends(self) -> None:
        with psycopg.connect(url_of("postgres"), autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [self._cluster.database]
            )


def test_a_list_of_faults_names_them_all() -> None:
    assert set(FAULTS) == {name for name in vars(Faults) if not name.startswith("_")}


FAULTS = (
    "kill_a_worker", "cut_every_subscription", "freeze_a_web", "kill_a_web", "freeze_a_worker",
    "cut_every_database_connection",
)  # fmt: skip


@pytest.mark.parametrize("seed", [1])
async def test_everything_acknowledged_reaches_everybody_once(running: Cluster, seed: int) -> None:
    random = Random(seed)
    keys = {}
    for number in range(NEGOCIOS):
        negocio = await in_thread(Negocio.objects.create, code=f"n{seed}-{number}", name="n", kind="tourism")
        keys[negocio.code] = await in_thread(new_key, negocio, "prueba")

    def urls() -> list[str]:
        return [web.ws for web in running.webs]

    resumers = [Resumer(random.choice(list(keys)), urls, random) for _ in range(CLIENTS)]
    publisher = Publisher(keys, urls, random)
    faults = Faults(running, random)
    async with crowd(resumers):
        publishing = asyncio.create_task(publisher.run(RATE, BATCH))
        for fault in [*FAULTS, *random.sample(FAULTS, 2)]:
            await asyncio.sleep(0.5)
            await getattr(faults, fault)()
        await asyncio.sleep(0.5)
        publishing.cancel()
        await asyncio.gather(publishing, return_exceptions=True)
        async with asyncio.timeout(SETTLED_WITHIN):
            while missing(resumers, publisher):
                await asyncio.sleep(0.2)
        await asyncio.sleep(1)  # for what might be told twice
    told = sum(map(len, publisher.owed.values()))
    print(f"{told} events, {sum(each.returns for each in resumers)} returns, refused {dict(publisher.refusals)}")
    assert [fault for each in resumers for fault in each.faults] == []
    assert repeated(resumers) == 0
    assert told > 500
