"""Does anybody of one negocio ever receive, read or say anything in another, in any kind, by any way in?

Their rows change constantly, and can't be mistaken: texts say `raposa`, figures are larger than any of ours. Every
route of the project is asked for what is theirs; one that this test can't ask makes it fail.
"""

import asyncio
import contextlib
import itertools
import json
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver
from websockets.exceptions import ConnectionClosed, InvalidStatus

from dashboards.kinds import kinds
from dashboards.models import Negocio
from realtime.database import in_thread
from realtime.protocol.dialects import dialects, of_kind
from tests.acceptance.clients import Client, client, token, watch
from tests.acceptance.cluster import Cluster, Web
from tests.acceptance.neighbours import (
    OURS,
    THEIR_SECRET,
    THEIRS,
    Person,
    busy,
    code,
    leaks,
    leaks_of_text,
    open_negocios,
    people,
)
from tests.authentication.tokens import signed

LISTENING = 3.0  # s
BURST = 38  # frames that may be sent at once
PATHS = ("/ws", "/", *(f"/ws/{name}" for name in dialects()))

SHARES = 4
FIRST = next(iter(kinds()))  # the kind for which everybody asks; those of no right ask in vain for all kinds alike
every_kind = pytest.mark.parametrize("kind", kinds())


@pytest.fixture(scope="module")
def running(cluster: Cluster) -> Iterator[Cluster]:
    cluster.environment |= {"UPDATE_INTERVAL": "1", "ALLOWED_HOSTS": "*"}
    open_negocios()
    with busy():
        yield cluster.start(webs=1, workers=1)


@pytest.fixture
def web(running: Cluster) -> Web:
    return running.webs[0]


# -- Sockets ------------------------------------------------------------------------------------------


def spellings(kind: str) -> list[Any]:
    """Their negocio, by every name that somebody may try."""
    theirs = code(THEIRS, kind)
    key = Negocio.objects.values_list("pk", flat=True).get(code=theirs)
    return [theirs, theirs.upper(), f" {theirs} ", f"{theirs}/stats", f"{code(OURS, kind)},{theirs}", str(key), key]


def frames(kind: str) -> Iterator[Any]:
    """What a client may send to get at them, in any dialect; the likely things first."""
    theirs, *others = spellings(kind)
    topics = [topic.name for topic in kinds()[kind].topics]
    for topic in [*topics, f"user:{THEIRS}-member", "user:", "stats:x", "none", "*"]:
        yield {"v": 1, "type": "subscribe", "id": topic, "negocio": theirs, "topic": topic, "since": 0}
    channel = f"estadisticas:{theirs}"
    yield {"type": "subscribe", "data": {"channel": channel}}
    yield {"type": "subscribe", "channel": channel}
    yield {"type": "subscribe", "channel": channel, "data": {"negocio_id": theirs}}
    for event in ("nueva_cita", "avance_fila", "usuario_en_fila"):
        yield {"type": event, "negocioId": theirs, "channel": channel, "data": {"by": "gallina-intruder"}}
    for topic in (f"{theirs}/stats", f"../{theirs}/stats", f"user:{THEIRS}-member"):
        yield {"v": 1, "type": "subscribe", "id": topic, "topic": topic}
    yield {"v": 1, "type": "presence", "id": 1, "negocio": theirs, "topic": "stats"}
    yield {"type": "get_dashboard", "negocio": theirs, "negocio_id": theirs}
    yield {"action": "subscribe", "filters": ["stats", "alerts"], "negocio_id": theirs}
    yield {"type": "join", "payload": {"room": theirs, "negocio": theirs}}
    yield {"type": "join", "payload": {"room": f"user-{THEIRS}-member"}}
    yield {"type": "broadcast", "payload": {"room": theirs, "body": {"by": "gallina-intruder"}}}
    yield {"type": "system_message", "data": {"action": "auth", "user_id": f"{THEIRS}-member", "negocio_id": theirs}}
    for negocio in others:
        yield {"v": 1, "type": "subscribe", "id": str(negocio), "negocio": negocio, "topic": "stats"}
        yield {"type": "subscribe", "channel": f"estadisticas:{negocio}"}


@asynccontextmanager
async def entered(web: Web, path: str, person: Person) -> AsyncIterator[Client | None]:
    """A socket of the person; None where it isn't let in."""
    headers = {"Cookie": f"{settings.SESSION_COOKIE_NAME}={person.cookie}"} if person.cookie else {}
    if person.host is not None:
        headers["Host"] = person.host
    query = "" if person.token is None else f"?token={person.token}"
    try:
        async with client(f"{web.ws}{path}{query}", headers) as socket:
            yield socket
    except InvalidStatus as refused:
        if refused.response.status_code not in (400, 401, 403, 404):
            raise
        yield None


