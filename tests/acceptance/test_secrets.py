"""Does a token that somebody sends stay where it was sent? In no log, no table, no message of the layer, no socket."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx
import pytest
import redis.asyncio
from django.conf import settings
from psycopg import sql
from websockets.exceptions import ConnectionClosed, InvalidStatus

from dashboards.models import Negocio
from notifications.service_keys import new_key
from realtime.database import in_thread
from tests.acceptance.businesses import new_negocio
from tests.acceptance.clients import Client, client, clients, token
from tests.acceptance.cluster import Cluster, Web

KINDS = ("citas", "parking", "tourism", "repairs", "marketplace")
# Tokens as they are, and what no pattern knows for one.
OPAQUE = "MARK-de-un-token-que-no-es-JWT"
SILENCE_OVER = 0.8


@pytest.fixture(scope="module")
def running(cluster: Cluster) -> Cluster:
    cluster.environment |= {"UPDATE_INTERVAL": "600", "ANONYMOUS_READ": "", "LOG_LEVEL": "debug"}
    for kind in KINDS:
        new_negocio(kind, kind)
    cluster.add_web("--access-log")
    cluster.add_worker()
    return cluster


@pytest.fixture
def web(running: Cluster) -> Web:
    return running.webs[0]


class Wire:
    """All that the processes send each other over Redis meanwhile."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    @asynccontextmanager
    async def tapped(self) -> AsyncIterator[None]:
        async with redis.asyncio.from_url(str(settings.REDIS_URL)) as connection, connection.monitor() as monitor:
            task = asyncio.create_task(self._listen(monitor))
            try:
                yield
            finally:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

    async def _listen(self, monitor: Any) -> None:
        async for command in monitor.listen():
            self.seen.append(str(command["command"]))


def parts(secrets: Sequence[str]) -> list[str]:
    """What of each may not be anywhere: the whole, and of a JWT what it says and its signature too."""
    return [part for secret in secrets for part in ([secret] if secret.count(".") != 2 else secret.split(".")[1:])]


def rows(running: Cluster) -> list[str]:
    """Every row of every table, as text."""
    with running.connect() as connection:
        names = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = %s", [settings.SCHEMA]
        ).fetchall()
        queries = (sql.SQL("SELECT each::text FROM {} AS each").format(sql.Identifier(name)) for (name,) in names)
        return [row for query in queries for (row,) in connection.execute(query)]


async def appears_nowhere(running: Cluster, secrets: Sequence[str], frames: list[Any], wire: Wire) -> None:
    places = {
        "log": running.logs(),
        "tables": "\n".join(await in_thread(rows, running)),
        "sockets": "\n".join(map(json.dumps, frames)),
        "layer": "\n".join(wire.seen),
    }
    assert all(places.values()), "there was something to see everywhere"
    for part in parts(secrets):
        assert [line for text in places.values() for line in text.splitlines() if part in line] == []


def key_of(code: str) -> str:
    return new_key(Negocio.objects.get(code=code), "prueba")


def system_message(secret: str, user: str = "7") -> dict[str, Any]:
    data = {"action": "auth", "user_id": user, "token": secret}
    return {"type": "system_message", "data": data, "timestamp": "2025-11-10T10:30:00Z"}


@asynccontextmanager
async def listeners(web: Web) -> AsyncIterator[list[Client]]:
    """Somebody of each kind, who hears all that there is to hear, in the kind's own way and in the native one."""
    own = [f"{web.ws}/ws/{kind}?token={token(kind, user='admin')}" for kind in KINDS]
    native = [f"{web.ws}/ws/native?token={token(kind, user='admin')}" for kind in KINDS]
    async with clients(own) as old, clients(native) as new:
        await old[0].send({"type": "subscribe", "data": {"channel": "estadisticas:citas"}})
        await old[-1].send({"type": "join", "payload": {"room": "order-7"}})
        for socket in new:
            for topic in ("stats", "events"):
                await socket.send({"v": 1, "type": "subscribe", "id": topic, "topic": topic})
        await asyncio.sleep(SILENCE_OVER)
        yield [*old, *new]


