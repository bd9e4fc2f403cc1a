"""What if Redis goes away for some seconds, or PostgreSQL ends all connections? Sockets stay, nothing is lost."""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import httpx
import psycopg
import pytest

from realtime.database import in_thread
from tests.acceptance.businesses import book, new_negocio, new_shop, order
from tests.acceptance.cluster import Cluster
from tests.acceptance.dashboards import Dashboard, all_right, dashboards
from tests.acceptance.databases import django_uses, fresh_database, url_of
from tests.acceptance.outages import OwnRedis

AWAY = 3.0  # s
RIGHT_WITHIN = 5.0
# A process may say that something is away now and then, not for each message or room.
MOST_LINES_A_SECOND = 20


@pytest.fixture(scope="module")
def redis() -> Iterator[OwnRedis]:
    redis = OwnRedis()
    yield redis
    redis.stop()


@pytest.fixture(scope="module")
def running(
    redis: OwnRedis, tmp_path_factory: pytest.TempPathFactory, django_db_blocker: "pytest.FixtureRequest"
) -> Iterator[Cluster]:
    folder = tmp_path_factory.mktemp("outages")
    with (
        django_db_blocker.unblock(),  # type: ignore[attr-defined]
        fresh_database() as name,
        django_uses(name),
        Cluster(name, folder, REDIS_URL=redis.url, UPDATE_INTERVAL="600") as cluster,
    ):
        yield cluster.start(webs=2, workers=2)


class Business:
    """A queue and a shop with their open dashboards at both web processes."""

    def __init__(self, name: str) -> None:
        self.queue = new_negocio(f"citas-{name}")
        self.equipment = new_shop(f"taller-{name}")
        self.negocios = [self.queue, self.equipment.negocio]
        self.pages: list[Dashboard] = []

    def write(self) -> None:
        book(self.queue)
        order(self.equipment, status="DELIVERED", final_cost=10)


@asynccontextmanager
async def business(running: Cluster, name: str) -> AsyncIterator[Business]:
    found = await in_thread(Business, name)
    lines = len(running.logs().splitlines())
    async with dashboards([web.ws for web in running.webs], found.negocios) as found.pages:
        await in_thread(found.write)
        await all_right(found.pages, found.negocios)
        yield found
        assert all(page.socket.is_open for page in found.pages)
    said = running.logs().splitlines()[lines:]
    assert not any("Traceback" in line for line in said), said
    programs = len(running.webs) + len(running.workers)
    assert len(said) < MOST_LINES_A_SECOND * programs * (AWAY + RIGHT_WITHIN), said


async def readiness(running: Cluster) -> list[int]:
    async with httpx.AsyncClient(timeout=10) as http:
        answers = await asyncio.gather(*(http.get(f"{web.http}/health/ready") for web in running.webs))
    return [answer.status_code for answer in answers]


async def is_ready_again(running: Cluster) -> None:
    async with asyncio.timeout(10):
        while await readiness(running) != [200, 200]:
            await asyncio.sleep(0.2)


async def test_changes_made_while_redis_is_away_show_once_it_is_back(running: Cluster, redis: OwnRedis) -> None:
    async with business(running, "fuera") as open:
        await in_thread(redis.stop)
        await in_thread(open.write)
        await asyncio.sleep(AWAY)
        assert await readiness(running) == [503, 503]
        await in_thread(redis.start)
        await all_right(open.pages, open.negocios, timeout=RIGHT_WITHIN)
        await is_ready_again(running)
        await in_thread(open.write)
        await all_right(open.pages, open.negocios, timeout=RIGHT_WITHIN)


async def test_changes_made_while_redis_is_frozen_show_once_it_wakes(running: Cluster, redis: OwnRedis) -> None:
    async with business(running, "helado") as open:
        await in_thread(redis.signal, signal.SIGSTOP)
        await in_thread(open.write)
        await asyncio.sleep(AWAY)
        assert await readiness(running) == [503, 503]
        redis.wake()
        await all_right(open.pages, open.negocios, timeout=RIGHT_WITHIN)
        await is_ready_again(running)


async def test_what_was_published_while_only_the_subscriptions_broke_shows(running: Cluster, redis: OwnRedis) -> None:
    async with business(running, "cortado") as open:
        for _ in range(10):
            await asyncio.gather(in_thread(redis.kill_subscribers), in_thread(open.write))
        await all_right(open.pages, open.negocios, timeout=RIGHT_WITHIN)


async def test_dashboards_are_right_after_postgresql_ended_all_connections(running: Cluster) -> None:
    def end_connections() -> None:
        with psycopg.connect(url_of("postgres"), autocommit=True) as admin:
            # Each is waited for: one that is asked while it ends fails whoever asks.
            admin.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", [running.database]
            )

    async with business(running, "terminado") as open:
        for _ in range(5):
            await in_thread(end_connections)
            await in_thread(open.write)
            await all_right(open.pages, open.negocios, timeout=RIGHT_WITHIN)
        await is_ready_again(running)
