"""Does every row of wire.md work, frame by frame, against the real server process? docs/wire-tests.md says which where.

What the other acceptance tests show by literal frames isn't repeated here.
"""

import asyncio
import datetime as dt
import re
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from itertools import product
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from websockets.exceptions import InvalidStatus

from dashboards.businesses.citas.models import Cita
from dashboards.businesses.parking.tests.lot import Lot
from dashboards.businesses.repairs.models import RepairOrder
from dashboards.businesses.repairs.tests.shop import Shop
from dashboards.businesses.tourism.tests.operator import Operator
from dashboards.models import Negocio
from notifications.service_keys import new_key
from realtime.database import in_thread
from tests.acceptance.clients import Client, client, clients, token
from tests.acceptance.cluster import Cluster, Web, free_port
from tests.acceptance.wire_rows import (
    CREATED,
    FULL,
    HTTP,
    KINDS,
    PASSWORD,
    QUEUE,
    QUEUE_SNAKE,
    REST,
    SECRET,
    TOLD,
    TYPES,
    USER,
    open_negocios,
)
from tests.authentication.tokens import signed

FRONT = "https://front.example"
ISSUER, AUDIENCE = "plataforma", "pulso"
RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
# A silent client is served by then. Seconds.
SILENCE_OVER = 0.8


@pytest.fixture(scope="module")
def second_port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def running(cluster: Cluster, second_port: int) -> Cluster:
    """The first web process as most are; the second with what is not usual, on two ports."""
    open_negocios()
    cluster.environment |= {"UPDATE_INTERVAL": "600", "ALLOWED_HOSTS": "*"}
    cluster.add_web(wait=False, CORS_ORIGIN=FRONT)
    cluster.add_web(
        "--port", str(second_port), wait=False, CORS_ORIGIN="*", CLOSE_ON_EXPIRY="true", PING_PERIOD="1s",
        PONG_WAIT="2s", JWT_ISSUER=ISSUER, JWT_AUDIENCE=AUDIENCE, DEFAULT_NEGOCIO="citas:cola,tourism:viajes",
        ANONYMOUS_READ="viajes", NOTIFY_TRUSTED_NETWORKS="127.0.0.0/8",
    )  # fmt: skip
    cluster.add_worker(wait=False)
    for web in cluster.webs:
        web.wait_ready()
    cluster.wait_working(cluster.workers[0])
    return cluster


@pytest.fixture
def web(running: Cluster) -> Web:
    return running.webs[0]


@pytest.fixture
def odd(running: Cluster) -> Web:
    return running.webs[1]


@pytest.fixture(scope="module")
def keys(running: Cluster) -> dict[str, str]:
    return {code: new_key(Negocio.objects.get(code=code), "prueba") for code in KINDS}


@pytest.fixture
async def http(web: Web) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=web.http, timeout=10) as http:
        yield http


def of_all(**claims: Any) -> str:
    """A token that holds one negocio of each kind, so that nothing but its frames tells the client apart."""
    return signed(negocios=list(KINDS), **claims)


def negocio(code: str) -> Negocio:
    return Negocio.objects.get(code=code)


async def notify(web: Web, key: str, **body: Any) -> None:
    body = {"type": "test", "message": "m"} | body
    answer = await in_thread(httpx.post, f"{web.http}/notify", json=body, headers={"X-API-Key": key})
    assert answer.status_code == 200, answer.text


async def refusal(url: str, **headers: str) -> tuple[int, str]:
    """Status and text with which an upgrade is refused."""
    with pytest.raises(InvalidStatus) as refused:
        async with client(url, headers):
            pass
    return refused.value.response.status_code, (refused.value.response.body or b"").decode()


async def first_of(sockets: list[Client]) -> list[Any]:
    """The first frame of each."""
    return [(await socket.wait_for(1))[0] for socket in sockets]


# -- How a client is told apart -----------------------------------------------------------------------

FIRST_FRAMES: list[tuple[str, Any]] = [
    ('{"type":"subscribe","data":{"channel":"estadisticas:cola"}}', "stats"),
    ('{"type":"subscribe","channel":"estadisticas:cola"}', "stats"),
    ('{"type":"get_dashboard"}', "dashboard_update"),
    ('{"type":"get_espacios_por_seccion"}', "espacios_por_seccion"),
    ('{"type":"get_espacios_disponibles"}', "espacios_disponibles"),
    ('{"type":"get_tickets_activos"}', "tickets_activos"),
    ('{"action":"subscribe","filters":["stats"]}', "stats_update"),
    ('{"type":"join","payload":{"room":"charla"}}', "joined charla"),
    ('{"type":"leave","payload":{"room":"charla"}}', "left charla"),
    ('{"type":"broadcast","payload":{"room":"charla","body":1}}', "error"),
    ('{"v":1,"type":"ping","id":5}', "pong"),
    ('{"v":1,"type":"subscribe","id":5,"negocio":"taller","topic":"stats"}', "subscribed"),
]


