"""Does a client that can't open a WebSocket hear the same by server-sent events, and leave nothing behind?"""

import asyncio
import re
import signal
import socket
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import Client as Browser

from dashboards.models import Membership, Negocio, NegocioKey
from notifications.service_keys import new_key
from realtime.database import in_thread
from tests.acceptance.businesses import book, new_negocio
from tests.acceptance.clients import client, token, watch
from tests.acceptance.cluster import Cluster, Web
from tests.acceptance.streams import Stream, stream
from tests.acceptance.test_resuming import publish

EVENTS, STATE = "rutas", "barberia"


@pytest.fixture(scope="module")
def running(cluster: Cluster) -> Cluster:
    new_negocio(EVENTS, "tourism")
    new_negocio(STATE, "citas")
    cluster.environment |= {"UPDATE_INTERVAL": "1", "WRITE_WAIT": "2"}
    cluster.add_web("--access-log", wait=False)
    cluster.add_web("--access-log", wait=False)
    cluster.add_worker()
    for web in cluster.webs:
        web.wait_ready()
    return cluster


@pytest.fixture(scope="module")
def key(running: Cluster) -> str:
    return new_key(Negocio.objects.get(code=EVENTS), "prueba")


def at(web: Web, negocio: str, topic: str) -> str:
    return f"{web.http}/sse/{negocio}/{topic}"


def bearer(negocio: str, **claims: Any) -> dict[str, str]:
    return {"Authorization": f"Bearer {token(negocio, **claims)}"}


def heard(listening: Stream) -> list[int]:
    return [frame["data"]["n"] for frame in listening.frames("event")]


async def begun(*listeners: Stream) -> None:
    for each in listeners:
        await each.wait_until(partial(bool, each.records))


async def connections(web: Web) -> int:
    async with httpx.AsyncClient(base_url=web.http) as http:
        return int((await http.get("/health")).json()["active_connections"])


async def settled(holds: Callable[[], Any], timeout: float = 10.0) -> None:
    async with asyncio.timeout(timeout):
        while not await holds():
            await asyncio.sleep(0.05)


async def test_a_room_of_figures(running: Cluster) -> None:
    web = running.webs[0]
    async with stream(at(web, STATE, "stats"), bearer(STATE)) as listening:
        assert listening.status == 200
        assert listening.headers["content-type"] == "text/event-stream"
        assert listening.headers["cache-control"] == "no-store"
        assert listening.headers["x-accel-buffering"] == "no"
        await listening.wait_until(lambda: len(listening.records) >= 2)
        begin, first = listening.records[:2]
        assert begin.name == "subscribed"
        assert (
            begin.frame.items() >= {"v": 1, "type": "subscribed", "room": "barberia/stats", "recovered": False}.items()
        )
        assert 1000 <= (listening.retry or 0) <= 4000
        assert first.name == "state"
        assert first.frame["full"] is True
        before = first.frame["data"]
        await in_thread(lambda: book(Negocio.objects.get(code=STATE)))
        await listening.wait_until(lambda: any(frame["data"] != before for frame in listening.frames("state")[1:]))
        assert {record.id for record in listening.records} == {""}, "state has no place to resume from"


