"""Who ticks when the process that did was killed, or froze? Another, within ten seconds; never two for long."""

import asyncio
import signal
import time

import pytest

from realtime.database import in_thread
from tests.acceptance.businesses import new_negocio
from tests.acceptance.clients import Client, client, token, watch
from tests.acceptance.cluster import Cluster, Program

TAKEN_OVER_WITHIN = 10.0
WATCHED_FOR = 5.0


@pytest.fixture
def running(cluster: Cluster) -> Cluster:
    cluster.environment["UPDATE_INTERVAL"] = "1"
    return cluster.start(webs=1, workers=2)


def holder(running: Cluster) -> Program:
    """The worker that has the duty to tick."""
    with running.connect() as connection:
        row = connection.execute("SELECT holder FROM leases WHERE name = 'tick' AND until > now()").fetchone()
    assert row is not None
    (pid,) = [int(part) for part in row[0].rsplit("-", 2)[1:2]]
    return next(worker for worker in running.workers if worker.pid == pid)


async def seconds_to_the_next_tick(socket: Client, since: float) -> float:
    """From `since` (monotonic) to the first tick by somebody else than who was frozen or killed then."""
    seen = len(socket.frames)
    await socket.wait_for(seen + 1, timeout=2 * TAKEN_OVER_WITHIN)
    return socket.times[seen] - since


async def test_a_killed_or_frozen_tickers_duty_is_taken_over(running: Cluster) -> None:
    await in_thread(new_negocio, "uno")
    async with client(f"{running.webs[0].ws}/ws/native?token={token('uno')}") as watcher:
        await watch(watcher)
        await watcher.wait_for(4)

        killed = await in_thread(holder, running)
        killed.kill()
        took = await seconds_to_the_next_tick(watcher, time.monotonic())
        assert took <= TAKEN_OVER_WITHIN
        await in_thread(running.add_worker)

        frozen = await in_thread(holder, running)
        assert frozen is not killed
        frozen.signal(signal.SIGSTOP)
        took = await seconds_to_the_next_tick(watcher, time.monotonic())
        assert took <= TAKEN_OVER_WITHIN

        frozen.signal(signal.SIGCONT)
        await asyncio.sleep(1)  # it may finish what it was at
        seen = len(watcher.frames)
        await asyncio.sleep(WATCHED_FOR)
        assert WATCHED_FOR - 2 <= len(watcher.frames) - seen <= WATCHED_FOR + 2
        assert await in_thread(holder, running) is not frozen
