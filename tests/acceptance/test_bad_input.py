"""What becomes of everything that a client shouldn't send? The answer of wire.md, a quiet log, a flat memory.

One web process for all of it; a socket that does no harm watches, and must get its ticks meanwhile.
"""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from itertools import pairwise
from typing import Any

import httpx
import jwt
import psutil
import pytest
from django.conf import settings
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from dashboards.models import Negocio, NegocioKey
from tests.acceptance.clients import Client, client, token, watch
from tests.acceptance.cluster import Cluster, Web
from tests.authentication.tokens import NEGOCIO_SECRET, claims, forged, segment

TICK = 1.0  # s
LONGEST_GAP = 8.0  # s between two ticks at the watcher, on a machine that is busy with other things
MANY = 10_000
BUCKET = 40  # frames at once
FLAT = 12 * 2**20  # bytes
SUBSCRIBE = '{"v":1,"type":"subscribe","id":"s","topic":"stats"}'
DEEP = 2_000
# Frame -> the error that a native client gets.
NOT_UNDERSTOOD: dict[str, tuple[str | bytes, str]] = {
    "nothing": ("", "invalid json"),
    "broken": ("{", "invalid json"),
    "two documents": ('{"v":1}{"v":1}', "invalid json"),
    "lone surrogate": ('"\\ud800"', "invalid json"),
    "raw NUL": ("\x00", "invalid json"),
    "not a number": ('{"v":NaN}', "invalid json"),
    "deep list": ("[" * DEEP + "]" * DEEP, "invalid json"),
    "deep object": ('{"a":' * 1_300 + "1" + "}" * 1_300, "invalid json"),
    "list": ("[]", "a frame is a JSON object"),
    "text": ('"subscribe"', "a frame is a JSON object"),
    "number": ("7", "a frame is a JSON object"),
    "null": ("null", "a frame is a JSON object"),
    "binary": (b'{"v":1,"type":"ping"}', "binary frames are not understood"),
    "no bytes": (b"", "binary frames are not understood"),
    "nothing said": ("{}", "v must be 1"),
    "no version": ('{"type":"ping"}', "v must be 1"),
    "old version": ('{"v":0,"type":"ping"}', "v must be 1"),
    "no type": ('{"v":1}', "unknown type"),
    "unknown type": ('{"v":1,"type":"shutdown"}', "unknown type"),
    "list as type": ('{"v":1,"type":["ping"]}', "unknown type"),
    "wrong id": ('{"v":1,"type":"ping","id":{}}', "bad field"),
    "huge id": ('{"v":1,"type":"ping","id":' + "9" * 300 + "}", "bad field"),
    "wrong topic": ('{"v":1,"type":"subscribe","topic":7}', "bad field"),
    "wrong negocio": ('{"v":1,"type":"subscribe","topic":"stats","negocio":["a"]}', "bad field"),
    "wrong since": ('{"v":1,"type":"subscribe","topic":"stats","since":-1}', "bad field"),
    "no token": ('{"v":1,"type":"auth"}', "bad field"),
    "unknown topic": ('{"v":1,"type":"subscribe","topic":"secrets"}', "forbidden"),
    "odd topic": ('{"v":1,"type":"subscribe","topic":"stats:\\u0000"}', "forbidden"),
    "long topic": ('{"v":1,"type":"subscribe","topic":"stats:' + "x" * 7_000 + '"}', "forbidden"),
    "unknown negocio": ('{"v":1,"type":"subscribe","topic":"stats","negocio":"\\u0000"}', "forbidden"),
    "not subscribed": ('{"v":1,"type":"unsubscribe","topic":"stats"}', "not subscribed"),
}
# What a citas client may come by: none of it is answered.
IGNORED: tuple[str | bytes, ...] = (
    *(frame for frame, _ in NOT_UNDERSTOOD.values()),
    '{"type":"subscribe"}', '{"type":"subscribe","data":{"channel":7}}', '{"type":"subscribe","channel":"other:1"}',
    '{"type":"subscribe","channel":"estadisticas:"}', '{"type":"unsubscribe","channel":"estadisticas:none"}',
    '{"type":"subscribe","channel":"estadisticas:nobody"}', '{"type":"nueva_cita"}', '{"type":{"a":1}}',
    '{"type":"nueva_cita","negocioId":[1]}', '{"type":"avance_fila","negocioId":"nobody","data":{}}',
    '{"type":"avance_fila","data":{"token":"x"}}', '{"type":"get_dashboard"}', '{"action":"auth","token":7}',
    '{"type":"nueva_cita","data":' + "[" * 900 + "]" * 900 + "}",
    '{"type":"nueva_cita","data":' + "9" * 4_000 + "}",
)  # fmt: skip