async def test_events_live_and_missed(running: Cluster, key: str) -> None:
    first, second = (at(web, EVENTS, "events") for web in running.webs)
    async with stream(first, bearer(EVENTS)) as before:
        await before.wait_until(lambda: len(before.records) == 1)
        epoch, seq = before.records[0].frame["epoch"], before.records[0].frame["seq"]
        assert before.records[0].id == f"{epoch}:{seq}"
        await publish(running, key, 0, 3)
        await before.wait_until(lambda: heard(before) == [0, 1, 2])
        frame = before.records[-1].frame
        assert (frame["v"], frame["seq"], frame["type"], frame["room"]) == (1, seq + 3, "test", "rutas/events")
        assert before.records[-1].id == f"{epoch}:{seq + 3}"
    await publish(running, key, 3, 300)
    again = {"Last-Event-ID": before.last_id}
    async with stream(second, again, token=token(EVENTS), since=0, epoch="another") as back:
        await publish(running, key, 303, 20)
        await back.wait_until(lambda: len(heard(back)) >= 320, 20)
        assert back.records[0].frame["recovered"] is True
        assert back.records[0].id == before.last_id, "whoever loses the stream here has missed as much as before"
        assert heard(back) == list(range(3, 323))
        assert back.last_id == f"{epoch}:{seq + 323}"
    async with httpx.AsyncClient() as http:
        url = f"{running.webs[0].http}/api/rooms/{EVENTS}/events/events"
        answer = await http.get(url, params={"since": seq + 3, "epoch": epoch, "limit": 1000}, headers=bearer(EVENTS))
        assert [event["data"]["n"] for event in answer.json()["events"]] == heard(back)
        assert (answer.json()["recovered"], answer.json()["seq"]) == (True, seq + 323)


async def test_what_is_gone_is_not_claimed(running: Cluster) -> None:
    url = at(running.webs[0], EVENTS, "events")
    for place in ({"since": 10**9}, {"since": 0, "epoch": "another"}):
        async with stream(url, bearer(EVENTS), **place) as listening:
            await begun(listening)
            assert listening.records[0].frame["recovered"] is False
    for last in ("of another service", "another:0", ":5", "x:-1"):
        async with stream(url, bearer(EVENTS) | {"Last-Event-ID": last}) as listening:
            await begun(listening)
            assert listening.records[0].frame["recovered"] is False
            assert listening.last_id.endswith(str(listening.records[0].frame["seq"]))


async def test_who_may_not_listen_is_told_at_once(running: Cluster) -> None:
    web = running.webs[0]
    good, bad = bearer(STATE), {"Authorization": "Bearer x"}
    for negocio, topic, headers, query, status in (
        (STATE, "stats", {}, {}, 401),
        (STATE, "stats", bad, {}, 401),
        (STATE, "stats", bearer(STATE, ttl=-60), {}, 401),
        (STATE, "stats", {}, {"token": ""}, 401),
        (EVENTS, "events", good, {}, 404),
        ("none", "events", good, {}, 404),
        (STATE, "none", good, {}, 404),
        (STATE, "user:8", good, {}, 404),
        (STATE, "stats", good, {"since": "x"}, 400),
    ):
        async with stream(at(web, negocio, topic), headers, **query) as listening:
            assert listening.status == status, (negocio, topic, query)
    async with httpx.AsyncClient() as http:
        assert (await http.post(at(web, STATE, "stats"), headers=good)).status_code == 405


async def test_a_session_listens_and_what_it_loses_ends_its_stream(running: Cluster) -> None:
    def logged_in() -> str:
        user = get_user_model().objects.create_user("ana", password="x")
        Membership.objects.create(negocio=Negocio.objects.get(code=STATE), user=user, role="admin")
        browser = Browser()
        browser.force_login(user)
        return browser.cookies[settings.SESSION_COOKIE_NAME].value

    cookie = {"Cookie": f"{settings.SESSION_COOKIE_NAME}={await in_thread(logged_in)}"}
    key = await in_thread(lambda: NegocioKey.objects.create(negocio=Negocio.objects.get(code=STATE), secret="k" * 32))
    keyed = jwt.encode({"id": "9", "role": "admin", "exp": time.time() + 600}, "k" * 32, "HS256")
    url = at(running.webs[0], STATE, "events")
    async with stream(url, cookie) as mine, stream(url, token=keyed) as other, stream(url, bearer(STATE)) as third:
        await begun(mine, other, third)
        await in_thread(lambda: Membership.objects.update(role="client"))
        await mine.ended(2)
        assert mine.frames("error")[-1].items() >= {"code": 4103, "reason": "forbidden", "retry": False}.items()
        await in_thread(key.delete)
        await other.ended(2)
        assert other.frames("error")[-1]["code"] == 4101
        assert third.is_open


