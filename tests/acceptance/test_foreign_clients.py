"""Do the libraries that the teams' front-ends and back-ends use, unmodified, get from us what they got before?"""

import datetime as dt
import os
import re
import shutil
import zoneinfo
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright

from dashboards.businesses.citas.models import Cita
from dashboards.businesses.parking.domain import open_ticket
from dashboards.businesses.parking.tests.lot import Lot
from dashboards.businesses.repairs.models import Equipment, RepairOrder
from dashboards.businesses.tourism.tests.operator import Operator
from dashboards.models import Negocio
from notifications.service_keys import new_key
from realtime.database import in_thread
from tests.acceptance.businesses import order
from tests.acceptance.clients import client, token
from tests.acceptance.cluster import Cluster, Web
from tests.acceptance.foreign import NodeClient, front_end, install, node_client
from tests.acceptance.lots import midday_zone
from tests.pages.conftest import FLAGS

KINDS = ("citas", "parking", "tourism", "repairs", "marketplace")
RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
CHANNEL = {"channel": "estadisticas:citas"}
COUNTED = {"totalCitas": 2, "citasHoy": 2, "citasCompletadas": 1, "citasCanceladas": 0}
SNAKE = {"total_citas": 2, "citas_hoy": 2, "citas_completadas": 1, "citas_canceladas": 0}
FULL = [
    "orders_overview", "orders_revenue", "orders_by_status", "orders_recent", "orders_top_services",
    "users_overview", "users_top_clients", "users_top_technicians",
]  # fmt: skip
CREATED = ["orders_overview", "orders_by_status", "orders_recent", "orders_count_total", "orders_count_active"]


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install(tmp_path_factory.mktemp("node"))


@pytest.fixture(scope="module")
def page_url() -> Iterator[str]:
    with front_end() as url:
        yield url


@pytest.fixture(scope="module")
def running(cluster: Cluster, page_url: str) -> Cluster:
    for kind in KINDS:
        Negocio.objects.create(code=kind, name=kind, kind=kind, time_zone=midday_zone())
    queue = Negocio.objects.get(code="citas")
    reserve(queue, 9)
    reserve(queue, 10, estado="atendida")
    origin = page_url.rpartition("/")[0]
    cluster.environment |= {"UPDATE_INTERVAL": "600", "ALLOWED_ORIGINS": origin}
    return cluster.start(webs=1, workers=1)


@pytest.fixture
def web(running: Cluster) -> Web:
    return running.webs[-1]


@pytest.fixture(scope="module")
def keys(running: Cluster) -> dict[str, str]:
    return {kind: new_key(Negocio.objects.get(code=kind), "de fuera") for kind in KINDS}


# -- 1: rxjs ------------------------------------------------------------------------------------------


def stats_of(frame: Any) -> dict[str, Any]:
    """The figures of a frame that is to the letter what wire.md says."""
    assert frame.keys() == {"type", "data", "timestamp"}
    assert frame["type"] == "stats"
    assert RFC3339.fullmatch(frame["timestamp"])
    figures = dict(frame["data"])
    assert isinstance(figures.pop("timestamp"), int)
    return figures


async def test_rxjs_subscribes_unsubscribes_and_is_served_again_after_a_reconnect(
    programs: Path, running: Cluster
) -> None:
    queue, web = await in_thread(Negocio.objects.get, code="citas"), running.webs[-1]
    async with node_client(programs, "rxjs.mjs", f"{web.ws}/ws?token={token('citas', role='cliente')}") as page:
        await page.order("send", {"type": "subscribe", "data": CHANNEL})
        (first,) = await page.wait_for("frame", 1)
        assert stats_of(first) == {"negocio_id": "citas", **COUNTED, **SNAKE}
        await in_thread(reserve, queue, 11)
        assert stats_of((await page.wait_for("frame", 2))[1])["totalCitas"] == 3

        await page.order("send", {"type": "unsubscribe", "data": CHANNEL})
        async with client(f"{web.ws}/ws/citas?token={token('citas')}") as other:
            await other.wait_for(1)
            await in_thread(reserve, queue, 12)
            await other.wait_for(2)
        assert len(page.of("frame")) == 2

        await in_thread(restart, running)
        await page.wait_for("opened", 2)
        (again,) = (await page.wait_for("frame", 3))[2:]
        assert stats_of(again)["totalCitas"] == 4
        await in_thread(reserve, queue, 13)
        assert stats_of((await page.wait_for("frame", 4))[3])["total_citas"] == 5
        assert (page.of("error"), page.of("complete")) == ([], [])