def sort_of(frame: Any) -> Any:
    return frame if isinstance(frame, str) else frame.get("type", frame.get("event"))


async def test_the_first_recognised_frame_decides(web: Web) -> None:
    urls = [f"{web.ws}/ws?token={of_all(id=str(number))}" for number in range(len(FIRST_FRAMES))]
    async with clients(urls) as sockets:
        for one, (frame, _) in zip(sockets, FIRST_FRAMES, strict=True):
            await one.send('{"type":"hola"}')  # of none
            await one.send(frame)
        for one, (_, expected) in zip(sockets, FIRST_FRAMES, strict=True):
            await one.wait_until(lambda one=one, expected=expected: expected in map(sort_of, one.frames))  # type: ignore[misc]


def take_a_space() -> None:
    space = Lot(negocio("lote")).espacio()
    space.estado = "ocupado"
    space.save()


async def test_a_first_frame_that_comes_late_decides_too(web: Web) -> None:
    async with client(f"{web.ws}/ws?token={of_all(id='late')}") as one:
        assert await one.quiet(SILENCE_OVER) == []
        await one.send('{"type":"get_dashboard"}')
        await one.wait_for(1)
        await in_thread(take_a_space)
        await one.wait_until(lambda: {"dashboard_update", "espacio_ocupado"} == set(map(sort_of, one.frames)))


FIXED: list[tuple[str, str]] = [
    ("/ws/citas", "stats"), ("/ws/parking", "dashboard_update"), ("/ws/repairs", "DASHBOARD_FULL_UPDATE"),
    ("/ws?dialect=citas", "stats"), ("/ws?dialect=parking", "dashboard_update"),
    ("/ws?dialect=repairs", "DASHBOARD_FULL_UPDATE"),
]  # fmt: skip


async def test_a_path_or_a_query_fixes_the_dialect_at_once(web: Web) -> None:
    def url(path: str) -> str:
        return f"{web.ws}{path}{'&' if '?' in path else '?'}token={of_all(id=path)}"

    async with clients(url(path) for path, _ in FIXED) as sockets:
        assert [sort_of(frame) for frame in await first_of(sockets)] == [expected for _, expected in FIXED]
    # Fixed, so that another one's words mean nothing.
    misfits = {"/ws/marketplace": "unsupported message type", "/ws?dialect=marketplace": "unsupported message type"}
    async with clients(url(path) for path in misfits) as sockets:
        for one in sockets:
            await one.send('{"v":1,"type":"ping","id":5}')
        assert [frame["payload"]["error"] for frame in await first_of(sockets)] == list(misfits.values())
    async with clients(url(path) for path in ("/ws/native", "/ws?dialect=native")) as sockets:
        for one in sockets:
            await one.send('{"type":"get_dashboard"}')
        assert [frame["reason"] for frame in await first_of(sockets)] == ["v must be 1"] * 2


async def test_the_subprotocol_fixes_the_dialect_at_once(web: Web) -> None:
    async with client(f"{web.ws}/ws?token={of_all()}", subprotocols=["pulso.v1"]) as one:
        assert one.socket.subprotocol == "pulso.v1"
        await one.send('{"type":"get_dashboard"}')
        assert (await one.wait_for(1))[0]["reason"] == "v must be 1"


async def test_who_holds_several_kinds_and_says_nothing_gets_nothing_but_by_its_host(web: Web) -> None:
    url = f"{web.ws}/ws?token={of_all(id='silent')}"
    async with client(url) as lost, client(url, {"Host": "taller.example"}) as found:
        assert (await found.wait_for(1))[0]["event"] == "DASHBOARD_FULL_UPDATE"
        assert lost.frames == []
        assert lost.is_open


async def test_the_newest_tourism_client_connects_at_the_root(web: Web, keys: dict[str, str]) -> None:
    async with client(f"{web.ws}/?token={token('viajes')}&user_id=7") as one:
        await one.quiet(SILENCE_OVER)
        await notify(web, keys["viajes"], type="tour_purchased")
        assert (await one.wait_for(1))[0]["type"] == "tour_purchased"


async def test_every_port_serves(odd: Web, second_port: int) -> None:
    good = signed(negocio_id="cola", iss=ISSUER, aud=AUDIENCE)
    async with clients(f"ws://127.0.0.1:{port}/ws?token={good}" for port in (odd.port, second_port)) as sockets:
        assert [sort_of(frame) for frame in await first_of(sockets)] == ["stats", "stats"]


