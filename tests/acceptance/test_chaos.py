"""Is every dashboard right after everything went wrong at once, at random, under load?"""

import asyncio
import os
import random
import signal
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import psycopg
import pytest
from redis import Redis

from realtime.database import in_thread
from tests.acceptance.businesses import new_negocio, new_shop
from tests.acceptance.cluster import Cluster
from tests.acceptance.dashboards import all_right, dashboards
from tests.acceptance.databases import django_uses, fresh_database, url_of
from tests.acceptance.load import Load
from tests.acceptance.nursery import Nursery
from tools.testbed.redis_server import redis_server

SECONDS = float(os.environ.get("PULSO_TEST_CHAOS", "15"))
SEED = int(os.environ.get("PULSO_TEST_SEED", "0")) or random.randrange(1_000_000)
# A frozen worker loses what it holds after 8 s.
RIGHT_WITHIN = 15.0
OF_A_KIND = 4

Trouble = Callable[[], Awaitable[None]]


@pytest.fixture(scope="module")
def redis() -> Iterator[str]:
    with redis_server() as url:
        yield url


@pytest.fixture(scope="module")
def running(redis: str, tmp_path_factory: pytest.TempPathFactory, django_db_blocker: Any) -> Iterator[Cluster]:
    folder = tmp_path_factory.mktemp("chaos")
    with (
        django_db_blocker.unblock(),
        fresh_database() as name,
        django_uses(name),
        Cluster(name, folder, REDIS_URL=redis, UPDATE_INTERVAL="600") as cluster,
    ):
        yield cluster.start(webs=2, workers=0)


class Troublemaker:
    """Does harm to workers and connections; the web processes keep running, since their sockets are watched."""

    def __init__(self, running: Cluster, nursery: Nursery, redis: str, dice: random.Random) -> None:
        self._running, self._nursery, self._redis, self._dice = running, nursery, redis, dice
        self._frozen: set[int] = set()
        self.done: list[str] = []

    async def make(self) -> None:
        """One thing goes wrong."""
        trouble = self._dice.choice([self._kill, self._freeze, self._thaw, self._drop_redis, self._drop_postgres])
        self.done.append(trouble.__name__)
        await trouble()

    async def _kill(self) -> None:
        pid = self._dice.choice(self._nursery.living)
        self._frozen.discard(pid)
        self._nursery.kill(pid)
        self._nursery.start()

    async def _freeze(self) -> None:
        awake = [pid for pid in self._nursery.living if pid not in self._frozen]
        if len(awake) > 1:
            pid = self._dice.choice(awake)
            self._frozen.add(pid)
            os.kill(pid, signal.SIGSTOP)

    async def _thaw(self) -> None:
        if self._frozen:
            os.kill(self._frozen.pop(), signal.SIGCONT)

    async def _drop_redis(self) -> None:
        await in_thread(self._kill_clients, self._dice.choice(["pubsub", "normal"]))

    async def _drop_postgres(self) -> None:
        await in_thread(self._end_connections, self._dice.choice([1, 3, 100]))

    def _kill_clients(self, type: str) -> None:
        with Redis.from_url(self._redis) as admin:
            admin.execute_command("CLIENT", "KILL", "TYPE", type, "SKIPME", "yes")

    def _end_connections(self, most: int) -> None:
        """Some of them, whoever's: the load's too."""
        with psycopg.connect(url_of("postgres"), autocommit=True) as admin:
            admin.execute(
                "SELECT pg_terminate_backend(pid) FROM (SELECT pid FROM pg_stat_activity WHERE datname = %s "
                "ORDER BY random() LIMIT %s) AS ended",
                [self._running.database, most],
            )


async def test_dashboards_are_right_after_everything_went_wrong(running: Cluster, redis: str) -> None:
    dice = random.Random(SEED)
    queues = [await in_thread(new_negocio, f"citas-{number}") for number in range(OF_A_KIND)]
    shops = [await in_thread(new_shop, f"taller-{number}") for number in range(OF_A_KIND)]
    negocios = [*queues, *(shop.negocio for shop in shops)]
    with Nursery(running.folder, running.environment) as nursery:
        for _ in range(3):
            nursery.start()
        maker = Troublemaker(running, nursery, redis, dice)
        async with dashboards([web.ws for web in running.webs], negocios) as pages:
            with Load(queues, shops) as load:
                until = time.monotonic() + SECONDS
                while time.monotonic() < until:
                    await maker.make()
                    await asyncio.sleep(dice.uniform(0, 1.0))
                await in_thread(load.pause)
                try:
                    await all_right(pages, negocios, timeout=RIGHT_WITHIN)
                except TimeoutError as error:
                    raise AssertionError(f"PULSO_TEST_SEED={SEED}: {error}; {maker.done}") from error
            assert all(page.socket.is_open for page in pages)
    assert "Traceback" not in running.logs()