async def try_everything(socket: Client, asked: list[Any], own: str) -> None:
    """First by silence, which shows what is ours; then by asking."""
    with contextlib.suppress(ConnectionClosed):  # 4401 for who offers a bad token in band
        await socket.send({"v": 1, "type": "subscribe", "id": 0, "negocio": own, "topic": "stats"})
        for number, frame in enumerate(asked):
            if number > BURST:
                await asyncio.sleep(0.06)
            await socket.send(frame)


@every_kind
async def test_nobody_hears_their_rows(web: Web, kind: str) -> None:
    asked = await in_thread(lambda: list(frames(kind)))
    everybody = await in_thread(people, kind)
    own = code(OURS, kind)
    async with AsyncExitStack() as stack:
        sockets = {}
        for person, path, speaks in itertools.product(everybody, PATHS, (False, True)):
            socket = await stack.enter_async_context(entered(web, path, person))
            if socket is not None:
                sockets[person.name, path, speaks] = socket
        talkers = [socket for (_, _, speaks), socket in sockets.items() if speaks]
        await asyncio.gather(*(try_everything(socket, asked, own) for socket in talkers))
        await asyncio.sleep(LISTENING)
        heard = {who: list(socket.frames) for who, socket in sockets.items()}
    for where, got in heard.items():
        assert [frame for frame in got if leaks(frame) and not (is_error(frame) or is_echo(frame))] == [], where
    told = json.dumps(heard["claims ours", "/ws/native", True])
    assert '"state"' in told, "who asks for what is its own does get it"
    assert OURS in told
    for who in ("nobody", "nobody, at their host"):
        assert all(is_error(frame) for frame in heard[who, "/ws/native", True])


def is_error(frame: Any) -> bool:
    """An error repeats what the client itself asked for."""
    return isinstance(frame, dict) and frame.get("type") == "error"


def is_echo(frame: Any) -> bool:
    """So does an acknowledgement of dialect 5, and what is said in a room of ours that somebody calls as theirs."""
    if isinstance(frame, str):
        return frame.startswith(("joined ", "left "))
    return isinstance(frame, dict) and "from" in frame and frame["body"] == {"by": "gallina-intruder"}


@every_kind
async def test_they_hear_their_own_rows_and_nobody_elses_words(web: Web, kind: str) -> None:
    """Else the test above could not fail; and what is said in their rooms by others doesn't get there."""
    asked = await in_thread(lambda: list(frames(kind)))
    theirs, dialect = code(THEIRS, kind), of_kind(kind)
    key = signed(f"{THEIR_SECRET}: {kind}")
    paths = ["/ws/native", *([f"/ws/{dialect.name}"] if dialect else [])]
    async with AsyncExitStack() as stack:
        listeners = [await stack.enter_async_context(client(f"{web.ws}{path}?token={key}")) for path in paths]
        await watch(listeners[0])
        for path, person in itertools.product(PATHS, await in_thread(people, kind)):
            intruder = await stack.enter_async_context(entered(web, path, person))
            if intruder is not None:
                await try_everything(intruder, asked[:BURST], code(OURS, kind))
        await asyncio.sleep(LISTENING)
    for listener in listeners:
        assert "gallina" not in json.dumps(listener.frames)
    assert leaks(listeners[0].frames), f"{theirs} hears of itself"


# -- HTTP ---------------------------------------------------------------------------------------------

PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")


