"""Does one committed change reach each open socket, once, whoever wrote it?"""

import datetime as dt

import pytest

from dashboards.businesses.citas.models import Cita
from dashboards.models import Negocio
from realtime.database import in_thread
from tests.acceptance.clients import client, merged, token
from tests.acceptance.cluster import Cluster


@pytest.fixture(scope="module")
def running(cluster: Cluster) -> Cluster:
    """Two web processes and two workers; ticks are far apart."""
    cluster.environment["UPDATE_INTERVAL"] = "600"
    return cluster.start(webs=2, workers=2)


def new_negocio(code: str, kind: str = "citas") -> Negocio:
    return Negocio.objects.create(code=code, name=code, kind=kind, time_zone="UTC")


def book(negocio: Negocio, hour: int = 9) -> Cita:
    return Cita.objects.create(
        negocio=negocio, fecha=dt.datetime.now(dt.UTC).date(), hora_inicio=dt.time(hour), hora_fin=dt.time(hour, 30)
    )


async def test_a_change_is_one_frame_at_each_socket_of_each_process(running: Cluster) -> None:
    negocio = await in_thread(new_negocio, "uno")
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