async def test_a_peer_that_is_silent_for_the_time_of_a_pong_is_dropped(odd: Web) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", odd.port)
    writer.write(
        f"GET /ws?token={signed(negocio_id='cola', iss=ISSUER, aud=AUDIENCE)} HTTP/1.1\r\nHost: localhost\r\n"
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode()
    )
    started = time.monotonic()
    async with asyncio.timeout(10):
        received = await reader.read(-1)
    writer.close()
    assert received.startswith(b"HTTP/1.1 101 ")
    assert b"\x89\x04" in received, "a ping of four bytes"
    assert 1.5 < time.monotonic() - started < 9


# -- Tokens -------------------------------------------------------------------------------------------


async def authenticated(url: str, token: str, host: str = "localhost") -> Any:
    """The answer to a token in a native frame; None where the socket is closed with 4101."""
    async with client(f"{url}/ws/native", {"Host": host}) as one:
        await one.send({"v": 1, "type": "auth", "id": "a", "token": token})
        answered, closed = asyncio.create_task(one.wait_for(1)), asyncio.create_task(one.closed())
        await asyncio.wait({answered, closed}, return_when=asyncio.FIRST_COMPLETED)
        if closed.done():
            answered.cancel()
            assert closed.result() == 4101
            return None
        closed.cancel()
        return answered.result()[0]


async def test_every_hmac_is_understood_and_neither_jti_nor_token_type_is_needed(web: Web) -> None:
    expected = {"v": 1, "type": "authenticated", "id": "a", "user": "7", "negocios": ["cola"]}
    for algorithm in ("HS256", "HS384", "HS512"):
        answer = await authenticated(web.ws, signed(algorithm=algorithm, negocio_id="cola", exp=2_000_000_000))
        assert answer == expected | {"expires_at": 2_000_000_000}


# Claims -> user id.
USERS: list[tuple[dict[str, Any], str]] = [
    ({"id": 7, "user_id": 8, "sub": 9}, "7"),
    ({"id": "a-b", "user_id": 8}, "a-b"),
    ({"id": None, "user_id": 8, "sub": 9}, "8"),
    ({"id": None, "sub": 9}, "9"),
    ({"id": None, "sub": "9"}, "9"),
    ({"id": None, "role": "client", "id_client": 3}, "3"),
    ({"id": None, "role": "SELLER", "id_seller": "4"}, "4"),
    ({"id": None, "rol": "admin", "role": None, "id_admin": 5}, "5"),
    ({"id": None, "role": "client", "reference_id": 6}, "6"),
]


async def test_the_user_is_named_by_any_of_the_claims(web: Web) -> None:
    for claims, user in USERS:
        answer = await authenticated(web.ws, signed(negocio_id="tienda", **claims))
        assert answer["user"] == user, claims


ROLES = {
    "negocio": True, "admin_sistema": True, "Admin": True, "ADMIN": True, "admin": True, "Technician": True,
    "cliente": False, "client": False, "User": False, "seller": False, "": False,
}  # fmt: skip


async def test_roles_count_in_any_case_under_either_name(web: Web) -> None:
    for name, (role, staff) in product(("role", "rol"), ROLES.items()):
        claims: dict[str, Any] = {"role": None, name: role}
        async with client(f"{web.ws}/ws/native?token={signed(negocio_id='cola', **claims)}") as one:
            await one.send('{"v":1,"type":"subscribe","id":1,"topic":"events"}')
            answer = (await one.wait_for(1))[0]
            assert (answer["type"], answer.get("code")) == (("subscribed", None) if staff else ("error", 4103)), role


async def test_a_seller_is_named_by_number_or_text_under_either_name(web: Web) -> None:
    for claims in ({"seller_id": 9}, {"seller_id": "9"}, {"id_seller": 9}, {"seller_id": 9, "id_seller": 1}):
        good = signed(negocio_id="tienda", role="seller", **claims)
        async with client(f"{web.ws}/ws/marketplace?token={good}") as one:
            await one.send('{"type":"join","payload":{"room":"seller-9"}}')
            assert await one.wait_for(1) == ["joined seller-9"], claims


async def test_issuer_and_audience_count_where_they_are_configured(odd: Web) -> None:
    for aud in (AUDIENCE, ["otra", AUDIENCE]):
        assert await authenticated(odd.ws, signed(negocio_id="cola", iss=ISSUER, aud=aud))
    for claims in ({"iss": ISSUER}, {"aud": AUDIENCE}, {"iss": "x", "aud": AUDIENCE}, {"iss": ISSUER, "aud": ["x"]}):
        bad = f"{odd.ws}/ws?token={signed(negocio_id='cola', **claims)}"
        assert await refusal(bad) == (401, "Invalid token"), claims