def routes(patterns: Any = None, prefix: str = "") -> Iterator[str]:
    """Every route of the project; the admin's own are walked in tests/admin."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver) and route != "admin/":
            yield from routes(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            yield route


def values(parameter: str, kind: str) -> list[str]:
    """What a parameter of a route is tried with."""
    known = {
        "negocio": [code(THEIRS, kind), str(spellings(kind)[-1])],
        "code": [code(THEIRS, kind), code(THEIRS, kind).upper()],
        "topic": [*(topic.name for topic in kinds()[kind].topics), f"user:{THEIRS}-member", "*"],
        "kind": [kind],
    }
    assert parameter in known, f"a route has the parameter {parameter}: say here how to ask it for another's rows"
    return known[parameter]


def paths(kind: str) -> Iterator[str]:
    """Every route, asked for their rows in the path and in the query."""
    theirs = quote(code(THEIRS, kind))
    for route in routes():
        names = PARAMETER.findall(route)
        for filled in itertools.product(*(values(name, kind) for name in names)):
            path = route
            for text in filled:
                path = PARAMETER.sub(quote(text, safe=""), path, count=1)
            assert not re.search(r"[<>^$()\\]", path), f"this test can't ask for the route {route}"
            yield f"/{path}"
            yield f"/{path}?negocio={theirs}&negocio_id={theirs}&code={theirs}&kind={kind}&limit=100&since=0"


def test_every_route_can_be_asked() -> None:
    found = list(routes())
    assert len(found) > 20
    for kind in kinds():
        assert code(THEIRS, kind) in " ".join(PARAMETER.sub(code(THEIRS, kind), route) for route in found)


async def asked(http: httpx.AsyncClient, method: str, path: str, person: Person, theirs: str) -> httpx.Response:
    headers, query = {}, {}
    if person.host is not None:
        headers["Host"] = person.host
    if person.cookie is not None:
        headers["Cookie"] = f"{settings.SESSION_COOKIE_NAME}={person.cookie}"
    if person.token:
        headers["Authorization"] = f"Bearer {person.token}"
    elif person.token is not None:
        query["token"] = person.token
    body = None if method == "GET" else {
        "negocio": theirs, "negocio_id": theirs, "action": "updated", "type": "promocion", "message": "gallina",
        "event": "gallina", "data": {"by": "gallina-intruder"}, "room": "broadcast", "user_id": f"{THEIRS}-member",
        "topic": "events", "username": THEIRS, "password": "x", "refresh": person.token or "x",
    }  # fmt: skip
    url = httpx.URL(path)
    return await http.request(method, url.copy_merge_params(query) if query else url, headers=headers, json=body)


@every_kind
async def test_no_route_shows_or_takes_anything_of_theirs(web: Web, kind: str) -> None:
    theirs, native = code(THEIRS, kind), f"{web.ws}/ws/native?token={token(code(THEIRS, kind))}"
    everybody = await in_thread(people, kind)
    if kind != FIRST:
        everybody = [person for person in everybody if "our" in person.name]
    everything = await in_thread(lambda: list(paths(kind)))
    limits = httpx.Limits(max_connections=6)
    async with client(native) as listener, httpx.AsyncClient(base_url=web.http, timeout=60, limits=limits) as http:
        for topic in kinds()[kind].topics:
            await listener.send({"v": 1, "type": "subscribe", "id": topic.name, "topic": topic.name})
        for place, person in enumerate(everybody):
            # Of one kind everybody asks for everything; of the others each path is asked for by several.
            share = everything if kind == FIRST else everything[place % SHARES :: SHARES]
            questions = [("GET", path) for path in share] + [("POST", path) for path in sorted(share)[::3]]
            for batch in range(0, len(questions), 60):
                chosen = questions[batch : batch + 60]
                answers = await asyncio.gather(*(asked(http, *question, person, theirs) for question in chosen))
                for question, answer in zip(chosen, answers, strict=True):
                    assert answer.status_code < 500, (person.name, question)
                    assert leaks_of_text(answer.text) == [], (person.name, question)
        await asyncio.sleep(1)
        assert "gallina" not in json.dumps(listener.frames)


@every_kind
async def test_what_is_ours_is_shown_to_us(web: Web, kind: str) -> None:
    """Else no route shows anything to anybody."""
    ours, theirs = code(OURS, kind), code(THEIRS, kind)
    known = {person.name: person for person in await in_thread(people, kind)}
    allowed = ("claims ours", "our key", "our key, every claim theirs", "our member", "our administrator", "our user")
    async with httpx.AsyncClient(base_url=web.http, timeout=60) as http:
        for name in allowed:
            answer = await asked(http, "GET", f"/api/rooms/{ours}/stats", known[name], theirs)
            assert answer.status_code == 200, name
            assert answer.json()["data"]
        answer = await asked(http, "GET", f"/{ours}/", known["our user's session"], theirs)
        assert answer.status_code == 200
        for path in (f"/{theirs}/", f"/api/rooms/{theirs}/stats"):
            missing = await asked(http, "GET", path, known["our user's session"], theirs)
            assert missing.status_code in (401, 404)


async def test_the_admin_lists_only_what_is_ours(web: Web) -> None:
    person = next(each for each in await in_thread(people, "citas") if each.cookie)
    async with httpx.AsyncClient(base_url=web.http, timeout=60) as http:
        index = await asked(http, "GET", "/admin/", person, "")
        assert index.status_code == 200
        lists = set(re.findall(r'href="(/admin/\w+/\w+/)"', index.text))
        assert len(lists) > 5
        for path in ["/admin/", *sorted(lists)]:
            for query in ("", "?q=raposa", "?negocio__code=raposa-citas"):
                answer = await asked(http, "GET", path + query, person, "")
                text = answer.text.replace('value="raposa"', "").replace("q=raposa", "").lower()
                assert "raposa " not in text, path + query
