"""How is Pulso itself measured? As it runs in production: nothing is switched off, and its databases are counted."""

from collections.abc import Iterator
from contextlib import contextmanager

import psutil

from benchmarks.peers.known import shared_redis
from benchmarks.peers.peer import SERVER, Peer, Serving, item
from benchmarks.processes import SERVER_CPU, on_cpu, pinned
from benchmarks.servers import cluster
from dashboards.models import Negocio
from notifications.service_keys import new_key
from tests.acceptance.clients import token
from tests.acceptance.cluster import Cluster

CODE = "bench"
MOST_SOCKETS = 10_000
SUBSCRIBE = '{"v":1,"type":"subscribe","id":1,"topic":"events"}'
# What stands around the data of a native event; its number has three or four digits in most runs.
FRAME = '{"v":1,"type":"aviso","room":"bench/events","seq":123,"data":{},"ts":"2026-01-01T00:00:00.000Z"}'
PRODUCTION = {"ENVIRONMENT": "production", "ALLOWED_HOSTS": "127.0.0.1"}
CAPS = {"MAX_CONNECTIONS_PER_NEGOCIO": str(2 * MOST_SOCKETS)}


@contextmanager
def _ours(webs: int = 1) -> Iterator[Serving]:
    with cluster(**PRODUCTION, **CAPS) as running, shared_redis() as redis, _postgres(running) as postgres:
        with on_cpu(SERVER_CPU):
            running.start(webs=webs)
        negocio = Negocio.objects.create(code=CODE, name="Bench", kind="tourism", time_zone="UTC")
        data = item('{"text":"', '"}', frame=FRAME)
        yield Serving(
            ports=[web.port for web in running.webs],
            # Everyone comes with a token of their own.
            paths=[f"/ws/native?token={token(CODE, user=str(number))}" for number in range(MOST_SOCKETS)],
            options={
                "hello": SUBSCRIBE,
                "ready": '"type":"subscribed"',
                "post": "/api/publish",
                "post-header": f"X-API-Key: {new_key(negocio, CODE)}",
                "item": f'{{"type":"aviso","data":{data}}}',
            },
            parts={
                SERVER: [each.pid for each in (*running.webs, *running.workers)],
                "Redis": [redis],
                "PostgreSQL": [postgres],
            },
        )


@contextmanager
def _postgres(running: Cluster) -> Iterator[int]:
    """The testbed's PostgreSQL, on the servers' core meanwhile, as its first process."""
    with running.connect() as connection:
        row = connection.execute("SELECT pg_backend_pid()").fetchone()
        assert row is not None
        parent = psutil.Process(int(row[0])).parent()
    assert parent is not None
    with pinned(parent.pid, SERVER_CPU):
        yield parent.pid


OURS = Peer("Pulso", _ours)
OURS_TWICE = Peer("Pulso, two web processes", lambda: _ours(webs=2))