async def test_the_header_counts_before_the_query_and_that_before_the_subprotocol(web: Web) -> None:
    good, bad = token("cola"), token("cola", ttl=-60)
    for url, headers, protocol in (
        (f"/ws?token={bad}", {"Authorization": f"Bearer {good}"}, bad),
        (f"/ws?token={good}", {}, bad),
        ("/ws", {}, good),
    ):
        async with client(f"{web.ws}{url}", headers, subprotocols=["pulso.v1", f"jwt.{protocol}"]) as one:
            assert one.is_open
    assert (await refusal(f"{web.ws}/ws?token={good}", Authorization=f"Bearer {bad}"))[0] == 401


async def test_a_bad_token_in_a_system_message_is_4401(web: Web) -> None:
    for path in ("/ws", "/ws/tourism"):
        async with client(f"{web.ws}{path}") as one:
            await one.send(system_message(token("viajes", ttl=-60)))
            assert await one.closed() == 4401
            assert one.frames == []


async def test_what_happens_when_a_token_expires_under_an_open_socket(web: Web, odd: Web) -> None:
    soon = time.time() + 3
    plain: dict[str, Any] = {"exp": soon, "id": "1"}
    configured = plain | {"iss": ISSUER, "aud": AUDIENCE}
    paths = [(code, f"/ws/{kind}") for code, kind in KINDS.items()]
    async with (
        clients(f"{web.ws}{path}?token={signed(negocio_id=code, **plain)}" for code, path in paths) as staying,
        clients(f"{odd.ws}{path}?token={signed(negocio_id=code, **configured)}" for code, path in paths) as leaving,
        client(f"{web.ws}/ws/native?token={signed(negocio_id='cola', **plain)}") as late,
        client(f"{web.ws}/ws/native?token={signed(negocio_id='cola', **plain)}") as refreshed,
    ):
        again = signed(negocio_id="cola", id="1")
        await refreshed.send({"v": 1, "type": "auth", "id": 1, "token": again})
        assert (await refreshed.wait_for(1))[0]["type"] == "authenticated"
        assert await late.closed() == 4101
        assert [await one.closed() for one in leaving] == [4401] * len(KINDS)
        await asyncio.sleep(max(0.0, soon + 0.5 - time.time()))
        assert [one.is_open for one in [*staying, refreshed]] == [True] * (len(KINDS) + 1)


# -- Which negocio ------------------------------------------------------------------------------------

OLD_CITAS = {"email": "a@example.com", "role": None}  # {id,email,iat,exp} is all that they say
# What decides -> claims, Host, the negocios held.
HELD: dict[str, tuple[dict[str, Any], str, list[str]]] = {
    "the key, whatever the claims": ({"secret": SECRET, "negocio_id": "taller"}, "localhost", ["cola"]),
    "the claim": ({"negocio_id": "taller"}, "cola.example", ["taller"]),
    "the claim of several": ({"negocios": ["taller", "lote"]}, "cola.example", ["taller", "lote"]),
    "who administers": ({**OLD_CITAS, "id": "la-duena"}, "taller.example", ["cola"]),
    "who is a member": ({"id": "socia"}, "cola.example", ["taller"]),
    "the Host": ({"id": "nadie"}, "lote.example", ["lote"]),
    "nothing": ({"id": "nadie"}, "localhost", []),
}


async def test_a_token_holds_the_negocios_that_the_order_says(web: Web) -> None:
    for what, (claims, host, expected) in HELD.items():
        answer = await authenticated(web.ws, signed(**claims), host)
        assert (answer or {"negocios": []})["negocios"] == expected, what
    assert await refusal(f"{web.ws}/ws/citas?token={signed(id='nadie')}") == (401, "Invalid token")


async def test_the_default_of_the_dialect_comes_last(odd: Web, keys: dict[str, str]) -> None:
    nobodys = signed(id="nadie", iss=ISSUER, aud=AUDIENCE)
    async with client(f"{odd.ws}/ws/citas?token={nobodys}") as queue, client(f"{odd.ws}/ws/tourism") as anybody:
        assert (await queue.wait_for(1))[0]["data"]["negocio_id"] == "cola"
        await anybody.quiet(SILENCE_OVER)
        # By the default of the route, and by that of the anonymous socket.
        answer = await in_thread(httpx.post, f"{odd.http}/notify", json={"type": "test", "message": "sin llave"})
        assert answer.status_code == 200
        assert (await anybody.wait_for(1))[0]["message"] == "sin llave"
    assert (await refusal(f"{odd.ws}/ws/parking?token={nobodys}"))[0] == 401


