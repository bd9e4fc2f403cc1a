"""Does anybody of one negocio ever receive or read anything of another: by any dialect, any route, any token?"""

import itertools
import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import jwt
import pytest
from django.contrib.auth import get_user_model
from django.test import Client as Browser
from django.urls import URLPattern, URLResolver, get_resolver
from websockets.exceptions import InvalidStatus

from dashboards.businesses.citas.models import Cita
from dashboards.businesses.repairs.models import Equipment, RepairOrder
from dashboards.models import Membership, Negocio, NegocioKey
from notifications.service_keys import new_key
from tests.acceptance.businesses import book, order
from tests.acceptance.clients import client, token
from tests.acceptance.cluster import Cluster

MARK = "ajeno-7f3a"  # stands in every row of the other negocios, and in their names
KINDS = ("citas", "repairs")
REFUSALS = (401, 403, 404)
OURS = {kind: f"nuestro-{kind}" for kind in KINDS}
THEIRS = {kind: f"vecino-{kind}" for kind in KINDS}
OUR_SECRET = "the-secret-of-our-own-negocio-of-citas"
PASSWORD = "one-password-4-tests"


@pytest.fixture(scope="module")
def running(cluster: Cluster) -> Iterator[Cluster]:
    cluster.environment["UPDATE_INTERVAL"] = "0.5"
    for kind in KINDS:
        for code, name in ((OURS[kind], "nuestro"), (THEIRS[kind], MARK)):
            negocio = Negocio.objects.create(code=code, name=name, kind=kind, time_zone="UTC", external_admin_id=code)
            new_key(negocio, "prueba")
    NegocioKey.objects.create(negocio=Negocio.objects.get(code=OURS["citas"]), secret=OUR_SECRET)
    user = get_user_model().objects.create_user("nuestra", password=PASSWORD, is_staff=True)
    for code in OURS.values():
        Membership.objects.create(negocio=Negocio.objects.get(code=code), user=user, role=Membership.Role.ADMIN)
    cluster.start(webs=1, workers=1)
    stop = threading.Event()
    neighbour = threading.Thread(target=keep_busy, args=(stop,))
    neighbour.start()
    yield cluster
    stop.set()
    neighbour.join()


def keep_busy(stop: threading.Event) -> None:
    """The other negocios' rows change all the time."""
    queue = Negocio.objects.get(code=THEIRS["citas"])
    shop = Equipment.objects.create(negocio=Negocio.objects.get(code=THEIRS["repairs"]), name=MARK)
    while not stop.wait(0.1):
        book(queue, cliente_nombre=MARK)
        order(shop, problem_description=MARK)


def signed(secret: str, **claims: Any) -> str:
    return jwt.encode({"exp": time.time() + 600, "role": "admin", **claims}, secret, "HS256")


def principals(kind: str) -> dict[str, str]:
    """Tokens of people of ours, some of which claim the neighbour."""
    theirs, ours = THEIRS[kind], OURS[kind]
    tokens = {
        "claim": token(ours),
        "staff of the platform without a negocio": token(ours, negocio_id=None, negocios=[ours]),
        "administrator by id": token(ours, user=ours, negocio_id=None),
    }
    if kind == "citas":
        everything = {"negocio_id": theirs, "negocios": [theirs], "id": theirs, "user_id": theirs, "iss": "pulso"}
        tokens["our key, their claims"] = signed(OUR_SECRET, **everything)
    return tokens


CASES = [(kind, name) for kind in KINDS for name in principals(kind)]


def attempts(kind: str) -> list[Any]:
    """Frames that ask for the neighbour, in all spellings."""
    theirs = THEIRS[kind]
    topics = [
        "stats",
        "agenda",
        "events",
        "user",
        f"user:{theirs}",
        "user:7",
        "stats:",
        "../stats",
        f"{theirs}/stats",
        "",
    ]
    native = [
        {"v": 1, "type": type, "id": number, "negocio": theirs, "topic": topic}
        for type, (number, topic) in itertools.product(("subscribe", "unsubscribe", "presence"), enumerate(topics))
    ]
    channel = f"estadisticas:{theirs}"
    return [
        {"type": "subscribe", "data": {"channel": channel}},
        {"type": "subscribe", "channel": channel},
        {"type": "nueva_cita", "negocioId": theirs, "data": {}},
        {"type": "avance_fila", "channel": channel, "data": {}},
        {"action": "subscribe", "filters": ["stats"]},
        *native[:30],
    ]