# And what tells nobody which dialect it is.
UNDECIDED = [frame for frame in IGNORED if isinstance(frame, bytes) or '"v"' not in frame]

pytestmark = pytest.mark.usefixtures("undisturbed")


@pytest.fixture(scope="module")
def running(cluster: Cluster) -> Cluster:
    cluster.environment |= {"UPDATE_INTERVAL": f"{TICK:g}", "ALLOWED_ORIGINS": "https://front.example"}
    for code, kind in (("bad", "citas"), ("watched", "citas"), ("shop", "repairs")):
        Negocio.objects.create(code=code, name=code, kind=kind)
    NegocioKey.objects.create(negocio=Negocio.objects.get(code="bad"), secret=NEGOCIO_SECRET)
    return cluster.start(webs=1, workers=1)


@pytest.fixture
def web(running: Cluster) -> Web:
    return running.webs[0]


@pytest.fixture
async def undisturbed(running: Cluster) -> AsyncIterator[None]:
    """A socket that watches during the test: it misses nothing. And nothing is complained of in the logs."""
    async with client(f"{running.webs[0].ws}/ws/native?token={token('watched')}") as watcher:
        await watch(watcher)
        yield
        seen = len(watcher.frames)
        await watcher.wait_for(seen + 1)
    gaps = [later - earlier for earlier, later in pairwise(watcher.times)]
    assert max(gaps) < LONGEST_GAP
    assert "Traceback" not in running.logs()


@contextmanager
def quiet(web: Web, frames: int) -> Iterator[None]:
    """However many frames come, the log grows by less than a line in a hundred, and the memory hardly at all."""
    process = psutil.Process(web.pid)
    lines, memory = len(web.text().splitlines()), process.memory_info().rss
    yield
    assert len(web.text().splitlines()) - lines <= frames * 0.01
    assert process.memory_info().rss - memory < FLAT


def url(web: Web, path: str = "/ws/native", negocio: str = "bad", **claims: Any) -> str:
    return f"{web.ws}{path}?token={token(negocio, **claims)}"


@asynccontextmanager
async def socket(url: str, **options: Any) -> AsyncIterator[ClientConnection]:
    async with connect(url, compression=None, proxy=None, max_size=None, **options) as connection:
        yield connection


async def still_there(one: Client) -> None:
    """The connection answers; waits until it may speak again."""
    await asyncio.sleep(0.5)
    seen = len(one.frames)
    await one.send({"v": 1, "type": "ping", "id": "there"})
    await one.wait_until(lambda: {"pong"} <= {frame["type"] for frame in one.frames[seen:]})


async def closed(connection: ClientConnection) -> int | None:
    async with asyncio.timeout(20):
        with contextlib.suppress(ConnectionClosed):
            while True:
                await connection.recv()
    return connection.close_code


async def refusal(url: str, **options: Any) -> tuple[int, str]:
    """Status and text with which an upgrade is refused."""
    with pytest.raises(InvalidStatus) as caught:
        async with socket(url, **options):
            pass
    response = caught.value.response
    return response.status_code, (response.body or b"").decode()


# -- Frames -------------------------------------------------------------------------------------------


async def test_what_a_native_client_says_wrongly_is_answered_and_it_stays(web: Web) -> None:
    async with client(url(web)) as one:
        with quiet(web, 300):
            for name, (frame, reason) in NOT_UNDERSTOOD.items():
                seen = len(one.frames)
                await one.send(frame)
                (answer,) = (await one.wait_for(seen + 1))[seen:]
                assert (answer["type"], answer["reason"].partition(":")[0]) == ("error", reason), name
                assert answer["retry"] is False
                await asyncio.sleep(0.03)
        await still_there(one)


