"""Is each client told apart: by its frames or its silence, its token, its Host, or as anybody?"""

import asyncio
import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus

from dashboards.businesses.marketplace.tests.shop import Shop
from dashboards.businesses.parking.models import Pago
from dashboards.businesses.tourism.tests.operator import Operator
from realtime.database import in_thread
from tests.acceptance.businesses import book, new_negocio, new_shop, order
from tests.acceptance.clients import client, clients, token
from tests.acceptance.cluster import Cluster, Web
from tests.acceptance.lots import Ground, open_lot, stats, told, types, url

OPEN, CLOSED = "abierto", "cerrado"
CLOSED_HOST = {"Host": f"{CLOSED}.example"}  # who comes there without a token is nobody yet
PATHS = pytest.mark.parametrize("path", ["/ws", "/ws/parking"])
# What is not told by then is not told.
LATER = 0.7


@pytest.fixture(scope="module")
def opened(cluster: Cluster) -> Ground:
    return open_lot(OPEN)


@pytest.fixture(scope="module")
def running(cluster: Cluster, opened: Ground) -> Cluster:
    open_lot(CLOSED, hosts=[f"{CLOSED}.example"])
    cluster.environment |= {"UPDATE_INTERVAL": "600", "ANONYMOUS_READ": OPEN, "ALLOWED_HOSTS": "*"}
    return cluster.start(webs=1, workers=1)


@pytest.fixture
def web(running: Cluster) -> Web:
    return running.webs[0]


@pytest.fixture
def ground(running: Cluster) -> Ground:
    return open_lot()


# -- Tokens -------------------------------------------------------------------------------------------


@PATHS
@pytest.mark.parametrize("pause", [0, LATER], ids=["at once", "late"])
async def test_a_token_in_band_is_not_acknowledged_and_opens_everything(web: Web, path: str, pause: float) -> None:
    async with client(f"{web.ws}{path}", CLOSED_HOST) as socket:
        assert await socket.quiet(pause) == []
        await socket.send({"action": "auth", "token": token(CLOSED)})
        await socket.send({"type": "get_espacios_disponibles"})
        await socket.wait_for(2)
        await socket.quiet(LATER)
    assert sorted(frame["type"] for frame in socket.frames) == ["espacios_disponibles", "stats_update"]
    assert told(socket, "stats_update") == [stats(2, 0)]


@PATHS
@pytest.mark.parametrize("bad", ["", "x.y.z", "expired"])
async def test_a_bad_token_in_band_is_explained_and_4401(web: Web, path: str, bad: str) -> None:
    async with client(f"{web.ws}{path}", CLOSED_HOST) as socket:
        await socket.send({"action": "auth", "token": token(CLOSED, ttl=-60) if bad == "expired" else bad})
        assert await socket.closed() == 4401
    assert socket.frames == [{"type": "error", "data": {"message": "invalid token"}}]


async def test_a_token_behind_a_request_brings_everything_once(web: Web) -> None:
    async with client(f"{web.ws}/ws", CLOSED_HOST) as socket:
        for frame in ({"type": "get_dashboard"}, {"action": "auth", "token": token(CLOSED)}, {"action": "subscribe"}):
            await socket.send(frame)
        await socket.wait_for(2)
        await socket.quiet(LATER)
    assert [frame["type"] for frame in socket.frames] == ["error", "stats_update"]


async def test_a_bad_token_on_upgrade_is_401(web: Web) -> None:
    for bad in ("", "x.y.z", token(CLOSED, ttl=-60)):
        with pytest.raises(InvalidStatus) as refused:
            async with client(f"{web.ws}/ws/parking?token={bad}"):
                pass
        assert (refused.value.response.status_code, refused.value.response.body) == (401, b"Invalid token")


async def test_who_has_no_token_gets_errors_for_ten_seconds(web: Web) -> None:
    requests = ["get_dashboard", "get_espacios_por_seccion", "get_espacios_disponibles", "get_tickets_activos"]
    async with clients([f"{web.ws}/ws/parking", f"{web.ws}/ws"], headers=CLOSED_HOST) as sockets:
        for socket in sockets:
            started = asyncio.get_running_loop().time()
            for request in requests:
                await socket.send({"type": request})
        for socket in sockets:
            assert await socket.closed(20) == 4401
            assert 9 < asyncio.get_running_loop().time() - started < 16
            messages = [f"authenticate first: {request}" for request in requests]
            assert socket.frames == [{"type": "error", "data": {"message": message}} for message in messages]