# -- 1 ------------------------------------------------------------------------------------------------


async def test_a_stats_frame_to_the_letter(web: Web) -> None:
    async with client(f"{web.ws}/ws?token={token('cola', role='cliente')}") as one:
        await one.send('{"type":"subscribe","data":{"channel":"estadisticas:cola"}}')
        (frame,) = await one.wait_for(1)
        at = frame["data"].pop("timestamp")
        assert isinstance(at, int)
        assert abs(at - time.time()) < 60
        assert RFC3339.fullmatch(frame.pop("timestamp"))
        assert frame == {"type": "stats", "data": {"negocio_id": "cola", **QUEUE, **QUEUE_SNAKE}}


async def test_queue_events_are_passed_on_to_the_others_of_the_negocio(web: Web) -> None:
    events: list[dict[str, Any]] = [
        {"type": type, "data": {"turno": 5}, **place}
        for type in ("nueva_cita", "avance_fila", "cerrar_fila", "usuario_en_fila")
        for place in ({"channel": "estadisticas:cola"}, {"negocioId": "cola"}, {})
    ]
    ours = [f"{web.ws}/ws/citas?token={token('cola', user=str(number), role='cliente')}" for number in range(2)]
    async with clients(ours) as (sender, listener), client(f"{web.ws}/ws/native?token={token('cola')}") as native:
        for one in (sender, listener):
            await one.send('{"type":"subscribe","data":{"channel":"estadisticas:cola"}}')
            await one.wait_for(1)
        await native.send('{"v":1,"type":"subscribe","id":1,"topic":"stats"}')
        await native.wait_for(2)
        for event in events:
            await sender.send(event)
        await listener.wait_for(1 + len(events))
        assert listener.frames[1:] == events
        assert (len(sender.frames), len(native.frames)) == (1, 2)


async def test_a_cita_and_the_post_about_it_are_one_push_and_a_post_alone_is_one_too(
    web: Web, keys: dict[str, str]
) -> None:
    async with client(f"{web.ws}/ws/citas?token={token('cola')}") as one, httpx.AsyncClient(base_url=web.http) as http:

        async def post() -> None:
            body = {"negocio_id": "cola", "action": "created"}
            answer = await http.post("/notify/cita", json=body, headers={"X-API-Key": keys["cola"]})
            assert answer.status_code == 200

        await one.wait_for(1)
        await post()
        await one.wait_for(2)
        await one.quiet(0.5)
        await in_thread(book_again)
        await post()
        await one.wait_for(3)
        await one.quiet(0.5)
        assert [frame["data"]["totalCitas"] - QUEUE["totalCitas"] for frame in one.frames] == [0, 0, 1]


def book_again() -> None:
    first = Cita.objects.filter(negocio__code="cola").earliest("pk")
    Cita.objects.create(negocio=first.negocio, fecha=first.fecha, hora_inicio=first.hora_inicio)


# -- 3 ------------------------------------------------------------------------------------------------


def system_message(secret: str) -> dict[str, Any]:
    data = {"action": "auth", "user_id": "7", "token": secret}
    return {"type": "system_message", "data": data, "timestamp": "2025-11-10T10:30:00Z"}


async def test_a_system_message_authenticates_and_whatever_else_is_sent_is_ignored(
    web: Web, keys: dict[str, str]
) -> None:
    async with clients(f"{web.ws}{path}" for path in ("/ws", "/ws/tourism", "/")) as sockets:
        for one in sockets:
            await one.send(system_message(token("viajes", role="cliente")))
            for other in ('{"type":"ping"}', '{"type":"reserva_creada","message":"x"}', "nope", "[]"):
                await one.send(other)
            await one.quiet(0.2)
        at = "2025-11-10T10:30:00Z"
        await notify(web, keys["viajes"], type="promocion", message="2x1", data={"a": [1.5, None]}, timestamp=at)
        for one in sockets:
            await one.wait_for(1)
            (frame,) = one.frames
            assert dt.datetime.fromisoformat(frame.pop("timestamp")) == dt.datetime.fromisoformat(at)
            assert frame == {"type": "promocion", "message": "2x1", "data": {"a": [1.5, None]}}


async def test_notifications_of_every_type_pass_with_what_is_absent_filled_in(web: Web, keys: dict[str, str]) -> None:
    async with client(f"{web.ws}/ws/tourism?token={token('viajes')}") as one:
        await one.quiet(SILENCE_OVER)
        with httpx.Client(base_url=web.http, headers={"X-API-Key": keys["viajes"]}) as http:
            for type in TYPES:
                await in_thread(http.post, "/notify", json={"type": type, "message": f"de {type}"})
        frames = await one.wait_for(len(TYPES))
        assert [(frame["type"], frame["message"], frame["data"]) for frame in frames] == [
            (type, f"de {type}", {}) for type in TYPES
        ]
        assert all(RFC3339.fullmatch(frame["timestamp"]) for frame in frames)