async def test_an_error_repeats_the_id_and_what_was_wrong_of_any_length(web: Web) -> None:
    async with client(url(web)) as one:
        await one.send('{"v":1,"type":"subscribe","id":"' + "x" * 128 + '","topic":"' + "ñ" * 3_000 + '"}')
        (answer,) = await one.wait_for(1)
        assert (answer["id"], answer["code"]) == ("x" * 128, 4103)


@pytest.mark.parametrize(("path", "negocio"), [("/ws/citas", "bad"), ("/ws", "bad"), ("/ws/repairs", "shop")])
async def test_what_an_old_client_says_wrongly_is_ignored_and_it_stays(web: Web, path: str, negocio: str) -> None:
    async with client(url(web, path, negocio)) as one:
        with quiet(web, 300):
            for frame in IGNORED if path != "/ws" else UNDECIDED:
                await one.send(frame)
                await asyncio.sleep(0.03)
        await asyncio.sleep(1)
        assert {frame.get("type", frame.get("event")) for frame in one.frames} <= {"stats", "DASHBOARD_FULL_UPDATE"}
        assert one.is_open


async def test_queue_events_of_any_content_reach_the_others_whole_or_not_at_all(web: Web) -> None:
    subscribe = {"type": "subscribe", "data": {"channel": "estadisticas:bad"}}
    odd = {"type": "avance_fila", "data": {"a": [None, 1.5, "ñ\u0000\U0001f527", {"": []}]}, "negocioId": "bad"}
    async with client(url(web, "/ws/citas")) as one, client(url(web, "/ws/citas")) as other:
        for each in (one, other):
            await each.send(subscribe)
            await each.wait_for(1)
        for depth in (100, 240, 300, 900, 1_020):
            data = "[" * depth + "]" * depth
            await one.send(f'{{"type":"avance_fila","negocioId":"bad","data":{data}}}')
        await one.send(odd)
        await other.wait_until(lambda: odd in other.frames)
        assert odd not in one.frames
        assert {frame["type"] for frame in one.frames} == {"stats"}


@pytest.mark.parametrize("path", ["/ws/native", "/ws/citas", "/ws"])
@pytest.mark.parametrize("frame", ["x" * 9 * 1024, b"x" * 9 * 1024, '{"v":1,"type":"ping","id":"' + "x" * 9_000 + '"}'])
async def test_a_frame_of_9_kib_closes_with_1009(web: Web, path: str, frame: str | bytes) -> None:
    async with socket(url(web, path)) as one:
        await one.send(frame)
        assert await closed(one) == 1009


async def test_a_message_of_9_kib_in_pieces_closes_with_1009(web: Web) -> None:
    async with socket(url(web)) as one:
        with contextlib.suppress(ConnectionClosed):
            await one.send(["x" * 1024] * 9)
        assert await closed(one) == 1009


async def test_a_frame_of_8_kib_is_read(web: Web) -> None:
    async with client(url(web)) as one:
        frame = '{"v":1,"type":"ping","id":7,"pad":"'
        await one.send(frame + "x" * (8 * 1024 - len(frame) - 2) + '"}')
        assert (await one.wait_for(1))[0]["id"] == 7


