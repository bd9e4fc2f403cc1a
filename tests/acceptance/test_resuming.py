"""Does a client that comes back get every event that it missed, once and in order, whatever was killed meanwhile?"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from dashboards.models import Negocio
from notifications.models import Event
from notifications.service_keys import new_key
from realtime.database import in_thread
from tests.acceptance.clients import Client, client, token
from tests.acceptance.cluster import Cluster

CODE = "rutas"


@pytest.fixture(scope="module")
def running(cluster: Cluster) -> Cluster:
    Negocio.objects.create(code=CODE, name=CODE, kind="tourism")
    cluster.environment["UPDATE_INTERVAL"] = "1"
    return cluster.start(webs=2, workers=1)


@pytest.fixture(scope="module")
def key(running: Cluster) -> str:
    return new_key(Negocio.objects.get(code=CODE), "prueba")


@asynccontextmanager
async def subscribed(running: Cluster, web: int = 0, **place: Any) -> AsyncIterator[Client]:
    url = f"{running.webs[web].ws}/ws/native?token={token(CODE)}"
    async with client(url) as listener:
        await listener.send({"v": 1, "type": "subscribe", "id": 1, "topic": "events", **place})
        await listener.wait_for(1)
        yield listener


async def publish(running: Cluster, key: str, first: int, count: int) -> None:
    items = [{"topic": "events", "type": "test", "data": {"n": n}} for n in range(first, first + count)]
    async with httpx.AsyncClient(base_url=running.webs[-1].http, headers={"X-API-Key": key}, timeout=30) as http:
        answer = await http.post("/api/publish", json=items)
    assert answer.status_code == 200, answer.text
    assert {result["status"] for result in answer.json()["results"]} == {"stored"}


def heard(listener: Client) -> list[int]:
    return [frame["data"]["n"] for frame in listener.frames if "data" in frame]


def seqs(listener: Client) -> list[int]:
    return [frame["seq"] for frame in listener.frames if "data" in frame]


async def test_what_was_missed_comes_first_and_then_what_is_told_now(running: Cluster, key: str) -> None:
    async with subscribed(running) as before:
        await publish(running, key, 0, 3)
        await before.wait_until(lambda: heard(before) == [0, 1, 2])
        begin, last = before.frames[0], seqs(before)[-1]
        assert (begin["recovered"], begin["seq"]) == (False, last - 3)
    await publish(running, key, 3, 400)
    async with subscribed(running, since=last, epoch=begin["epoch"]) as back:
        publishing = asyncio.create_task(publish(running, key, 403, 50))
        await back.wait_until(lambda: len(heard(back)) >= 450, 20)
        await publishing
        assert back.frames[0]["recovered"] is True
        assert heard(back) == list(range(3, 453))
        assert seqs(back) == list(range(last + 1, last + 451))


async def test_never_a_silent_partial(running: Cluster, key: str) -> None:
    async with subscribed(running) as before:
        epoch, seq = before.frames[0]["epoch"], before.frames[0]["seq"]
    await publish(running, key, 0, 10)
    await asyncio.sleep(1)
    await in_thread(lambda: Event.objects.filter(negocio_id__gt=0, topic="events", seq__lte=seq + 5).delete())
    for place, recovered in (
        ({"since": seq + 5, "epoch": epoch}, True),
        ({"since": 0, "epoch": epoch}, False),
        ({"since": seq + 10, "epoch": "another"}, False),
        ({"since": seq + 999, "epoch": epoch}, False),
    ):
        async with subscribed(running, web=1, **place) as back:  # the other one still has them in memory
            assert back.frames[0]["recovered"] is recovered, place


async def test_subscribing_again_from_where_it_is_repeats_nothing(running: Cluster, key: str) -> None:
    async with subscribed(running) as listener:
        begin = listener.frames[0]
        await publish(running, key, 0, 5)
        await listener.wait_until(lambda: len(heard(listener)) == 5)
        place = {"since": begin["seq"] + 5, "epoch": begin["epoch"]}
        await listener.send({"v": 1, "type": "subscribe", "id": 2, "topic": "events", **place})
        await publish(running, key, 5, 5)
        await listener.wait_until(lambda: len(heard(listener)) >= 10)
        assert heard(listener) == list(range(10))


async def test_a_sequencer_killed_before_it_published_loses_nothing(running: Cluster, key: str) -> None:
    """What it had numbered is found by its number; what it had not, the next one numbers."""
    async with subscribed(running) as listener:
        for attempt in range(3):
            publishing = asyncio.create_task(publish(running, key, attempt * 300, 300))
            await asyncio.sleep(0.02 * (attempt + 1))
            worker = running.workers[-1]
            await asyncio.to_thread(worker.kill)
            await publishing
            running.workers.remove(worker)
            await asyncio.to_thread(running.add_worker)
        await listener.wait_until(lambda: len(heard(listener)) >= 900, 40)
        assert sorted(heard(listener)) == list(range(900))
        assert seqs(listener) == list(range(listener.frames[0]["seq"] + 1, listener.frames[0]["seq"] + 901))
