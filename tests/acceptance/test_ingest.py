"""Do the teams' back-ends get the answers that they expect, and do the clients hear what they post?"""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from dashboards.models import Negocio
from notifications.models import ServiceKey
from notifications.service_keys import new_key
from realtime.database import in_thread
from tests.acceptance.clients import client, token
from tests.acceptance.cluster import Cluster

CITAS, REPAIRS = "fila", "taller"


@pytest.fixture(scope="module")
def running(cluster: Cluster) -> Cluster:
    for code, kind in ((CITAS, "citas"), (REPAIRS, "repairs")):
        Negocio.objects.create(code=code, name=code, kind=kind, hosts=[f"{code}.example"])
    cluster.environment["UPDATE_INTERVAL"] = "600"
    cluster.environment["ALLOWED_HOSTS"] = "*"
    return cluster.start(webs=1, workers=1)


@pytest.fixture(scope="module")
def keys(running: Cluster) -> dict[str, str]:
    return {code: new_key(Negocio.objects.get(code=code), "prueba") for code in (CITAS, REPAIRS)}


@pytest.fixture
def http(running: Cluster) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=running.webs[0].http, timeout=10) as session:
        yield session


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


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
    assert http.post("/notify/cita", json=body, headers=bearer(key)).status_code == 401


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
