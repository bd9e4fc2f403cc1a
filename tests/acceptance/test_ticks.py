"""What does the tick cost the cluster? A statement for the metrics that read the same rows, whoever watches where."""

import asyncio

import pytest

from realtime.database import in_thread
from tests.acceptance.businesses import book, new_negocio, new_shop
from tests.acceptance.clients import Client, clients, token, watch
from tests.acceptance.cluster import Cluster
from tests.acceptance.statements import counted

NEGOCIOS = 30
TICKS = 5
# The topic `stats` of citas carries stats, por_estado and por_hora, which read the same rows.
STATEMENTS = 1
# By then a tick has reached everybody, and the next is not yet due.
DELIVERY = 0.4


@pytest.fixture(scope="module")
def running(cluster: Cluster) -> Cluster:
    """Two web processes and two workers that tick every second."""
    cluster.environment["UPDATE_INTERVAL"] = "1"
    return cluster.start(webs=2, workers=2)


def ticks_of(socket: Client) -> int:
    return sum(frame["type"] == "state" and not frame["full"] for frame in socket.frames)


async def test_nothing_is_computed_where_nobody_watches(running: Cluster) -> None:
    await in_thread(book, await in_thread(new_negocio, "nadie"))
    await asyncio.sleep(2)  # the cita is told, to nobody
    with counted(running.connect()) as statements:
        await asyncio.sleep(3)
        assert statements.of_metrics() == []


async def test_a_tick_reads_the_same_rows_once_for_all_negocios_and_processes(running: Cluster) -> None:
    codes = [f"negocio-{number}" for number in range(NEGOCIOS)]
    for code in codes:
        await in_thread(new_negocio, code)
    await in_thread(new_shop, "taller")  # repairs don't tick
    urls = [f"{web.ws}/ws/native?token={token(code)}" for web in running.webs for code in [*codes, "taller"]]
    async with clients(urls) as watchers:
        for watcher in watchers:
            await watch(watcher)
        one = watchers[0]
        await one.wait_until(lambda: ticks_of(one) >= 2)  # everybody's lease is written by now
        await asyncio.sleep(DELIVERY)
        with counted(running.connect()) as statements:
            before = [ticks_of(watcher) for watcher in watchers]
            await one.wait_until(lambda: ticks_of(one) >= before[0] + TICKS)
            # One more, should this process have been held up until the next tick.
            assert sum(statements.of_metrics()) in (TICKS * STATEMENTS, (TICKS + 1) * STATEMENTS)
        await asyncio.sleep(DELIVERY)
        gained = [ticks_of(watcher) - count for watcher, count in zip(watchers, before, strict=True)]
        assert gained[0] in (TICKS, TICKS + 1)
        assert gained == ([gained[0]] * NEGOCIOS + [0]) * 2


async def test_the_clients_of_a_parking_lot_get_the_figures_of_their_form_each_tick(running: Cluster) -> None:
    """Whole, though nothing has changed; what a client asked for once isn't sent again."""
    await in_thread(new_negocio, "lote", "parking")
    async with clients([f"{running.webs[0].ws}/ws/parking?token={token('lote')}"] * 2) as (field, documented):
        await documented.send({"action": "subscribe"})
        await field.send({"type": "get_espacios_por_seccion"})
        answer = {"type": "espacios_por_seccion", "data": []}
        for socket, type, answers in ((field, "dashboard_update", [answer]), (documented, "stats_update", [])):
            ticked = await socket.wait_for(5)
            times = [frame["data"].pop("timestamp") for frame in ticked if frame["type"] == type]
            assert times == sorted(set(times))
            figures = [frame for frame in ticked if frame["type"] == type]
            assert figures == [figures[0]] * len(figures)
            assert [frame for frame in ticked if frame not in figures] == answers
