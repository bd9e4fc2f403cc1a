"""Do people hear, once, that a lot is nearly full, and each that what is theirs runs out?"""

import datetime as dt
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from dashboards.businesses.parking.models import Cliente, Espacio, Reserva
from dashboards.models import Negocio
from notifications.models import Notice
from notifications.notices import announce
from realtime.database import in_thread
from tests.acceptance.businesses import new_negocio
from tests.acceptance.clients import Client, client, clients, token
from tests.acceptance.cluster import Cluster

LOT = "lote"
SPACES = 20
# A change, or what runs out, is told within so many seconds: the duty looks every five.
SOON = 15.0
# A second telling of the same would have come by then.
SETTLED = 1.5


@pytest.fixture(scope="module")
def running(cluster: Cluster) -> Cluster:
    lot = new_negocio(LOT, "parking")
    Espacio.objects.bulk_create(Espacio(negocio=lot, numero=str(number)) for number in range(SPACES))
    cluster.environment["UPDATE_INTERVAL"] = "600"
    return cluster.start(webs=1, workers=1)


async def listen(socket: Client, topic: str) -> None:
    await socket.send({"v": 1, "type": "subscribe", "id": 1, "negocio": LOT, "topic": topic})
    await socket.wait_until(lambda: any(frame["type"] == "subscribed" for frame in socket.frames))


def told(socket: Client) -> list[dict[str, Any]]:
    """The events that came."""
    return [frame for frame in socket.frames if "ts" in frame]


async def hear(socket: Client, count: int) -> None:
    """Wait for so many events, and whether more come."""
    await socket.wait_until(lambda: len(told(socket)) >= count, SOON)
    await socket.quiet(SETTLED)
    assert len(told(socket)) == count, told(socket)


def occupy(running: Cluster, size: int) -> None:
    """So many spaces are taken, in plain SQL."""
    with running.connect() as connection:
        connection.execute(
            "UPDATE parking_espacio SET estado = CASE WHEN numero::int < %s THEN 'ocupado' ELSE 'libre' END", [size]
        )


async def test_each_crossing_is_told_once(running: Cluster) -> None:
    async with client(f"{running.webs[0].ws}/ws/native?token={token(LOT)}") as socket:
        await listen(socket, "alerts")
        for size, count in ((18, 0), (19, 1), (20, 1), (19, 1), (17, 1), (19, 2)):
            await in_thread(occupy, running, size)
            await hear(socket, count)
        first, second = told(socket)
        assert first["data"].pop("timestamp") < second["data"].pop("timestamp")
        message = f"{LOT} está al 95 % de ocupación."
        assert (first["type"], first["seq"], second["seq"]) == ("system_alert", 1, 2)
        assert first["data"] == {"level": "warning", "message": message, "action_required": False}


async def test_a_notice_reaches_the_staff(running: Cluster) -> None:
    def write() -> None:
        with transaction.atomic():
            announce(Notice.objects.create(negocio=Negocio.objects.get(code=LOT), message="Ascensor en obras"))

    async with client(f"{running.webs[0].ws}/ws/native?token={token(LOT)}") as socket:
        await listen(socket, "alerts")
        await in_thread(write)
        await hear(socket, 1)
        assert told(socket)[0]["data"]["message"] == "Ascensor en obras"


def reserve(user: str, ends_in: dt.timedelta) -> Reserva:
    lot, now = Negocio.objects.get(code=LOT), timezone.now()
    space = Espacio.objects.create(negocio=lot, numero=f"R{user}", estado="reservado")
    cliente = Cliente.objects.create(negocio=lot, nombre=user, usuario_id=user)
    return Reserva.objects.create(
        negocio=lot, espacio=space, cliente=cliente, estado="confirmada",
        desde=now - dt.timedelta(hours=1), hasta=now + ends_in,
    )  # fmt: skip


async def test_a_reservation_that_runs_out_is_told_to_its_own_user_only(running: Cluster) -> None:
    urls = [f"{running.webs[0].ws}/ws/native?token={token(LOT, user, role='cliente')}" for user in ("u7", "u8")]
    async with clients(urls) as (owner, stranger):
        for socket in (owner, stranger):
            await listen(socket, "user")
        await in_thread(reserve, "u7", dt.timedelta(minutes=5))
        # The first is that it was confirmed.
        await hear(owner, 2)
        await owner.quiet(5)  # one more round of the duty
        messages = [frame["data"]["message"] for frame in told(owner)]
        assert len(messages) == 2
        assert messages[1].startswith("Su reserva del espacio Ru7 vence a las ")
        assert told(stranger) == []


async def test_a_reservation_that_ran_out_frees_its_space_before_everybodys_eyes(running: Cluster) -> None:
    async with client(f"{running.webs[0].ws}/ws/native?token={token(LOT)}") as socket:
        await listen(socket, "parking")
        over = await in_thread(reserve, "u9", dt.timedelta(seconds=-1))
        await socket.wait_until(
            lambda: any(frame["data"].get("estado_actual") == "libre" for frame in told(socket)), SOON
        )
        await in_thread(over.refresh_from_db)
        assert over.estado == "vencida"