async def test_a_token_in_a_system_message_appears_nowhere(running: Cluster, web: Web) -> None:
    good, expired = token("tourism", user="7", jti="a1"), token("tourism", user="7", ttl=-60, jti="a2")
    wire, key = Wire(), await in_thread(key_of, "tourism")
    async with wire.tapped(), listeners(web) as heard:
        for path in ("/ws", "/ws/tourism", "/"):
            for secret in (good, expired, OPAQUE):
                async with client(f"{web.ws}{path}") as socket:
                    await socket.send(system_message(secret))
                    await socket.quiet(0.1)
        for kind in KINDS:  # where it means nothing
            for path in ("/ws", f"/ws/{kind}", "/ws/native"):
                async with client(f"{web.ws}{path}?token={token(kind)}") as socket:
                    await socket.send(system_message(OPAQUE, user="8"))
                    await socket.quiet(0.05)
        # Something is told meanwhile, else nobody would hear anything.
        told = {"type": "sistema", "message": "Hola"}
        headers = {"X-API-Key": key}
        answer = await in_thread(httpx.post, f"{web.http}/notify", json=told, headers=headers)
        assert answer.status_code == 200
        await heard[KINDS.index("tourism")].wait_for(1)
        frames = [frame for socket in heard for frame in socket.frames]
    assert not any("system_message" in json.dumps(frame) for frame in frames)
    await appears_nowhere(running, [good, expired, OPAQUE, key], frames, wire)


async def test_a_token_in_what_clients_tell_each_other_reaches_nobody(running: Cluster, web: Web) -> None:
    good = token("citas", user="7", jti="b1")
    wire = Wire()
    urls = [f"{web.ws}/ws/{kind}?token={token(kind)}" for kind in ("citas", "marketplace")]
    async with wire.tapped(), listeners(web) as heard, clients(urls) as (one, two):
        await two.send({"type": "join", "payload": {"room": "order-7"}})
        for secret in (good, OPAQUE):
            for data in ({"token": secret}, {"a": [{"access_token": secret}]}):
                await one.send({"type": "avance_fila", "negocioId": "citas", "data": data})
                body = {"room": "order-7", "body": data}
                await two.send({"type": "broadcast", "payload": body})
        await one.send({"type": "avance_fila", "negocioId": "citas", "data": {"turno": 5}})
        await heard[0].wait_until(lambda: any(frame["type"] == "avance_fila" for frame in heard[0].frames))
        await two.wait_for(5)
        assert [frame["payload"]["error"] for frame in two.frames[1:]] == ["not authorized"] * 4
        frames = [frame for socket in (*heard, one, two) for frame in socket.frames]
    queue_events = [frame for frame in frames if isinstance(frame, dict) and frame.get("type") == "avance_fila"]
    assert [frame["data"] for frame in queue_events] == [{"turno": 5}]
    await appears_nowhere(running, [good, OPAQUE], frames, wire)


async def test_a_token_of_an_upgrade_or_a_request_appears_nowhere(running: Cluster, web: Web) -> None:
    good, expired = token("parking", jti="c1"), token("parking", ttl=-60, jti="c2")
    secrets, wire = [good, expired, OPAQUE], Wire()
    async with wire.tapped(), listeners(web) as heard:
        for odd in (f"%74oken={good}", f"user_id=7&next=%3Ftoken%3D{OPAQUE}"):
            await knock(f"{web.ws}/ws?{odd}")
        for secret in secrets:
            for path in ("/ws", "/ws/parking", "/", "/ws/nope", "/nope"):
                await knock(f"{web.ws}{path}?token={secret}&user_id=7")
                await knock(f"{web.ws}{path}?user_id=7&TOKEN={secret}")
            await knock(f"{web.ws}/ws", subprotocols=["pulso.v1", f"jwt.{secret}"])
            await knock(f"{web.ws}/ws", headers={"Authorization": f"Bearer {secret}"})
            await knock(f"{web.ws}/ws/native", first={"v": 1, "type": "auth", "id": 1, "token": secret})
            await knock(f"{web.ws}/ws/parking", first={"action": "auth", "token": secret})
            async with httpx.AsyncClient(base_url=web.http) as http:
                for path in ("/health", "/api/rooms/parking/stats", "/nope", "/admin/"):
                    await http.get(path, params={"token": secret}, headers={"Authorization": f"Bearer {secret}"})
                for path in ("/notify", "/api/publish", "/notify/cita", "/api/token/refresh"):
                    body = {"type": "t", "message": "m", "data": {}, "refresh": secret}
                    await http.post(path, json=body, headers={"X-API-Key": secret}, params={"token": secret})
        frames = [frame for socket in heard for frame in socket.frames]
    assert '"GET /health?token=[removed]' in running.logs()
    await appears_nowhere(running, secrets, frames, wire)


async def knock(url: str, first: Any = None, **options: Any) -> None:
    """Try to come in, and leave again."""
    with suppress(InvalidStatus, ConnectionClosed):
        async with client(url, **options) as socket:
            if first is not None:
                await socket.send(first)
            await socket.quiet(0.05)
