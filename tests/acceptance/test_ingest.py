"""Do the teams' back-ends get the answers that they expect, and do the clients hear what they post?"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import httpx
import pytest

from dashboards.businesses.tourism.models import Tour
from dashboards.models import Negocio
from notifications.models import ServiceKey
from notifications.service_keys import new_key
from realtime.database import in_thread
from tests.acceptance.clients import Client, client, token
from tests.acceptance.cluster import Cluster
from tests.changes.teams_api import repair_answers, teams_api

CITAS, REPAIRS, TOURISM, PARKING, MARKETPLACE, FAR = "fila", "taller", "viajes", "lote", "tienda", "lejano"
KINDS = {
    CITAS: "citas", REPAIRS: "repairs", TOURISM: "tourism", PARKING: "parking", MARKETPLACE: "marketplace",
    FAR: "repairs",
}  # fmt: skip


@pytest.fixture(scope="module")
def running(cluster: Cluster) -> Cluster:
    for code, kind in KINDS.items():
        Negocio.objects.create(code=code, name=code, kind=kind, hosts=[f"{code}.example"])
    cluster.environment["UPDATE_INTERVAL"] = "600"
    cluster.environment["ALLOWED_HOSTS"] = "*"
    return cluster.start(webs=1, workers=1)


@pytest.fixture(scope="module")
def keys(running: Cluster) -> dict[str, str]:
    return {code: new_key(Negocio.objects.get(code=code), "prueba") for code in KINDS}


@pytest.fixture
def http(running: Cluster) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=running.webs[0].http, timeout=10) as session:
        yield session


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


async def heard(tell: Callable[[], Awaitable[None]], *sockets: Client) -> None:
    """Tell something until every socket hears it: those that never speak don't say when they have joined."""
    async with asyncio.timeout(10):
        while not all(socket.frames for socket in sockets):
            await tell()
            await asyncio.sleep(0.2)


def answer(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.text


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"negocio_id":"fila","action":"created"}', (200, "Notification processed")),
        (b'{"action":"created"}', (400, "negocio_id is required")),
        (b"{nope", (400, "Invalid request body")),
        (b"[]", (400, "Invalid request body")),
        (b'{"negocio_id":["fila"]}', (400, "Invalid request body")),
    ],
)
def test_cita_posts_are_answered_in_their_words(
    http: httpx.Client, keys: dict[str, str], body: bytes, expected: tuple[int, str]
) -> None:
    assert answer(http.post("/notify/cita", content=body, headers=bearer(keys[CITAS]))) == expected


def test_a_slash_at_the_end_changes_nothing(http: httpx.Client, keys: dict[str, str]) -> None:
    body = b'{"negocio_id":"fila","action":"created"}'
    for path in ("/notify/cita", "/notify/cita/"):
        assert answer(http.post(path, content=body, headers=bearer(keys[CITAS]))) == (200, "Notification processed")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            b'{"event":"DASHBOARD_UPDATE","type":"REPAIR_ORDER_CREATED","resourceId":"x"}',
            (200, "Notificación recibida: REPAIR_ORDER_CREATED"),
        ),
        (b'{"event":"DASHBOARD_UPDATE"}', (200, "Notificación recibida: DASHBOARD_FULL_UPDATE")),
        (b"nope", (400, "JSON inválido")),
    ],
)
def test_repair_posts_are_answered_in_their_words(
    http: httpx.Client, keys: dict[str, str], body: bytes, expected: tuple[int, str]
) -> None:
    assert answer(http.post("/notify", content=body, headers={"X-API-Key": keys[REPAIRS]})) == expected


def test_other_methods_are_refused_in_their_words(http: httpx.Client) -> None:
    assert answer(http.get("/notify/cita")) == (405, "Method not allowed")
    assert answer(http.put("/notify")) == (405, "Método no permitido")


def test_who_proves_nothing_is_refused(http: httpx.Client, keys: dict[str, str]) -> None:
    body = {"negocio_id": CITAS, "action": "created"}
    assert http.post("/notify/cita", json=body).status_code == 401
    assert http.post("/notify/cita", json=body, headers=bearer("pulso_wrong")).status_code == 401
    assert http.post("/notify/cita", json=body, headers=bearer(keys[REPAIRS])).status_code == 403
    assert http.post("/notify/cita", json=body, headers=bearer(token(CITAS, role="cliente"))).status_code == 403
    assert http.post("/notify/cita", json=body, headers=bearer(token(CITAS, role="negocio"))).status_code == 200