def reserve(queue: Negocio, hour: int, **fields: Any) -> None:
    """One more cita today."""
    today = dt.datetime.now(zoneinfo.ZoneInfo(queue.time_zone)).date()
    Cita.objects.create(negocio=queue, fecha=today, hora_inicio=dt.time(hour), **fields)


def restart(running: Cluster) -> None:
    """A deployment: the web process stops in good order, and the next one takes its port."""
    old = running.webs[-1]
    assert old.stop() == 0
    running.add_web(port=old.port)


# -- 2 to 4: a browser --------------------------------------------------------------------------------


in_one_browser = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    program = os.environ.get("PULSO_CHROMIUM") or shutil.which("chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="module")
async def tab(browser: Browser, page_url: str) -> AsyncIterator[Page]:
    page = await browser.new_page()
    await page.goto(page_url)
    yield page
    await page.close()


async def listen(tab: Page, web: Web, name: str, **claims: Any) -> None:
    await tab.evaluate("([name, url]) => listen(name, url)", [name, f"{web.ws}/ws?token={token(name, **claims)}"])


async def frames(tab: Page, name: str, count: int) -> list[Any]:
    """What a socket of the page got, once that are so many frames."""
    enough = "([name, count]) => frames(name).length >= count"
    await tab.wait_for_function(enough, arg=[name, count], timeout=10_000)
    return list(await tab.evaluate("(name) => frames(name)", name))


@in_one_browser
async def test_a_browser_that_only_listens_gets_its_parking_lot(web: Web, tab: Page) -> None:
    lot = await in_thread(lot_of, "parking")
    space, car = await in_thread(lot.espacio, "A1", external_id="7"), await in_thread(lot.vehiculo, "ABC-123")
    await in_thread(lot.espacio, "A2", "reservado")
    await listen(tab, web, "parking")
    (first,) = await frames(tab, "parking", 1)
    assert first["type"] == "dashboard_update"
    assert RFC3339.fullmatch(first["data"].pop("timestamp"))
    assert first["data"] == {
        "espacios_disponibles": 1, "espacios_ocupados": 1, "total_espacios": 2, "dinero_recaudado_hoy": 0,
        "dinero_recaudado_mes": 0, "vehiculos_activos": 0,
    }  # fmt: skip
    await in_thread(open_ticket, lot.negocio, space, car)
    later = (await frames(tab, "parking", 3))[1:]
    (told,) = [frame["data"] for frame in later if frame["type"] == "espacio_ocupado"]
    assert RFC3339.fullmatch(told.pop("hora_ingreso"))
    assert told == {"espacio_id": 7, "numero": "A1", "vehiculo_placa": "ABC-123"}
    (figures,) = [frame["data"] for frame in later if frame["type"] == "dashboard_update"]
    assert (figures["espacios_ocupados"], figures["vehiculos_activos"]) == (2, 1)


@in_one_browser
async def test_a_browser_that_only_listens_gets_its_tour_operators_notifications(
    web: Web, tab: Page, keys: dict[str, str]
) -> None:
    await listen(tab, web, "tourism", role="cliente")
    await tab.wait_for_timeout(800)  # until a silent client is served
    body = {"type": "promocion", "message": "2x1 en cascadas", "data": {"descuento": 15.5}}
    answer = await in_thread(httpx.post, f"{web.http}/notify", json=body, headers={"X-API-Key": keys["tourism"]})
    assert answer.status_code == 200
    (posted,) = await frames(tab, "tourism", 1)
    assert RFC3339.fullmatch(posted.pop("timestamp"))
    assert posted == body
    tour = (await in_thread(operator_of, "tourism")).tour
    made = await in_thread(tour, "Termas", precio=40)
    told = (await frames(tab, "tourism", 2))[1]
    assert told.keys() == {"type", "message", "data", "timestamp"}
    assert (told["type"], told["data"]["tourId"], told["data"]["nombre"]) == ("tour_creado", made.pk, "Termas")


@in_one_browser
async def test_a_browser_that_only_listens_gets_its_repair_shop(web: Web, tab: Page) -> None:
    equipment = await in_thread(equipment_of, "repairs")
    await listen(tab, web, "repairs")
    (first,) = await frames(tab, "repairs", 1)
    assert (first["event"], list(first["data"])) == ("DASHBOARD_FULL_UPDATE", FULL)
    made = await in_thread(order, equipment, problem_description="No enciende")
    second = (await frames(tab, "repairs", 2))[1]
    assert (second["event"], list(second["data"])) == ("REPAIR_ORDER_CREATED", CREATED)
    assert second["data"]["orders_recent"]["recentOrders"][0]["problemDescription"] == "No enciende"
    made.status = RepairOrder.Status.WAITING_PARTS
    await in_thread(made.save)
    third = (await frames(tab, "repairs", 3))[2]
    assert third["event"] == "REPAIR_ORDER_UPDATED"
    assert {"status": "WAITING_PARTS", "count": 1} in third["data"]["orders_by_status"]["ordersByStatus"]


@in_one_browser
async def test_a_browser_is_refused_with_a_bad_token(web: Web, tab: Page) -> None:
    for name, bad in (("parking", "x"), ("tourism", ""), ("repairs", token("repairs", ttl=-60))):
        await tab.evaluate("([name, url]) => listen(name, url)", [name, f"{web.ws}/ws?token={bad}"])
        await tab.wait_for_function("(name) => sockets[name].code !== null", arg=name)
        assert await tab.evaluate("(name) => [sockets[name].code, frames(name)]", name) == [1006, []]


@in_one_browser
async def test_each_socket_of_a_page_gets_its_own_dialect_only(web: Web, tab: Page) -> None:
    for name in ("parking", "tourism", "repairs"):
        await listen(tab, web, name)
    await frames(tab, "parking", 1)
    await frames(tab, "repairs", 1)
    await in_thread(order, await in_thread(equipment_of, "repairs"))
    await in_thread((await in_thread(lot_of, "parking")).espacio, "Z9")
    await in_thread((await in_thread(operator_of, "tourism")).destino, "Loja")
    assert {frame["type"] for frame in await frames(tab, "parking", 2)} == {"dashboard_update"}
    assert {frame["type"] for frame in await frames(tab, "tourism", 1)} == {"destino_creado"}
    assert {"event", "data", "timestamp"} == set[str]().union(*await frames(tab, "repairs", 2))


def lot_of(code: str) -> Lot:
    return Lot(Negocio.objects.get(code=code))


def operator_of(code: str) -> Operator:
    return Operator(Negocio.objects.get(code=code))


def equipment_of(code: str) -> Equipment:
    return Equipment.objects.get_or_create(negocio=Negocio.objects.get(code=code), name="Torno")[0]


# -- 5: ws --------------------------------------------------------------------------------------------


async def test_ws_with_a_bearer_header_joins_broadcasts_and_is_notified(
    programs: Path, web: Web, keys: dict[str, str]
) -> None:
    url = f"{web.ws}/ws"
    buyer, admin = token("marketplace", user="7", role="client"), token("marketplace", user="1", role="admin")
    async with node_client(programs, "ws.mjs", url, buyer) as one, node_client(programs, "ws.mjs", url, admin) as other:
        for each in (one, other):
            await each.wait_for("opened", 1)
            await each.order("send", {"type": "join", "payload": {"room": "order-7"}})
            assert await each.wait_for("text", 1) == ["joined order-7"]
        await one.order("send", {"type": "broadcast", "payload": {"room": "order-7", "body": {"hola": [1, 2.5]}}})
        for each in (one, other):
            said = json_of((await each.wait_for("text", 2))[1])
            assert RFC3339.fullmatch(said.pop("ts"))
            assert isinstance(said.pop("from"), str)
            assert said == {"room": "order-7", "body": {"hola": [1, 2.5]}}
        event = {"event": "order_updated", "data": {"order_id": 7, "status": "paid", "total_amount": 15.5}}
        answer = await in_thread(
            httpx.post, f"{web.http}/api/notify", json=event | {"room": "order-7"}, headers=bearer(keys["marketplace"])
        )
        assert (answer.status_code, answer.json()) == (200, {"status": "success", "message": "Notification sent"})
        for each in (one, other):
            assert json_of((await each.wait_for("text", 3))[2]) == event | {"to": "order-7"}
        await one.order("send", {"type": "leave", "payload": {"room": "order-7"}})
        assert (await one.wait_for("text", 4))[3] == "left order-7"


async def test_ws_with_a_bad_bearer_header_is_refused(programs: Path, web: Web) -> None:
    async with node_client(programs, "ws.mjs", f"{web.ws}/ws/marketplace", token("marketplace", ttl=-60)) as late:
        assert await late.wait_for("refused", 1) == [401]


# -- Posts --------------------------------------------------------------------------------------------

Post = tuple[str, str, dict[str, Any], int, Any]
# Whose key, where, what, and the answer: parsed where it is JSON.
POSTS: list[Post] = [
    ("tourism", "/notify", {"type": "sistema", "message": "Hola"}, 200,
     {"status": "success", "message": "Notificación enviada a todos los clientes"}),
    ("tourism", "/notify", {"type": "sistema"}, 400, "Campos 'type' y 'message' son requeridos"),
    ("repairs", "/notify",
     {"event": "DASHBOARD_UPDATE", "type": "REPAIR_ORDER_CREATED", "resourceId": "b0b5",
      "timestamp": "2025-11-10T10:30:00Z"},
     200, "Notificación recibida: REPAIR_ORDER_CREATED"),
    ("citas", "/notify/cita", {"negocio_id": "citas", "action": "created"}, 200, "Notification processed"),
    ("citas", "/notify/cita", {"action": "created"}, 400, "negocio_id is required"),
    ("marketplace", "/api/notify", {"event": "order_created", "data": {"order_id": 1}, "user_id": 7}, 200,
     {"status": "success", "message": "Notification sent"}),
    ("marketplace", "/api/notify", {"event": "order_created", "data": {}}, 400, "Must specify user_id or room"),
    ("parking", "/api/publish", {"type": "aviso", "data": {"n": 1}}, 200, {"results": [{"status": "stored"}]}),
    ("citas", "/notify/cita", {"negocio_id": "parking"}, 403, {"error": "not for this negocio"}),
]  # fmt: skip


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def json_of(text: str) -> Any:
    return httpx.Response(200, text=text).json()


async def test_axios_posts_get_the_answers_that_they_expect(programs: Path, web: Web, keys: dict[str, str]) -> None:
    async with node_client(programs, "axios.mjs", web.http) as back_end:
        for place, (who, path, body, status, data) in enumerate(POSTS, 1):
            await post(back_end, path, body, bearer(keys[who]))
            await back_end.wait_for("status", place)
            assert back_end.told[-1] == {"status": status, "data": data}, (path, body)
        await post(back_end, "/notify", {"type": "sistema", "message": "Hola"}, {})
        await back_end.wait_for("status", len(POSTS) + 1)
        assert back_end.told[-1] == {"status": 401, "data": {"error": "a service key or token is needed"}}


async def post(back_end: NodeClient, path: str, body: Any, headers: dict[str, str]) -> None:
    await back_end.order("post", {"path": path, "body": body, "headers": headers})


def test_httpx_posts_get_the_answers_that_they_expect(web: Web, keys: dict[str, str]) -> None:
    with httpx.Client(base_url=web.http, timeout=5) as back_end:
        for who, path, body, status, data in POSTS:
            answer = back_end.post(path, json=body, headers={"X-API-Key": keys[who]})
            is_json = answer.headers["Content-Type"].startswith("application/json")
            assert (answer.status_code, answer.json() if is_json else answer.text) == (status, data), (path, body)
        batch = [{"type": "aviso", "data": {"n": number}} for number in range(3)]
        answer = back_end.post("/api/publish", json=batch, headers={"X-API-Key": keys["parking"]})
        assert answer.json() == {"results": [{"status": "stored"}] * 3}