def a_trip() -> None:
    """Whatever makes one of the documented events."""
    operator = Operator(negocio("viajes"))
    ana = operator.usuario("Ana Lara", email="ana@example.com", rol="cliente")
    operator.destino("Baños", pais="Ecuador"), operator.guia("Hugo Tapia", idiomas=["es", "en"])
    tour, servicio = operator.tour("Cascadas", precio="38.50"), operator.servicio("Traslado", precio=12)
    operator.reserva(tour, monto="76.50", usuario=ana, personas=2)
    operator.contratacion(servicio, "12.25", usuario=ana)
    operator.recomendacion(5, "Inolvidable", usuario=ana)


async def test_rows_and_logins_are_told_with_the_documented_data(web: Web, http: httpx.AsyncClient) -> None:
    async with client(f"{web.ws}/ws/tourism?token={token('viajes')}") as one:
        await one.quiet(SILENCE_OVER)
        await in_thread(a_trip)
        await log_in(http)
        frames = {frame["type"]: frame["data"] for frame in await one.wait_for(len(TOLD))}
        assert {type: set(data) for type, data in frames.items()} == {
            type: set(keys.split()) for type, keys in TOLD.items()
        }
        assert (frames["tour_creado"]["precio"], frames["reserva_creada"]["monto"]) == (38.5, 76.5)
        assert frames["guia_creado"]["idiomas"] == ["es", "en"]
        assert frames["usuario_inicio_sesion"]["nombre"] == "Ana Lara"


async def log_in(http: httpx.AsyncClient) -> None:
    form = await http.get("/session/login")
    csrf = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form.text)
    assert csrf is not None
    answer = await http.post(
        "/session/login", data={"username": USER, "password": PASSWORD, "csrfmiddlewaretoken": csrf[1]}
    )
    assert answer.status_code == 302


# -- 4 ------------------------------------------------------------------------------------------------


async def test_every_rest_path_says_its_shape(http: httpx.AsyncClient) -> None:
    bearer = {"Authorization": f"Bearer {token('taller')}"}
    for path, expected in REST.items():
        answer = await http.get(path, headers=bearer)
        assert (answer.status_code, answer.json()) == (200, expected), path
        assert (await http.get(path)).status_code == 401
        assert (await http.post(path, headers=bearer)).status_code == 405


async def test_a_full_update_comes_once_to_who_opens_its_socket_again(web: Web) -> None:
    url = f"{web.ws}/ws?token={token('taller', user='again')}"
    started = time.monotonic()
    async with client(url) as one:
        (frame,) = await one.wait_for(1)
        assert time.monotonic() - started > 0.45
        assert RFC3339.fullmatch(frame.pop("timestamp"))
        assert (frame["event"], list(frame["data"]), set(frame)) == ("DASHBOARD_FULL_UPDATE", FULL, {"event", "data"})
        assert frame["data"]["orders_revenue"] == REST["/repair-orders/stats/revenue"]
    async with client(url) as again, client(f"{web.ws}/ws?token={token('taller', user='other')}") as other:
        await other.wait_for(1)
        assert await again.quiet(0.3) == []


async def test_each_event_of_a_repair_shop_carries_its_metrics(web: Web, keys: dict[str, str]) -> None:
    # A shop of its own: the figures of the other one are compared with literals.
    shop = await in_thread(new_shop, "banco")
    # Before anybody watches: its own refresh may see the order already, which is an update then, and no creation yet.
    equipment = await in_thread(shop.equipment)
    made: list[RepairOrder] = []
    steps: list[tuple[str, Any, list[str]]] = [
        ("REPAIR_ORDER_CREATED", lambda: made.append(shop.order(equipment=equipment)), CREATED),
        ("USER_CREATED", shop.client, ["users_overview", "users_count_clients"]),
        ("TECHNICIAN_CREATED", shop.technician,
         ["users_overview", "users_count_technicians", "users_count_active_technicians"]),
        ("REPAIR_ORDER_UPDATED", lambda: set_status(made[0], "IN_REPAIR"), ["orders_by_status", "orders_recent"]),
        ("REPAIR_ORDER_COMPLETED", lambda: set_status(made[0], "DELIVERED"),
         ["orders_by_status", "orders_count_active", "orders_overview", "orders_recent", "orders_revenue"]),
        ("REPAIR_ORDER_DELETED", lambda: made[0].delete(),
         ["orders_by_status", "orders_count_total", "orders_overview", "orders_recent", "orders_revenue"]),
    ]  # fmt: skip
    async with client(f"{web.ws}/ws/repairs?token={token('banco')}") as page:
        await page.wait_for(1)
        for event, step, metrics in steps:
            seen = len(page.frames)
            await in_thread(step)
            frame = (await page.wait_for(seen + 1))[seen]
            assert (frame["event"], list(frame["data"])) == (event, metrics)
            await page.quiet(0.3)  # the burst has settled
            assert len(page.frames) == seen + 1, event
        key = await in_thread(new_key, shop.negocio, "prueba")
        for type in ("", "REVISION_ANUAL"):
            seen = len(page.frames)
            await notify(web, key, event="DASHBOARD_UPDATE", type=type, resourceId="1")
            frame = (await page.wait_for(seen + 1))[seen]
            assert (frame["event"], list(frame["data"])) == (type or "DASHBOARD_FULL_UPDATE", FULL)