@pytest.mark.parametrize("path", ["/ws/native", "/ws/citas", "/ws"])
async def test_ten_thousand_bad_frames_in_a_row_cost_nothing(web: Web, path: str) -> None:
    frames = [*IGNORED, '{"v":1,"type":"ping","id":1}'] if path == "/ws/native" else list(IGNORED)

    async def storm(one: Client, count: int) -> None:
        for number in range(count):
            await one.send(frames[number % len(frames)])

    async with client(url(web, path)) as one:
        await storm(one, MANY // 5)  # what a process needs once
        with quiet(web, MANY):
            await storm(one, MANY)
            await asyncio.sleep(2)
        assert one.is_open
        if path == "/ws/native":
            await still_there(one)
            assert len(one.frames) < MANY / 10, "frames over the rate are not read"


async def test_a_client_that_leaves_in_the_middle_of_a_frame_leaves_nothing(web: Web) -> None:
    before = clients_of(web)
    for _ in range(30):
        async with socket(url(web, "/ws/citas")) as one:
            await one.send('{"type":"subscribe","data":{"channel":"estadisticas:bad"}}')
            one.transport.write(b"\x81\xfe\x10\x00half a frame")
            one.transport.abort()
    await until(lambda: clients_of(web) <= before)


@pytest.mark.parametrize(
    ("bytes_", "code"),
    [
        (b"\x81\x85\x00\x00\x00\x00\xff\xfe\xfd\xfc\xfb", 1007),  # text that is none
        (b"\x81\x02hi", 1002),  # not masked
        (b"\xf1\x80\x00\x00\x00\x00", 1002),  # reserved bits
        (b"\x83\x80\x00\x00\x00\x00", 1002),  # reserved opcode
        (b"\x80\x80\x00\x00\x00\x00", 1002),  # goes on with nothing
        (b"\x89\xfe\x00\x7e\x00\x00\x00\x00" + b"x" * 126, 1002),  # a ping too long
        (b"\x88\x82\x00\x00\x00\x00\x00\x05", 1002),  # a close code that there is not
        (b"\x81\xff" + b"\x7f" + b"\xff" * 7 + b"\x00" * 4, 1009),  # the largest frame of all
    ],
)  # fmt: skip
async def test_bytes_that_are_no_frame_end_the_connection_as_the_protocol_says(
    web: Web, bytes_: bytes, code: int
) -> None:
    async with socket(url(web)) as one:
        one.transport.write(bytes_)
        assert await closed(one) == code


# -- Tokens -------------------------------------------------------------------------------------------


def bad_tokens() -> dict[str, str]:
    good = token("bad")
    header, payload, signature = good.split(".")
    hs256 = {"alg": "HS256", "typ": "JWT"}
    return {
        "empty": "",
        "nonsense": "x",
        "dots": "..",
        "long": "x" * 6_000,
        "unsigned": f"{segment({'alg': 'none'}).decode()}.{payload}.",
        "alg none": forged({"alg": "none"}, claims(negocio_id="bad")),
        "alg NONE": forged({"alg": "NONE"}, claims(negocio_id="bad")),
        "RS256 with the secret": forged({"alg": "RS256"}, claims(negocio_id="bad")),
        "ES256 with the secret": forged({"alg": "ES256"}, claims(negocio_id="bad")),
        "other key": jwt.encode(claims(negocio_id="bad"), "somebody's secret, long enough", "HS256"),
        "changed": f"{header}.{segment(claims(negocio_id='watched')).decode()}.{signature}",
        "expired": token("bad", ttl=-60),
        "not yet": token("bad", nbf=time.time() + 600),
        "endless": forged(hs256, {"id": "7", "negocio_id": "bad"}),
        "never ends": forged(hs256, '{"id":"7","negocio_id":"bad","exp":1e999}'),
        "ends beyond time": forged(hs256, '{"id":"7","negocio_id":"bad","exp":' + "9" * 400 + "}"),
        "refresh": token("bad", token_type="refresh"),
        "nobody": token("bad", user=None),  # type: ignore[arg-type]  # a bad one
        "list as user": token("bad", user=["7"]),  # type: ignore[arg-type]
        "NUL in the user": token("bad", user="7\x00"),
        "surrogate in the user": forged(hs256, '{"id":"\\ud800","negocio_id":"bad","exp":9999999999}'),
        "surrogate in the user, negocio's key": forged(hs256, '{"id":"\\ud800","exp":9999999999}', NEGOCIO_SECRET),
        "NUL in the user, negocio's key": forged(hs256, '{"id":"\\u0000","exp":9999999999}', NEGOCIO_SECRET),
        "deep": forged(hs256, '{"exp":9999999999,"a":' + "[" * 2_000 + "]" * 2_000 + "}"),
        "missing negocio": jwt.encode(claims(), settings.JWT_SECRET, "HS256"),
        "unknown negocio": token("nowhere"),
        "negocio None": token("None"),
        "negocio of a wrong type": token("bad", negocio_id={"a": 1}),
    }


async def test_a_bad_token_on_upgrade_is_401_wherever_it_stands(web: Web) -> None:
    with quiet(web, 100):
        for name, bad in bad_tokens().items():
            for path in ("/ws", "/ws/citas", "/ws/native"):
                assert await refusal(f"{web.ws}{path}?token={bad}") == (401, "Invalid token"), name
            header = {"Authorization": f"Bearer {bad}".strip()}
            assert (await refusal(f"{web.ws}/ws", additional_headers=header))[0] == 401, name
            async with httpx.AsyncClient(base_url=web.http) as http:
                for path in ("/repair-orders/stats/overview", "/api/rooms/bad/stats"):
                    assert (await http.get(path, headers=header)).status_code == 401, name


async def test_a_bad_token_in_a_subprotocol_is_401(web: Web) -> None:
    for bad in ("x", token("bad", ttl=-60)):
        assert (await refusal(f"{web.ws}/ws", subprotocols=["pulso.v1", f"jwt.{bad}"]))[0] == 401


async def test_a_good_token_in_a_subprotocol_is_not_echoed(web: Web) -> None:
    async with socket(f"{web.ws}/ws", subprotocols=["pulso.v1", f"jwt.{token('bad')}"]) as one:
        assert one.subprotocol == "pulso.v1"


async def test_a_user_header_that_disagrees_is_401(web: Web) -> None:
    assert (await refusal(url(web), additional_headers={"User-Id": "8"}))[0] == 401
    async with socket(url(web), additional_headers={"User-Id": "7"}):
        pass


async def test_no_token_is_401_where_the_dialect_needs_one(web: Web) -> None:
    for path in ("/ws/citas", "/ws/repairs", "/ws?dialect=citas"):
        assert await refusal(f"{web.ws}{path}") == (401, "Invalid token")


async def test_a_bad_token_in_band_closes_with_4101_once(web: Web) -> None:
    """However many come before the close arrives."""
    for name, bad in bad_tokens().items():
        if len(bad) > 7_000 or not bad:
            continue
        async with socket(f"{web.ws}/ws/native") as one:
            with contextlib.suppress(ConnectionClosed):
                for _ in range(5):
                    await one.send(json.dumps({"v": 1, "type": "auth", "id": 1, "token": bad}))
                await one.send(SUBSCRIBE)
            assert await closed(one) == 4101, name


async def test_another_users_token_in_band_is_an_error_and_the_first_stays(web: Web) -> None:
    async with client(url(web)) as one:
        await one.send({"v": 1, "type": "auth", "id": 1, "token": token("watched", user="8")})
        (answer,) = await one.wait_for(1)
        assert (answer["code"], answer["reason"]) == (4103, "a token of another user")
        await watch(one)
        await one.send({"v": 1, "type": "subscribe", "id": 2, "negocio": "watched", "topic": "stats"})
        await one.wait_until(lambda: {"reason": "forbidden: stats"}.items() <= one.frames[-1].items())


async def test_who_never_authenticates_is_shown_nothing_and_closed_with_4401(web: Web) -> None:
    async with socket(f"{web.ws}/ws/native") as asking, socket(f"{web.ws}/ws") as silent:
        await asking.send(SUBSCRIBE)
        answer = json.loads(await asking.recv())
        assert (answer["code"], answer["reason"]) == (4101, "authenticate first: stats")
        started = time.monotonic()
        assert list(await asyncio.gather(closed(asking), closed(silent))) == [4401, 4401]
        assert 7 < time.monotonic() - started < 19


# -- Upgrades -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example", "null", "", "x", "http://[::1", "https://front.example.evil.example", "file://",
        "https://front.example@evil.example", "http://\xff", "javascript:alert(1)", "https://evil.example:80\t",
    ],
)  # fmt: skip
async def test_a_foreign_origin_is_403(web: Web, origin: str) -> None:
    headers = {"Origin": origin.strip()}
    assert await refusal(url(web), additional_headers=headers) == (403, "Origin not allowed")