def nothing_of_theirs(frames: list[Any]) -> None:
    for frame in frames:
        text = json.dumps(frame, ensure_ascii=False)
        assert MARK not in text, text
        if frame.get("type") in ("state", "event", "stats", "subscribed") or "event" in frame:
            assert "vecino-" not in text, text


async def all_that_comes(url: str, frames: list[Any], seconds: float) -> list[Any]:
    """What a client hears that sends these; nothing, where it isn't let in."""
    try:
        async with client(url) as listener:
            for frame in frames:
                await listener.send(frame)
            return await listener.quiet(seconds)
    except InvalidStatus as refused:
        return [] if refused.response.status_code in REFUSALS else pytest.fail(str(refused))


@pytest.mark.parametrize("path", ["/ws", "/ws/citas", "/ws/repairs", "/ws/native", "/ws/tourism", "/"])
@pytest.mark.parametrize(("kind", "who"), CASES)
async def test_no_socket_hears_the_neighbour(running: Cluster, kind: str, who: str, path: str) -> None:
    url = f"{running.webs[0].ws}{path}?token={principals(kind)[who]}"
    nothing_of_theirs(await all_that_comes(url, attempts(kind), 1.2))


async def test_the_neighbours_own_client_does_hear_it(running: Cluster) -> None:
    """Else the tests above could not fail."""
    url = f"{running.webs[0].ws}/ws/repairs?token={token(THEIRS['repairs'])}"
    async with client(url) as neighbour:
        frames = await neighbour.wait_for(2)
        assert MARK in json.dumps(frames)


async def test_nobody_without_a_good_token_hears_anything(running: Cluster) -> None:
    web = running.webs[0]
    for query in ("", f"?token={token(THEIRS['citas'], ttl=-60)}", "?token=", f"?token={signed('wrong', id='7')}"):
        frames = await all_that_comes(f"{web.ws}/ws{query}", attempts("citas"), 1)
        assert all(frame["type"] == "error" for frame in frames)


def routes(patterns: list[Any], prefix: str = "") -> Iterator[str]:
    for pattern in patterns:
        here = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            if not here.startswith("admin/"):  # tests/admin goes through every page of it
                yield from routes(pattern.url_patterns, here)
        elif isinstance(pattern, URLPattern):
            yield here


def paths(route: str) -> list[str]:
    """The route, asked for what is the neighbour's."""
    found = []
    for theirs in THEIRS.values():
        path = route.replace("<str:negocio>", theirs).replace("<str:code>", theirs).replace("<str:topic>", "stats")
        assert "<" not in path, f"{route}: say here how this route names a negocio"
        found += [f"/{path}", f"/{path}?negocio={theirs}", f"/{path}?negocio={theirs}&negocio_id={theirs}&limit=5"]
    return found


def test_no_route_shows_the_neighbour(running: Cluster) -> None:
    asked = [path for route in routes(get_resolver().url_patterns) for path in paths(route)]
    assert len(asked) > 100
    tokens = [(kind, text) for kind in KINDS for text in principals(kind).values()]
    with httpx.Client(base_url=running.webs[0].http, timeout=20) as http:
        for path, (_, text) in itertools.product(asked, tokens):
            response = http.get(path, headers={"Authorization": f"Bearer {text}"})
            assert response.status_code < 500, path
            assert MARK not in response.text, path


def test_no_page_shows_the_neighbour(running: Cluster) -> None:
    browser = Browser()
    assert browser.login(username="nuestra", password=PASSWORD)
    for route in routes(get_resolver().url_patterns):
        for path in paths(route):
            if "logout" not in path:
                assert MARK not in browser.get(path).content.decode(), path
    for code in THEIRS.values():
        assert browser.get(f"/{code}/").status_code == 404
    for code in OURS.values():
        assert browser.get(f"/{code}/").status_code == 200


def test_a_key_posts_for_its_own_negocio_only(running: Cluster) -> None:
    key = new_key(Negocio.objects.get(code=OURS["citas"]), "otra")
    with httpx.Client(base_url=running.webs[0].http, timeout=10) as http:
        for headers in ({"X-API-Key": key}, {"Authorization": f"Bearer {principals('citas')['claim']}"}):
            assert http.post("/notify/cita", json={"negocio_id": THEIRS["citas"]}, headers=headers).status_code == 403
            assert http.post("/notify/cita", json={"negocio_id": OURS["citas"]}, headers=headers).status_code == 200


def test_there_was_something_to_see(running: Cluster) -> None:
    assert Cita.objects.filter(negocio__code=THEIRS["citas"]).count() > 10
    assert RepairOrder.objects.filter(negocio__code=THEIRS["repairs"]).count() > 10