def new_shop(code: str) -> Shop:
    return Shop(Negocio.objects.create(code=code, name=code, kind="repairs"))


def set_status(order: RepairOrder, status: str) -> None:
    order.status = status
    order.save()


# -- HTTP in ------------------------------------------------------------------------------------------


async def test_every_post_gets_its_answer_to_the_letter(http: httpx.AsyncClient, keys: dict[str, str]) -> None:
    for who, method, path, body, status, expected in HTTP:
        for headers in ({"X-API-Key": keys[who]}, {"Authorization": f"Bearer {keys[who]}"}) if who else ({},):
            answer = await http.request(
                method, path, content=body, headers={"Content-Type": "application/json"} | headers
            )
            found = answer.json() if not isinstance(expected, str) else answer.text
            assert (answer.status_code, found) == (status, expected), (method, path, body)
            kind = "application/json" if not isinstance(expected, str) else "text/plain"
            assert answer.headers["Content-Type"].startswith(kind)


async def test_a_service_token_speaks_too(http: httpx.AsyncClient) -> None:
    bearer = {"Authorization": f"Bearer {signed(SECRET, id='servicio', role='admin')}"}
    answer = await http.post("/notify/cita", json={"negocio_id": "cola", "action": "created"}, headers=bearer)
    assert (answer.status_code, answer.text) == (200, "Notification processed")
    assert (await http.post("/notify/cita", json={"negocio_id": "lote"}, headers=bearer)).status_code == 403


# -- native -------------------------------------------------------------------------------------------


async def test_native_frames_to_the_letter(web: Web, keys: dict[str, str]) -> None:
    async with client(f"{web.ws}/ws/native") as one:
        asked: list[tuple[Any, Any]] = [
            ({"v": 1, "type": "ping", "id": 1}, {"type": "pong", "id": 1}),
            ({"v": 1, "type": "subscribe", "id": 2, "topic": "stats"},
             {"type": "error", "id": 2, "code": 4101, "reason": "authenticate first: stats", "retry": False}),
            ({"v": 1, "type": "auth", "id": "tres", "token": signed(negocios=["taller", "viajes"], exp=2_000_000_000)},
             {"type": "authenticated", "id": "tres", "user": "7", "negocios": ["taller", "viajes"],
              "expires_at": 2_000_000_000}),
            ({"v": 1, "type": "subscribe", "id": 4, "topic": "stats"},
             {"type": "error", "id": 4, "code": 4400, "retry": False}),
            ({"v": 1, "type": "subscribe", "id": 5, "negocio": "cola", "topic": "stats"},
             {"type": "error", "id": 5, "code": 4103, "reason": "forbidden: stats", "retry": False}),
            ({"v": 1, "type": "unsubscribe", "id": 6, "negocio": "taller", "topic": "stats"},
             {"type": "error", "id": 6, "code": 4400, "reason": "not subscribed: stats", "retry": False}),
            ({"v": 1, "type": "subscribe", "id": 7, "negocio": "viajes", "topic": "events"},
             {"type": "subscribed", "id": 7, "room": "viajes/events"}),
            ({"v": 1, "type": "subscribe", "id": 8, "negocio": "taller", "topic": "stats"},
             {"type": "subscribed", "id": 8, "room": "taller/stats"}),
        ]  # fmt: skip
        for place, (frame, expected) in enumerate(asked, 1):
            await one.send(frame)
            answer = (await one.wait_for(place))[place - 1]
            assert answer["v"] == 1
            assert expected.items() <= answer.items()
        assert (answer["recovered"], set(answer) >= {"seq", "epoch"}) == (False, True)
        state = (await one.wait_for(len(asked) + 1))[-1]
        assert set(state) == {"v", "type", "room", "full", "data", "version", "as_of", "next_due"}
        assert (state["type"], state["room"], state["full"], len(state["data"])) == ("state", "taller/stats", True, 14)
        assert state["data"]["orders_count_total"] == {"count": 2}
        await notify(web, keys["viajes"], type="promocion", message="2x1", data={"a": 1})
        event = (await one.wait_for(len(asked) + 2))[-1]
        assert isinstance(event.pop("seq"), int)
        assert RFC3339.fullmatch(event.pop("ts"))
        assert event == {"v": 1, "type": "promocion", "room": "viajes/events", "message": "2x1", "data": {"a": 1}}
        await one.send({"v": 1, "type": "unsubscribe", "id": 9, "negocio": "taller", "topic": "stats"})
        left = (await one.wait_for(len(asked) + 3))[-1]
        assert left == {"v": 1, "type": "unsubscribed", "id": 9, "room": "taller/stats"}


