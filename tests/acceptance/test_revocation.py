"""Does whoever loses a right lose it on open sockets too, in every process, within two seconds?"""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from django.contrib.auth import get_user_model

from dashboards.models import Membership, Negocio, NegocioKey
from realtime.authentication.own import page_token
from realtime.database import in_thread
from tests.acceptance.clients import Client, client, token
from tests.acceptance.cluster import Cluster

CODE = "barberia"
SECRET = "the secret of a barbershop, long enough"
WITHIN = 2.0


@pytest.fixture(scope="module")
def running(cluster: Cluster) -> Cluster:
    Negocio.objects.create(code=CODE, name=CODE, kind="citas")
    cluster.environment["UPDATE_INTERVAL"] = "600"
    return cluster.start(webs=2, workers=1)


def a_user(name: str, role: str = "admin") -> Any:
    user = get_user_model().objects.create_user(name)
    Membership.objects.create(negocio=Negocio.objects.get(code=CODE), user=user, role=role)
    return user


def a_key(secret: str = SECRET) -> NegocioKey:
    return NegocioKey.objects.create(negocio=Negocio.objects.get(code=CODE), secret=secret)


def of_key(secret: str = SECRET) -> str:
    return jwt.encode({"id": "7", "role": "admin", "exp": time.time() + 600}, secret, "HS256")


async def watching(socket: Client, topic: str = "stats") -> None:
    await socket.send({"v": 1, "type": "subscribe", "id": 1, "negocio": CODE, "topic": topic})
    await socket.wait_until(lambda: any(frame["type"] == "subscribed" for frame in socket.frames))


async def closed_in_both(running: Cluster, asked: str, work: Callable[[], Any], path: str, code: int) -> None:
    """Sockets of this token in both processes are closed with the code soon after `work`; another's stay."""
    first, second = (f"{web.ws}{path}" for web in running.webs)
    other = f"{first}?token={token(CODE, user='other')}"
    async with (
        client(f"{first}?token={asked}") as here,
        client(f"{second}?token={asked}") as there,
        client(other) as neighbour,
    ):
        await asyncio.sleep(0.7)  # a silent client is served
        began = time.monotonic()
        await in_thread(work)
        assert [await here.closed(), await there.closed()] == [code, code]
        assert time.monotonic() - began < WITHIN
        assert neighbour.is_open


@pytest.mark.parametrize(("path", "code"), [("/ws/native", 4101), ("/ws/citas", 4401)])
async def test_a_revoked_key_closes_its_sockets(running: Cluster, path: str, code: int) -> None:
    key = await in_thread(a_key)
    await closed_in_both(running, of_key(), key.delete, path, code)


async def test_a_user_who_is_switched_off_is_sent_away(running: Cluster) -> None:
    user = await in_thread(a_user, "ana")

    def switch_off() -> None:
        get_user_model().objects.filter(pk=user.pk).update(is_active=False)

    await closed_in_both(running, await in_thread(page_token, user), switch_off, "/ws/native", 4101)


async def test_a_membership_that_ends_ends_at_open_sockets(running: Cluster) -> None:
    user = await in_thread(a_user, "eva")
    ended = Membership.objects.filter(user=user).delete
    await closed_in_both(running, await in_thread(page_token, user), ended, "/ws/native", 4101)


async def test_a_lesser_role_leaves_what_it_may_no_longer_read(running: Cluster) -> None:
    user = await in_thread(a_user, "beto")
    url = f"{running.webs[0].ws}/ws/native?token={await in_thread(page_token, user)}"
    async with client(url) as socket:
        await watching(socket)
        await watching(socket, "events")
        await in_thread(lambda: Membership.objects.filter(user=user).update(role="client"))
        await socket.wait_until(lambda: socket.frames[-1]["type"] == "error", WITHIN)
        assert (socket.frames[-1]["code"], socket.is_open) == (4103, True)
        assert "events" in socket.frames[-1]["reason"]


async def test_a_negocio_that_is_closed_sends_everybody_away(running: Cluster) -> None:
    await in_thread(lambda: Negocio.objects.create(code="fugaz", name="fugaz", kind="citas"))
    async with client(f"{running.webs[1].ws}/ws/citas?token={token('fugaz')}") as socket:
        await socket.wait_for(1)
        await in_thread(lambda: Negocio.objects.filter(code="fugaz").update(active=False))
        assert await socket.closed(WITHIN) == 4401