async def test_an_own_or_named_origin_is_let_in(web: Web) -> None:
    for origin in (web.http, "https://front.example", "http://127.0.0.1:4200"):
        async with socket(url(web), origin=origin):
            pass


@pytest.mark.parametrize(
    "path",
    ["/ws/nope", "/ws/citas/x", "/nope", "/ws?dialect=nope", "/ws/CITAS", "/admin", "/ws/..%2f", "/ws%00"],
)
async def test_an_unknown_path_is_404(web: Web, path: str) -> None:
    glue = "&" if "?" in path else "?"
    assert await refusal(f"{web.ws}{path}{glue}token={token('bad')}") == (404, "Not found")


async def test_plain_http_on_a_socket_is_no_error_of_ours(web: Web) -> None:
    async with httpx.AsyncClient(base_url=web.http, follow_redirects=False) as http:
        for path in ("/ws", "/ws/", "/ws/citas", "/ws/native"):
            for method in ("GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD", "PATCH"):
                answer = await http.request(method, path, headers={"Authorization": f"Bearer {token('bad')}"})
                assert 300 <= answer.status_code < 500, (method, path)


async def test_odd_requests_are_answered_with_4xx(web: Web) -> None:
    """Whatever stands in paths, queries and headers; the test's client would mend them, so they go out raw."""
    requests = {
        "NUL in the path": b"GET /api/rooms/a%00b/stats?token=x HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "no UTF-8 in the path": b"GET /api/rooms/%ff%fe/stats HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "NUL in a negocio": b"GET /a%00b/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "foreign host": b"GET /health HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        "no host": b"GET /nope HTTP/1.0\r\n\r\n",
        "broken line": b"GET\r\n\r\n",
        "broken header": b"GET / HTTP/1.1\r\nHost localhost\r\n\r\n",
        "no HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        "huge header": b"GET /nowhere/ HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 200_000 + b"\r\n\r\n",
        "huge query": b"GET /ws?" + b"x" * 200_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "bad length": b"POST /api/token HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n",
        "no key": b"GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
        "old version": b"GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        b"Sec-WebSocket-Version: 8\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
        "bad key": b"GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAA\r\n\r\n",
        "h2c": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "other upgrade": b"GET /nope HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
    }  # fmt: skip
    for name, request in requests.items():
        answer = await raw(web, request)
        if answer:  # some servers hang up on what is no HTTP at all
            status = int(answer.split(b" ", 2)[1])
            assert 300 <= status < 500, (name, answer[:200])