def test_a_key_that_was_switched_off_is_refused(http: httpx.Client, running: Cluster) -> None:
    key = new_key(Negocio.objects.get(code=CITAS), "vieja")
    body = {"negocio_id": CITAS, "action": "created"}
    assert http.post("/notify/cita", json=body, headers=bearer(key)).status_code == 200
    assert ServiceKey.objects.get(name="vieja").last_used_at is not None
    ServiceKey.objects.filter(name="vieja").update(active=False)
    switched_off = time.monotonic()
    while http.post("/notify/cita", json=body, headers=bearer(key)).status_code != 401:
        assert time.monotonic() - switched_off < 2, "every key has to be known as withdrawn within 2 s"
        time.sleep(0.05)


def test_a_trusted_network_needs_no_key_and_is_told_apart_by_host(running: Cluster) -> None:
    web = running.add_web(NOTIFY_TRUSTED_NETWORKS="127.0.0.0/8")
    with httpx.Client(base_url=web.http, timeout=10) as session:
        assert session.post("/notify/cita", json={"negocio_id": CITAS}).status_code == 200
        assert session.post("/notify/cita", json={"negocio_id": "nadie"}).status_code == 403
        post: dict[str, Any] = {"event": "DASHBOARD_UPDATE", "type": "USER_CREATED"}
        response = session.post("/notify", json=post, headers={"Host": f"{REPAIRS}.example"})
        assert answer(response) == (200, "Notificación recibida: USER_CREATED")
        assert session.post("/notify", json=post).status_code == 403


async def test_what_is_posted_reaches_the_dashboards(running: Cluster, keys: dict[str, str]) -> None:
    web = running.webs[0]
    url = f"{web.ws}/ws/repairs?token={token(REPAIRS)}"
    async with client(url) as shop, httpx.AsyncClient(base_url=web.http) as http:
        await shop.wait_for(1)
        post = {"event": "DASHBOARD_UPDATE", "type": "ALGO_NUEVO", "resourceId": "1"}
        await http.post("/notify", json=post, headers=bearer(keys[REPAIRS]))
        frames = await shop.wait_for(2)
        assert frames[1]["event"] == "ALGO_NUEVO"
        assert len(frames[1]["data"]) == 8


async def test_a_post_to_the_queue_pushes_its_figures(running: Cluster, keys: dict[str, str]) -> None:
    web = running.webs[0]
    async with client(f"{web.ws}/ws/citas?token={token(CITAS)}") as queue:
        await queue.wait_for(1)
        post = {"negocio_id": CITAS, "action": "status_changed"}
        await in_thread(httpx.post, f"{web.http}/notify/cita", json=post, headers=bearer(keys[CITAS]))
        frames = await queue.wait_for(2)
        assert frames[1]["type"] == "stats"


async def test_what_is_published_is_heard_in_order_and_once(running: Cluster, keys: dict[str, str]) -> None:
    web = running.webs[0]

    async def publish(items: list[Any]) -> Any:
        answer = await in_thread(httpx.post, f"{web.http}/api/publish", json=items, headers=bearer(keys[PARKING]))
        return answer.json()["results"]

    async with client(f"{web.ws}/ws/native?token={token(PARKING)}") as lot:
        await lot.send({"v": 1, "type": "subscribe", "id": 1, "topic": "alerts"})
        await lot.wait_for(1)
        items = [{"type": "system_alert", "data": {"n": n}, "topic": "alerts", "key": str(n)} for n in range(50)]
        assert await publish(items) == [{"status": "stored"}] * 50
        assert await publish(items) == [{"status": "duplicate"}] * 50
        assert await publish([items[0] | {"key": "last"}]) == [{"status": "stored"}]
        events = (await lot.wait_for(52))[1:]
        assert [event["data"]["n"] for event in events] == [*range(50), 0]
        assert [event["seq"] for event in events] == [*range(1, 52)]