async def test_a_snapshot_over_http_has_an_etag(http: httpx.AsyncClient) -> None:
    bearer = {"Authorization": f"Bearer {token('taller')}"}
    answer = await http.get("/api/rooms/taller/stats", headers=bearer)
    document, tag = answer.json(), answer.headers["ETag"]
    assert (answer.status_code, document["room"], document["full"]) == (200, "taller/stats", True)
    assert {"room", "full", "data", "version", "as_of", "next_due"} <= set(document)
    assert (await http.get("/api/rooms/taller/stats", headers=bearer | {"If-None-Match": tag})).status_code == 304
    for path, status in (("/api/rooms/cola/stats", 404), ("/api/rooms/nadie/stats", 404)):
        assert (await http.get(path, headers=bearer)).status_code == status
    assert (await http.get("/api/rooms/taller/stats")).status_code == 401


async def test_our_own_users_get_and_refresh_tokens(web: Web, http: httpx.AsyncClient) -> None:
    answer = await http.post("/api/token", json={"username": USER, "password": PASSWORD})
    pair = answer.json()
    assert (answer.status_code, set(pair)) == (200, {"access", "refresh"})
    fresh = (await http.post("/api/token/refresh", json={"refresh": pair["refresh"]})).json()["access"]
    for each in (pair["access"], fresh):
        assert (await authenticated(web.ws, each))["negocios"] == ["viajes"]
    assert (await refusal(f"{web.ws}/ws?token={pair['refresh']}"))[0] == 401
    assert (await http.post("/api/token", json={"username": USER, "password": "x"})).status_code == 401


# -- Operations ---------------------------------------------------------------------------------------


async def test_health_says_how_the_process_is(http: httpx.AsyncClient) -> None:
    said = (await http.get("/health")).json()
    assert list(said) == [
        "status", "service", "version", "uptime", "active_connections", "clients", "events", "timestamp",
    ]  # fmt: skip
    assert (said["status"], said["service"]) == ("healthy", "pulso")
    assert RFC3339.fullmatch(said["timestamp"])
    assert (await http.get("/health/live")).status_code == 200
    ready = await http.get("/health/ready")
    assert ready.status_code == 200
    assert {"database", "channel_layer", "loop_back"} <= set(ready.json()["checks"])


async def test_metrics_are_prometheus_text(web: Web, http: httpx.AsyncClient) -> None:
    async with client(f"{web.ws}/ws/native?token={token('cola')}"):
        answer = await http.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    families = {family.name: family for family in text_string_to_metric_families(answer.text)}
    assert families["pulso_connections"].samples[0].value >= 1
    assert families["pulso_uptime_seconds"].samples[0].value > 0
    assert families["pulso_probe_age_seconds"].samples[0].value < 60
    assert "cola" not in answer.text, "it says nothing of a negocio"


async def test_origins_are_allowed_as_configured_and_never_with_credentials(web: Web, odd: Web) -> None:
    asked = {"Origin": FRONT, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-api-key"}
    for server, origin, allowed in (
        (web, FRONT, FRONT), (web, "https://evil.example", None), (odd, "https://any.example", "*"),
    ):  # fmt: skip
        async with httpx.AsyncClient(base_url=server.http) as http:
            for answer in (
                await http.get("/health", headers={"Origin": origin}),
                await http.options("/notify", headers=asked | {"Origin": origin}),
            ):
                assert answer.headers.get("Access-Control-Allow-Origin") == allowed
                assert "Access-Control-Allow-Credentials" not in answer.headers
    async with AsyncExitStack() as stack:
        url = f"{web.ws}/ws?token={token('cola')}"
        origins: list[dict[str, Any]] = [{}, {"origin": FRONT}]
        for options in origins:
            one = await stack.enter_async_context(client(url, **options))
            assert one.is_open
    assert await refusal(url, Origin="https://evil.example") == (403, "Origin not allowed")