async def raw(web: Web, request: bytes) -> bytes:
    """The first bytes of the answer; none where the server hangs up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", web.port)
    try:
        async with asyncio.timeout(15):
            with contextlib.suppress(ConnectionError):
                writer.write(request)
                await writer.drain()
                return await reader.read(4096)
        return b""
    finally:
        writer.close()


async def test_five_hundred_slow_handshakes_keep_nobody_waiting(web: Web) -> None:
    slow = [await asyncio.open_connection("127.0.0.1", web.port) for _ in range(500)]
    request = f"GET /ws/native?token={token('bad')} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n".encode()
    with quiet(web, 500):
        for number in range(0, len(request), 40):
            for _, writer in slow:
                writer.write(request[number : number + 40])
            await asyncio.sleep(0.05)
        started = time.monotonic()
        async with client(url(web)) as one:
            await watch(one)
        assert time.monotonic() - started < LONGEST_GAP
    for _, writer in slow:
        writer.close()


async def test_clients_that_connect_and_vanish_leave_nothing(web: Web) -> None:
    async def vanish() -> None:
        async with socket(url(web, "/ws/citas")) as one:
            one.transport.abort()

    before = clients_of(web)
    for _ in range(10):
        await asyncio.gather(*(vanish() for _ in range(30)))
    await until(lambda: clients_of(web) <= before)


def clients_of(web: Web) -> int:
    return int(httpx.get(f"{web.http}/health").json()["clients"])


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(15):
        while not condition():
            await asyncio.sleep(0.1)