async def test_what_a_shop_is_notified_of_reaches_its_rooms(running: Cluster, keys: dict[str, str]) -> None:
    web = running.webs[0]

    async def notify(**body: Any) -> None:
        answer = await in_thread(httpx.post, f"{web.http}/api/notify", json=body, headers=bearer(keys[MARKETPLACE]))
        assert answer.json() == {"status": "success", "message": "Notification sent"}

    url = f"{web.ws}/ws/marketplace?token="
    async with (
        client(url + token(MARKETPLACE, user="7", role="client")) as ana,
        client(url + token(MARKETPLACE, user="8", role="client")) as luis,
    ):
        await heard(lambda: notify(event="warm", data=None, room="broadcast"), ana, luis)
        await notify(event="private", data=[1, None, "ñ"], user_id=7)
        await notify(event="last", data=1.5, room="broadcast")
        for socket in (ana, luis):
            await socket.wait_until(lambda socket=socket: socket.frames[-1]["event"] == "last")  # type: ignore[misc]
        assert luis.frames[-1] == {"event": "last", "data": 1.5, "to": "broadcast"}
        private = [frame for frame in ana.frames if frame["event"] == "private"]
        assert [(frame["data"], frame["to"]) for frame in private] == [([1, None, "ñ"], "7")]
        assert all(frame["event"] != "private" for frame in luis.frames)


async def test_a_row_and_a_post_about_it_are_told_once(running: Cluster, keys: dict[str, str]) -> None:
    web = running.webs[0]
    negocio = await in_thread(Negocio.objects.get, code=TOURISM)

    async def notify(type: str, **data: Any) -> None:
        body = {"type": type, "message": "del equipo", "data": data}
        answer = await in_thread(httpx.post, f"{web.http}/notify", json=body, headers=bearer(keys[TOURISM]))
        assert answer.status_code == 200

    async with client(f"{web.ws}/ws/tourism?token={token(TOURISM)}") as page:
        await heard(lambda: notify("sistema"), page)
        tour = await in_thread(Tour.objects.create, negocio=negocio, nombre="Cascadas", precio=40)
        await page.wait_until(lambda: any(frame["type"] == "tour_creado" for frame in page.frames))
        await notify("tour_creado", tourId=tour.pk)
        await notify("tour_actualizado", tourId=tour.pk)
        await in_thread(Tour.objects.filter(pk=tour.pk).update, precio=41)
        await in_thread(Tour.objects.filter(pk=tour.pk).update, precio=42)
        await page.wait_until(lambda: [frame["type"] for frame in page.frames].count("tour_actualizado") == 2)
        await notify("test")
        await page.wait_until(lambda: page.frames[-1]["type"] == "test")
        told = [frame["type"] for frame in page.frames if frame["type"] != "sistema"]
        assert told == ["tour_creado", "tour_actualizado", "tour_actualizado", "test"]


async def test_figures_of_a_teams_own_api_are_shown_and_its_faults_are_nobodys_else(
    running: Cluster, keys: dict[str, str]
) -> None:
    web = running.webs[0]

    async def notify(code: str, type: str) -> None:
        await in_thread(httpx.post, f"{web.http}/notify", json={"type": type}, headers=bearer(keys[code]))

    with teams_api(repair_answers()) as api:
        overview = "/v1/repair-orders/stats/overview"
        await in_thread(Negocio.objects.filter(code=FAR).update, rest_api_url=api.url)
        async with (
            client(f"{web.ws}/ws/repairs?token={token(FAR, user='far')}") as far,
            client(f"{web.ws}/ws/repairs?token={token(REPAIRS, user='near')}") as near,
        ):
            (full,) = await far.wait_for(1)
            assert full["data"]["orders_overview"] == api.answers[overview]
            assert len(full["data"]) == 8
            await near.wait_for(1)
            api.answers[overview] = api.answers[overview] | {"totalOrders": 778}
            api.status["/v1/repair-orders/stats/recent"] = 500
            await notify(FAR, "REPAIR_ORDER_CREATED")
            created = (await far.wait_for(2))[1]
            assert created["event"] == "REPAIR_ORDER_CREATED"
            assert created["data"]["orders_overview"]["totalOrders"] == 778
            # A slow one holds up no other shop; with no figure left nothing is sent.
            api.delay = dict.fromkeys(api.answers, 4.0)
            await notify(FAR, "LOST")
            await notify(REPAIRS, "OTHER")
            assert await near.wait_until(lambda: near.frames[-1]["event"] == "OTHER") < 2.5
            await far.quiet(4.5)
            assert all(frame["event"] != "LOST" for frame in far.frames)
            api.delay = {}
            await notify(FAR, "BACK")
            await far.wait_until(lambda: far.frames[-1]["event"] == "BACK")
