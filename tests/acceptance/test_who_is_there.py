"""Does a client learn who else is in a room, whichever process they are connected to, also when one is killed?"""

import asyncio
from typing import Any

import pytest

from dashboards.models import Negocio
from realtime.database import in_thread
from realtime.leases import GRACE
from tests.acceptance.businesses import new_negocio
from tests.acceptance.clients import Client, client, token, watch
from tests.acceptance.cluster import Cluster, Web
from tests.acceptance.streams import stream

CODE, ELSEWHERE = "barberia", "peluqueria"


@pytest.fixture(scope="module")
def running(cluster: Cluster) -> Cluster:
    new_negocio(CODE)
    new_negocio(ELSEWHERE)
    Negocio.objects.filter(code=CODE).update(anonymous_read=True)
    cluster.environment["UPDATE_INTERVAL"] = "600"
    return cluster.start(webs=2, workers=1)


def url(web: Web, user: str | None, **claims: Any) -> str:
    return f"{web.ws}/ws/native" + (f"?token={token(CODE, user=user, **claims)}" if user is not None else "")


async def answer(asker: Client, **fields: Any) -> Any:
    seen = len(asker.frames)
    await asker.send({"v": 1, "type": "presence", "id": "who", "topic": "stats", **fields})
    await asker.wait_until(lambda: any(frame.get("id") == "who" for frame in asker.frames[seen:]))
    return next(frame for frame in asker.frames[seen:] if frame.get("id") == "who")


async def present(asker: Client, *users: str, count: int | None = None, timeout: float = 8.0) -> None:
    """Wait until these are there, and so many with those that have no name."""
    wanted = (list(users), len(users) if count is None else count)
    told: Any = None
    try:
        async with asyncio.timeout(timeout):
            while told is None or (told["users"], told["count"]) != wanted:
                await asyncio.sleep(0.1 if told else 0)
                told = await answer(asker)
    except TimeoutError:
        raise AssertionError(f"{told} never was {wanted}") from None


async def test_everybody_in_the_room_is_counted_and_users_are_named(running: Cluster) -> None:
    here, there = running.webs
    async with client(url(here, "7")) as asker, client(url(there, "8")) as other, client(url(there, None)) as nameless:
        await watch(asker)
        first = await answer(asker)
        assert first == {"v": 1, "type": "presence", "id": "who", "room": f"{CODE}/stats", "count": 1, "users": ["7"]}
        await watch(other)
        await nameless.send({"v": 1, "type": "subscribe", "topic": "stats"})
        await present(asker, "7", "8", count=3)
        await present(other, "7", "8", count=3)
        headers = {"Authorization": f"Bearer {token(CODE, user='9')}"}
        async with stream(f"{here.http}/sse/{CODE}/stats", headers):
            await present(other, "7", "8", "9", count=4)
            async with stream(f"{here.http}/sse/{CODE}/stats") as anybody:
                assert anybody.status == 200
                await present(other, "7", "8", "9", count=5)
        await nameless.send({"v": 1, "type": "auth", "token": token(CODE, user="10")})
        await present(other, "10", "7", "8", "9")  # who went is there for a while


async def test_who_may_not_read_the_room_learns_nothing(running: Cluster) -> None:
    async with client(url(running.webs[0], "7")) as asker, client(url(running.webs[0], None)) as nameless:
        for where in ({"negocio": ELSEWHERE}, {"negocio": "none"}, {"topic": "none"}, {"topic": "user:8"}):
            refused = await answer(asker, **where)
            assert (refused["type"], refused["code"]) == ("error", 4103), where
        assert (await answer(asker, topic=5))["code"] == 4400
        assert (await answer(nameless))["code"] == 4103


async def test_a_killed_process_takes_nobody_along_who_comes_back(running: Cluster) -> None:
    doomed = await asyncio.to_thread(running.add_web)

    def pass_time() -> None:
        with running.connect() as connection:
            connection.execute(
                "UPDATE processes SET until = until - make_interval(secs => %s) WHERE id LIKE %s",
                [GRACE, f"%-{doomed.pid}-%"],
            )

    async with client(url(running.webs[0], "20")) as asker:
        await watch(asker)
        async with client(url(doomed, "21")) as returning, client(url(doomed, "22")) as going:
            await watch(returning)
            await watch(going)
            await until_named(asker, "21", "22")
            running.webs.remove(doomed)
            await asyncio.to_thread(doomed.kill)
        assert {"21", "22"} <= set((await answer(asker))["users"])
        async with client(url(running.webs[1], "21")) as returned:
            await watch(returned)
            await asyncio.sleep(1.5)  # it is written
            await in_thread(pass_time)
            await asyncio.sleep(1.2)  # what was known is forgotten
            users = (await answer(asker))["users"]
            assert "21" in users
            assert "22" not in users


async def until_named(asker: Client, *users: str) -> None:
    async with asyncio.timeout(8):
        while not set(users) <= set((await answer(asker))["users"]):
            await asyncio.sleep(0.1)