# -- Who may see what of a parking lot -----------------------------------------------------------------------------


async def test_what_concerns_one_user_is_told_to_that_user_alone(web: Web, ground: Ground) -> None:
    everybody = {"ana": "cliente", "beto": "cliente", "7": "Admin"}
    urls = [url(web, ground.code, user=user, role=role) for user, role in everybody.items()]
    async with clients([*urls, urls[0]]) as sockets:
        ana, beto, staff, silent = sockets
        for socket in (ana, beto, staff):
            await socket.send({"action": "subscribe", "filters": ["alerts"]})
        await silent.quiet(LATER)
        await in_thread(ground.reserve)
        await ana.wait_for(1)
        pago: Pago = await in_thread(ground.lot.pago, ground.ticket)
        await in_thread(Pago.objects.filter(pk=pago.pk).update, monto=2)
        await ana.wait_for(2)
        await ana.quiet(LATER)
    for frame in ana.frames:
        assert frame["type"] == "system_alert"
        assert frame["data"].keys() == {"level", "message", "timestamp", "action_required"}
        assert dt.datetime.fromisoformat(frame["data"]["timestamp"]).tzinfo is not None
    confirmed, updated = (frame["data"] for frame in ana.frames)
    assert "reserva" in confirmed["message"]
    assert "2,00" in updated["message"]
    assert (confirmed["level"], confirmed["action_required"]) == ("info", False)
    assert [beto.frames, staff.frames, silent.frames] == [[], [], []]


async def test_a_client_of_the_lot_is_refused_what_is_the_staffs(web: Web, ground: Ground) -> None:
    async with client(url(web, ground.code, user="beto", role="cliente")) as socket:
        await socket.send({"type": "get_dashboard"})
        await socket.send({"type": "get_tickets_activos"})
        await socket.wait_for(2)
        await in_thread(ground.enter)
        await socket.quiet(LATER)
    assert socket.frames == [
        {"type": "error", "data": {"message": "forbidden: get_dashboard"}},
        {"type": "error", "data": {"message": "forbidden: get_tickets_activos"}},
    ]


@PATHS
async def test_anybody_reads_a_lot_that_is_open_to_all(web: Web, opened: Ground, path: str) -> None:
    """Its state and its spaces; tickets and payments are not for everybody."""
    async with clients([f"{web.ws}{path}"] * 2) as (silent, speaking):
        await speaking.send({"action": "subscribe"})
        await speaking.send({"type": "get_espacios_disponibles"})
        await silent.wait_for(1)
        await speaking.wait_for(2)
        await speaking.quiet(LATER)
        await in_thread(opened.leave, await in_thread(opened.enter, "B1", f"ANON-{len(path)}"))
        await silent.wait_until(lambda: "espacio_liberado" in types(silent))
        await speaking.quiet(LATER)
    assert types(silent) == {"dashboard_update", "espacio_ocupado", "espacio_liberado"}
    assert types(speaking) == {"stats_update", "espacios_disponibles", "parking_update"}


async def test_who_reads_without_a_token_may_still_bring_one(web: Web, opened: Ground) -> None:
    async with client(f"{web.ws}/ws") as socket:
        await socket.wait_until(lambda: "dashboard_update" in types(socket))
        await socket.send({"action": "auth", "token": token(OPEN)})
        await socket.quiet(LATER)
        await in_thread(opened.leave, await in_thread(opened.enter, "A1", "AUTH-1"))
        await socket.wait_until(lambda: types(socket) >= {"new_ticket", "payment_completed"})


# -- Two kinds on one path ----------------------------------------------------------------------------

QUEUE, SHOP, TOURS, MARKET = "fila", "taller", "agencia", "tienda"
NUMBERS = count(1)
# Which fields the frames of each kind's own dialect have.
SHAPES = {
    "parking": {"type", "data"},
    "citas": {"type", "data", "timestamp"},
    "repairs": {"event", "data", "timestamp"},
    "tourism": {"type", "message", "data", "timestamp"},
    "marketplace": {"type", "timestamp", "metadata"},
}


