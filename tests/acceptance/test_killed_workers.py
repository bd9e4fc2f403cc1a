"""Is every dashboard right again within a second when a worker is killed at any moment, under load?"""

import asyncio
import os
import random
import time
from collections.abc import Iterator, Sequence

import pytest

from dashboards.models import Negocio
from realtime.database import in_thread
from realtime.models import Process
from tests.acceptance.businesses import new_negocio, new_shop
from tests.acceptance.cluster import Cluster
from tests.acceptance.dashboards import Dashboard, all_right, dashboards
from tests.acceptance.load import Load
from tests.acceptance.nursery import Nursery

# Half of them while another worker lives, half of them without.
KILLS = int(os.environ.get("PULSO_TEST_KILLS", "50"))
OF_A_KIND = 5
RIGHT_WITHIN = 1.0
BACK_WITHIN = 20.0


@pytest.fixture(scope="module")
def running(cluster: Cluster) -> Cluster:
    """A web process without a worker, that ticks too seldom to hide a loss."""
    cluster.environment["UPDATE_INTERVAL"] = "600"
    return cluster.start(webs=1, workers=0)


@pytest.fixture
def nursery(running: Cluster) -> Iterator[Nursery]:
    with Nursery(running.folder, running.environment) as nursery:
        yield nursery


async def is_back(pid: int) -> float:
    """When the worker was found registered (monotonic)."""
    async with asyncio.timeout(BACK_WITHIN):
        while not await in_thread(Process.objects.filter(role="worker", id__contains=f"-{pid}-").exists):
            await asyncio.sleep(0.02)
    return time.monotonic()


async def kill_one(nursery: Nursery, load: Load, pages: Sequence[Dashboard], negocios: Sequence[Negocio]) -> float:
    """Kill a worker at a random moment, start another; returns how long after that the last dashboard got right."""
    await asyncio.sleep(random.uniform(0.1, 0.4))
    nursery.kill(random.choice(nursery.living))
    new = nursery.start()
    back = await is_back(new)
    await asyncio.sleep(random.uniform(0, 0.1))
    await in_thread(load.pause)
    paused = time.monotonic()
    right = await all_right(pages, negocios)
    load.resume()
    return right - max(back, paused)


@pytest.mark.parametrize("others", [0, 1])
async def test_dashboards_are_right_within_a_second_of_a_worker_being_back(
    running: Cluster, nursery: Nursery, others: int
) -> None:
    queues = [await in_thread(new_negocio, f"citas-{others}-{number}") for number in range(OF_A_KIND)]
    shops = [await in_thread(new_shop, f"taller-{others}-{number}") for number in range(OF_A_KIND)]
    negocios = [*queues, *(shop.negocio for shop in shops)]
    for _ in range(others + 1):
        await is_back(nursery.start())
    async with dashboards([running.webs[0].ws], negocios) as pages:
        with Load(queues, shops) as load:
            late = [await kill_one(nursery, load, pages, negocios) for _ in range(KILLS // 2)]
    late.sort()
    print(f"{len(late)} kills: right after {late[len(late) // 2]:.2f} s at the median, {late[-1]:.2f} s at most")
    assert late[-1] <= RIGHT_WITHIN, late
    assert "Traceback" not in running.logs()
