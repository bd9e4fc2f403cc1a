"""Does one committed change reach each open socket, once, whoever wrote it?"""

import pytest

from dashboards.businesses.repairs.models import RepairOrder
from realtime.database import in_thread
from realtime.protocol.dialects.repairs import EVENT_METRICS
from tests.acceptance.businesses import book, new_negocio, new_shop, order
from tests.acceptance.clients import client, clients, merged, token
from tests.acceptance.cluster import Cluster


@pytest.fixture(scope="module")
def running(cluster: Cluster) -> Cluster:
    """Two web processes and two workers; ticks are far apart."""
    cluster.environment["UPDATE_INTERVAL"] = "600"
    return cluster.start(webs=2, workers=2)


async def test_a_change_is_one_frame_at_each_socket_of_each_process(running: Cluster) -> None:
    negocio = await in_thread(new_negocio, "uno")
    await in_thread(running.wait_told)  # that there is such a negocio is a change too
    one, two = running.webs
    subscribe = {"type": "subscribe", "data": {"channel": "estadisticas:uno"}}
    async with client(f"{one.ws}/ws?token={token('uno')}") as a, client(f"{two.ws}/ws?token={token('uno')}") as b:
        for each in (a, b):
            await each.send(subscribe)
            await each.wait_for(1)
        await in_thread(book, negocio)
        for each in (a, b):
            frames = await each.wait_for(2)
            assert frames[1]["data"]["totalCitas"] == 1
        assert len(await a.quiet(0.7)) == len(b.frames) == 2


async def test_rows_written_by_plain_sql_are_seen_like_any_other(running: Cluster) -> None:
    negocio = await in_thread(new_negocio, "psql")
    await in_thread(book, negocio)
    async with client(f"{running.webs[0].ws}/ws/native?token={token('psql')}") as watcher:
        await watcher.send({"v": 1, "type": "subscribe", "id": 1, "topic": "stats"})
        await watcher.wait_for(2)
        with running.connect() as connection:
            connection.execute("UPDATE citas_cita SET estado = 'cancelada' WHERE negocio_id = %s", [negocio.pk])
        await watcher.wait_for(3)
        assert merged(watcher.frames)["stats"]["citasCanceladas"] == 1


async def test_a_new_order_is_one_frame_and_what_else_it_moved_one_more(running: Cluster) -> None:
    equipment = await in_thread(new_shop, "taller")
    urls = [f"{web.ws}/ws?token={token('taller', user=str(number))}" for number, web in enumerate(running.webs)]
    async with clients(urls) as pages:
        for page in pages:
            assert (await page.wait_for(1))[0]["event"] == "DASHBOARD_FULL_UPDATE"
        await in_thread(order, equipment)
        for page in pages:
            await page.wait_for(2)
        await pages[0].quiet(1)
        for page in pages:
            (created,) = page.frames[1:]
            assert created["event"] == "REPAIR_ORDER_CREATED"
            assert set(created["data"]) == set(EVENT_METRICS["REPAIR_ORDER_CREATED"])
            assert created["data"]["orders_count_total"] == {"count": 1}

        await in_thread(order, equipment, status=RepairOrder.Status.DELIVERED, final_cost=25)
        for page in pages:
            await page.wait_for(4)
        await pages[0].quiet(1)
        for page in pages:
            created, updated = page.frames[2:]
            assert [created["event"], updated["event"]] == ["REPAIR_ORDER_CREATED", "REPAIR_ORDER_UPDATED"]
            assert set(created["data"]) == set(EVENT_METRICS["REPAIR_ORDER_CREATED"])
            assert set(updated["data"]) == {"orders_revenue", "orders_revenue_total"}
            assert updated["data"]["orders_revenue_total"] == {"revenue": 25}