@dataclass(frozen=True)
class Business:
    """A negocio, and something that happens there."""

    code: str
    happen: Callable[[], object]


@pytest.fixture(scope="module")
def businesses(running: Cluster) -> dict[str, Business]:
    """One of each kind."""
    lot, queue, shop = open_lot("lote", hosts=["lote.example"]), new_negocio(QUEUE), new_shop(SHOP)
    queue.hosts = [f"{QUEUE}.example"]
    queue.save()
    operator, market = Operator(new_negocio(TOURS, "tourism")), Shop(new_negocio(MARKET, "marketplace"))
    return {
        "parking": Business(lot.code, lambda: lot.leave(lot.enter(placa=f"P-{next(NUMBERS)}"))),
        "citas": Business(QUEUE, lambda: book(queue)),
        "repairs": Business(SHOP, lambda: order(shop)),
        "tourism": Business(TOURS, operator.tour),
        "marketplace": Business(MARKET, market.order),
    }


async def test_clients_of_all_kinds_on_one_path_get_their_own_frames_only(
    web: Web, businesses: dict[str, Business]
) -> None:
    """Silent ones and speaking ones together."""
    spoken: list[tuple[str, Any]] = [
        *((kind, None) for kind in SHAPES),
        ("parking", {"type": "get_dashboard"}),
        ("parking", {"action": "subscribe"}),
        ("citas", {"type": "subscribe", "channel": f"estadisticas:{QUEUE}"}),
        ("tourism", {"type": "system_message", "data": {"action": "auth", "token": token(TOURS)}}),
    ]
    async with clients([url(web, businesses[kind].code, "/ws") for kind, _ in spoken]) as sockets:
        for socket, (_, frame) in zip(sockets, spoken, strict=True):
            if frame is not None:
                await socket.send(frame)
        await asyncio.sleep(LATER)
        before = [len(socket.frames) for socket in sockets]
        for business in businesses.values():
            await in_thread(business.happen)
        for socket, count in zip(sockets, before, strict=True):
            await socket.wait_for(count + 1)
        await asyncio.sleep(LATER)
    for socket, (kind, frame) in zip(sockets, spoken, strict=True):
        assert all(each.keys() == SHAPES[kind] for each in socket.frames), (kind, frame)
    field, documented = (
        {"dashboard_update", "espacio_ocupado", "espacio_liberado"},
        {"stats_update", "parking_update", "new_ticket", "payment_completed"},
    )
    assert [types(socket) for socket, (kind, _) in zip(sockets, spoken, strict=True) if kind == "parking"] == [
        field, field, documented,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("said", "host", "expected"),
    [
        (None, "", set()),
        (None, QUEUE, {"stats"}),
        (None, "lote", {"dashboard_update"}),
        ({"type": "get_dashboard"}, "", {"dashboard_update"}),
        ({"type": "get_dashboard"}, QUEUE, {"dashboard_update"}),
        ({"action": "subscribe"}, QUEUE, {"stats_update"}),
        ({"type": "subscribe", "channel": f"estadisticas:{QUEUE}"}, "lote", {"stats"}),
        ({"type": "algo"}, QUEUE, {"stats"}),
    ],
)
async def test_who_holds_two_kinds_is_told_apart_by_the_first_frame_else_by_host(
    web: Web, businesses: dict[str, Business], said: Any, host: str, expected: set[str]
) -> None:
    both = token("", negocio_id=None, negocios=["lote", QUEUE])
    async with client(f"{web.ws}/ws?token={both}", {"Host": f"{host or 'nadie'}.example"}) as socket:
        if said is not None:
            await socket.send(said)
        await (socket.wait_for(1) if expected else socket.quiet(2 * LATER))
        await socket.quiet(LATER)
    assert {frame["type"] for frame in socket.frames} == expected


async def test_who_speaks_another_kinds_dialect_is_told_nothing_of_its_own(
    web: Web, businesses: dict[str, Business]
) -> None:
    async with client(url(web, QUEUE, "/ws")) as socket:
        await socket.send({"type": "get_dashboard"})
        await socket.wait_for(1)
        await in_thread(businesses["citas"].happen)
        await socket.quiet(2 * LATER)
    assert types(socket) == {"error"}
