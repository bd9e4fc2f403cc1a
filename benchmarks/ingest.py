"""How long does a back-end wait for the answer to its POST, with Redis there and with Redis gone?

One web process on one core, one caller after the other over a kept connection; each answer comes after the commit.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx

from benchmarks.processes import CLIENT_CPU, SERVER_CPU, on_cpu
from benchmarks.results import Figure, Report, figure, most, percentile
from benchmarks.servers import cluster
from dashboards.models import Negocio
from notifications.models import Event
from notifications.service_keys import new_key
from tests.acceptance.cluster import Cluster, Web
from tools.testbed.redis_server import redis_server

NAME = "ingest"
POSTS, WARM_UP = 300, 20
BATCH = 100
MILLISECONDS = 1000.0
ITEM = {"type": "aviso", "message": "Hola", "data": {"reserva": 7, "monto": 15.5}}
# Route -> whose, what is posted, and how many events that stores.
POSTED: Mapping[str, tuple[str, str, Any, int]] = {
    "/notify": ("tourism", "/notify", ITEM, 1),
    "/notify/cita": ("citas", "/notify/cita", {"negocio_id": "citas", "action": "created"}, 0),
    "/api/notify": ("marketplace", "/api/notify", {"event": "e", "data": {"n": 1}, "room": "order-1"}, 2),
    "/api/publish, one": ("parking", "/api/publish", ITEM, 1),
    f"/api/publish, {BATCH}": ("parking", "/api/publish", [ITEM] * BATCH, BATCH),
}


def measure() -> Report:
    """Every route; then, with a Redis that is gone, every route again."""
    figures: list[Figure] = []
    lost: list[str] = []
    with cluster() as running:
        keys = {kind: _key(kind) for kind in ("tourism", "citas", "marketplace", "parking")}
        with on_cpu(SERVER_CPU):
            web = running.add_web()
        _measure(web, "", keys, figures, lost)
        with on_cpu(SERVER_CPU), _redis_gone(running) as lonely:
            _measure(lonely, "Redis gone: ", keys, figures, lost)
    return Report(NAME, figures, lost)


def _key(kind: str) -> str:
    return new_key(Negocio.objects.create(code=kind, name=kind, kind=kind), "bench")


def _measure(web: Web, when: str, keys: Mapping[str, str], figures: list[Figure], lost: list[str]) -> None:
    with on_cpu(CLIENT_CPU), httpx.Client(base_url=web.http, timeout=30) as http:
        for name, (kind, path, body, events) in POSTED.items():
            before = Event.objects.count()
            waits = [_post(http, path, body, keys[kind]) for _ in range(WARM_UP + POSTS)]
            good = [seconds * MILLISECONDS for seconds in waits[WARM_UP:] if seconds is not None]
            stored = Event.objects.count() - before
            if stored != events * len(waits) or None in waits:
                lost.append(f"{when}{name}: {stored} of {events * len(waits)} events, {waits.count(None)} no answer")
            figures.append(figure(f"{when}{name}, p50", percentile(good, 0.5), "ms", most(50)))
            figures.append(figure(f"{when}{name}, p99", percentile(good, 0.99), "ms"))


def _post(http: httpx.Client, path: str, body: Any, key: str) -> float | None:
    """Seconds to a good answer; None without one."""
    start = time.perf_counter()
    answer = http.post(path, json=body, headers={"X-API-Key": key})
    return time.perf_counter() - start if answer.status_code == httpx.codes.OK else None


@contextmanager
def _redis_gone(running: Cluster) -> Iterator[Web]:
    """A web process whose Redis was there when it started, and is no more."""
    with redis_server() as url:
        web = running.add_web(REDIS_URL=url)
    yield web
