"""What do dashboards get when a thousand orders are created at once? Few frames, and the truth."""

import time
from typing import Any

import httpx
import pytest

from dashboards.businesses.repairs.models import Equipment, RepairOrder
from realtime.database import in_thread
from tests.acceptance.businesses import at_once, new_shop
from tests.acceptance.clients import clients, merged, merged_repairs, token, watch
from tests.acceptance.cluster import Cluster
from tests.acceptance.dashboards import figures_of

SOCKETS_OF_A_DIALECT = 25
ORDERS, TOGETHER, THREADS = 1_000, 5, 4
SPREAD = 0.8  # s
MOST_FRAMES = 15


@pytest.fixture(scope="module")
def running(cluster: Cluster) -> Cluster:
    return cluster.start(webs=1, workers=1)


def create_orders(equipment: Equipment) -> float:
    """ORDERS orders, TOGETHER in a transaction, spread over most of a second; returns the seconds that it took."""
    started = time.monotonic()
    rounds = ORDERS // TOGETHER // THREADS

    def create() -> None:
        for number in range(rounds):
            time.sleep(max(0.0, started + SPREAD * number / rounds - time.monotonic()))
            RepairOrder.objects.bulk_create(an_order(equipment, delivered=place == 0) for place in range(TOGETHER))

    at_once([create] * THREADS)
    return time.monotonic() - started


def an_order(equipment: Equipment, delivered: bool) -> RepairOrder:
    status = RepairOrder.Status.DELIVERED if delivered else RepairOrder.Status.IN_REVIEW
    return RepairOrder(negocio_id=equipment.negocio_id, equipment=equipment, status=status, final_cost=10)


async def snapshot(running: Cluster, negocio: str) -> dict[str, Any]:
    """What GET /api/rooms says."""
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {token(negocio)}"}) as http:
        answer = await http.get(f"{running.webs[0].http}/api/rooms/{negocio}/stats")
    data: dict[str, Any] = answer.raise_for_status().json()["data"]
    return data


async def test_a_thousand_orders_in_a_second_are_few_frames_and_the_last_is_right(running: Cluster) -> None:
    equipment = await in_thread(new_shop, "taller")
    ws = running.webs[0].ws
    users = range(SOCKETS_OF_A_DIALECT)
    pages_at = [f"{ws}/ws?token={token('taller', user=f'page-{user}')}" for user in users]
    natives_at = [f"{ws}/ws/native?token={token('taller', user=f'native-{user}')}" for user in users]
    async with clients(pages_at) as pages, clients(natives_at) as natives:
        for native in natives:
            await watch(native)
        for page in pages:
            await page.wait_for(1)
        before = {socket: len(socket.frames) for socket in [*pages, *natives]}
        took = await in_thread(create_orders, equipment)
        truth = (await in_thread(figures_of, [equipment.negocio]))["taller"]
        assert await snapshot(running, "taller") == truth
        assert truth["orders_count_total"] == {"count": ORDERS}
        for native in natives:
            await native.wait_until(lambda native=native: merged(native.frames) == truth)  # type: ignore[misc]
        await pages[0].quiet(1.5)  # whatever still comes
        for page in pages:
            held = merged_repairs(page.frames)
            assert held == {name: truth[name] for name in held}
        assert all(merged(native.frames) == truth for native in natives)
        most = max(len(socket.frames) - count for socket, count in before.items())
        # A machine that needs longer than a second for them has a longer burst.
        assert most <= MOST_FRAMES * max(1.0, took), (most, took)