async def test_a_stream_ends_with_its_token(running: Cluster) -> None:
    async with stream(at(running.webs[0], STATE, "stats"), bearer(STATE, ttl=2)) as listening:
        await listening.ended(6)
        assert listening.frames("error")[-1]["code"] == 4101


async def test_nothing_is_left_of_who_goes(running: Cluster) -> None:
    web = running.webs[0]
    before = await connections(web)
    threads = threads_of(web)
    async with client(f"{web.ws}/ws/native?token={token(STATE)}") as other:
        await watch(other)
        async with AsyncExitStack() as stack:
            listeners = [stream(at(web, STATE, "stats"), bearer(STATE)) for _ in range(50)]
            await begun(*[await stack.enter_async_context(each) for each in listeners])
            assert (await connections(web), await members(web)) == (before + 51, 51)
            assert threads_of(web) < threads + 25, "no thread for each stream"

        async def gone() -> bool:
            return (await connections(web), await members(web)) == (before + 1, 1)

        await settled(gone)


def threads_of(web: Web) -> int:
    match = re.search(r"Threads:\s+(\d+)", Path(f"/proc/{web.pid}/status").read_text())
    assert match is not None
    return int(match[1])


async def members(web: Web) -> int:
    key = await in_thread(lambda: new_key(Negocio.objects.get(code=STATE), "prueba"))
    async with httpx.AsyncClient(base_url=web.http) as http:
        return int((await http.get("/admin/clients", headers={"X-API-Key": key})).json()["rooms"]["stats"])


async def test_who_reads_nothing_is_cut_off_and_comes_back_for_it(running: Cluster, key: str) -> None:
    web = running.webs[0]
    before = await connections(web)
    deaf = socket.socket()
    deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    deaf.connect(("127.0.0.1", web.port))
    path = f"/sse/{EVENTS}/events?token={token(EVENTS)}"
    deaf.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())

    async def there() -> bool:
        return await connections(web) == before + 1

    async def gone() -> bool:
        return await connections(web) == before

    await settled(there)
    async with httpx.AsyncClient(base_url=running.webs[-1].http, headers={"X-API-Key": key}, timeout=30) as http:
        for _ in range(12):
            items = [{"topic": "events", "type": "test", "data": {"n": -1, "x": "x" * 5000}} for _ in range(100)]
            assert (await http.post("/api/publish", json=items)).status_code == 200
    await settled(gone, 15)
    deaf.close()


async def test_a_process_that_stops_ends_its_streams_and_they_resume_elsewhere(running: Cluster, key: str) -> None:
    extra = await asyncio.to_thread(running.add_web, MAX_CONNECTIONS="1")
    async with stream(at(extra, EVENTS, "events"), bearer(EVENTS)) as listening:
        await begun(listening)
        async with stream(at(extra, EVENTS, "events"), bearer(EVENTS)) as one_too_many:
            assert one_too_many.status == 503
        began = time.monotonic()
        extra.signal(signal.SIGTERM)
        await listening.ended()
        assert listening.frames("error") == []
        running.webs.remove(extra)
        assert await asyncio.to_thread(extra.stop) == 0
        assert time.monotonic() - began < 10
    await publish(running, key, 1, 5)
    back_at = at(running.webs[0], EVENTS, "events")
    async with stream(back_at, bearer(EVENTS) | {"Last-Event-ID": listening.last_id}) as back:
        await back.wait_until(lambda: len(heard(back)) == 5)
        assert back.records[0].frame["recovered"] is True


def test_no_token_reaches_the_log(running: Cluster) -> None:
    logs = running.logs()
    assert re.search(rf"GET /sse/{EVENTS}/events\?token=\[removed\]", logs)
    assert "eyJ" not in logs
    assert "Traceback" not in logs
