"""Do clients that come and go leave anything behind? Visitors of all dialects, events, row changes, and what is held.

Every visitor comes back as one of the same few users, and every room is always as full: what grows, leaks.
"""

import asyncio
import contextlib
import json
import random
import statistics
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import psutil
from redis import Redis
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from dashboards.businesses.citas.models import Cita
from dashboards.businesses.repairs.models import RepairOrder
from dashboards.models import Negocio
from notifications.service_keys import new_key
from realtime.database import in_thread
from tests.acceptance.businesses import book, new_negocio, new_shop, order
from tests.acceptance.clients import token
from tests.acceptance.cluster import Cluster

KINDS = {"cola": "citas", "taller": "repairs", "viajes": "tourism", "lote": "parking", "tienda": "marketplace"}
USERS, AT_ONCE = 20, 10
# How long a visitor stays, between two posts of events, and between two samples. Seconds.
STAY, PAUSE, SAMPLING = (0.3, 2.0), 1.0, 2.0
# Rows there are from the beginning, that change; as many events in each room as a process keeps.
ROWS, KEPT = 20, 1_000
# What was told last has so long to come.
PATIENCE = 30.0
# What a visitor of each dialect says after its connect.
SAYS: Mapping[str, Sequence[Any]] = {
    "cola": [{"type": "subscribe", "data": {"channel": "estadisticas:cola"}}],
    "taller": [],
    "viajes": [],
    "lote": [{"type": "subscribe", "topics": ["parking", "tickets"]}],
    "tienda": [{"type": "join", "payload": {"room": "order-1"}}],
}


@dataclass(frozen=True, slots=True)
class Sample:
    """What is held at a moment: memory in bytes, and counts by name."""

    at: float
    memory: Mapping[str, int]
    counts: Mapping[str, float]


@dataclass(slots=True)
class Churn:
    """What happened: visits, events told, samples, and what went wrong with an event."""

    visits: int = 0
    told: int = 0
    samples: list[Sample] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)

    def growth(self, name: str) -> float:
        """How much a process's memory grew from the first quarter of what was sampled to the last, of the former."""
        values = [float(sample.memory[name]) for sample in self.samples]
        first, last = _ends(values)
        return last / first - 1

    def drifts(self) -> Mapping[str, tuple[float, float]]:
        """Every count in the first quarter of the samples, and in the last."""
        return {name: _ends([sample.counts[name] for sample in self.samples]) for name in self.samples[0].counts}


def _ends(values: Sequence[float]) -> tuple[float, float]:
    quarter = max(1, len(values) // 4)
    return statistics.median(values[:quarter]), statistics.median(values[-quarter:])


async def churn(running: Cluster, seconds: float, warm_up: float) -> Churn:
    """Come and go for so long, at the first web process and worker; samples from after the warm-up."""
    found, dice = Churn(), random.Random(1)
    keys = await in_thread(_open)
    ws, http = running.webs[0].ws, running.webs[0].http
    residents = [Resident(ws, code, "resident", stays=True) for code in KINDS]
    returning = [Resident(ws, code, f"u{number}", stays=False) for number, code in enumerate(KINDS)]
    async with httpx.AsyncClient(base_url=http, timeout=10) as caller, _tasks() as start:
        for client in (*residents, *returning):
            start(client.run(dice))
        await asyncio.gather(*(client.subscribed.wait() for client in (*residents, *returning)))
        for _ in range(KEPT // 100):
            found.told += await _tell(caller, keys, 100)
        for number in range(AT_ONCE):
            start(_visit_for_ever(ws, number, found, dice))
        change = start(_change_rows(dice))
        end, sampled = time.monotonic() + warm_up + seconds, time.monotonic() + warm_up
        while time.monotonic() < end:
            found.told += await _tell(caller, keys, 1)
            if time.monotonic() > sampled:
                found.samples.append(await _sample(running, caller))
                sampled += SAMPLING
            await asyncio.sleep(PAUSE)
        change.cancel()
        await _settle((*residents, *returning), found.told)
    for client in (*residents, *returning):
        found.lost += client.complaints(found.told)
    return found


def _open() -> Mapping[str, str]:
    keys = {}
    for code, kind in KINDS.items():
        if kind == "repairs":
            equipment = new_shop(code)
            for number in range(ROWS):
                order(equipment, problem_description=str(number))
        else:
            new_negocio(code, kind)
        negocio = Negocio.objects.get(code=code)
        keys[code] = new_key(negocio, "churn")
        if kind == "citas":
            for number in range(ROWS):
                book(negocio, hour=number % 24)
    return keys


async def _tell(caller: httpx.AsyncClient, keys: Mapping[str, str], count: int) -> int:
    """Tell so many events in each negocio's room; returns how many of them in one."""
    for key in keys.values():
        items = [{"type": "test", "data": {"at": "x" * 50}}] * count
        answer = await caller.post("/api/publish", json=items, headers={"X-API-Key": key})
        answer.raise_for_status()
    return count


async def _change_rows(dice: random.Random) -> None:
    while True:
        await in_thread(_change, dice)
        await asyncio.sleep(PAUSE / 2)


def _change(dice: random.Random) -> None:
    """The same rows, so that figures don't grow."""
    cita = Cita.objects.order_by("pk")[dice.randrange(ROWS)]
    cita.estado = dice.choice(Cita.Estado.values)
    cita.save()
    RepairOrder.objects.filter(pk=RepairOrder.objects.order_by("pk")[dice.randrange(ROWS)].pk).update(
        status=dice.choice(RepairOrder.Status.values)
    )


class Resident:
    """A native client of a negocio's events, who hears each once: one that stays, or one that resumes all the time."""

    def __init__(self, ws: str, code: str, user: str, stays: bool) -> None:
        self.count, self.faults = 0, list[str]()
        self.subscribed = asyncio.Event()
        self._url, self._code, self._user, self._stays = f"{ws}/ws/native", code, user, stays
        self._place: dict[str, Any] = {}

    async def run(self, dice: random.Random) -> None:
        while True:
            stay = None if self._stays else dice.uniform(*STAY)
            with contextlib.suppress(OSError, WebSocketException, TimeoutError):
                async with (
                    connect(f"{self._url}?token={token(self._code, user=self._user)}", proxy=None) as socket,
                    asyncio.timeout(stay),
                ):
                    await self._follow(socket)
            await asyncio.sleep(0.2)

    async def _follow(self, socket: ClientConnection) -> None:
        await socket.send(json.dumps({"v": 1, "type": "subscribe", "id": 1, "topic": "events", **self._place}))
        async for text in socket:
            frame = json.loads(text)
            if frame["type"] == "subscribed":
                self._begin(frame)
            elif "seq" in frame:
                self._hear(frame["seq"])

    def _begin(self, frame: Any) -> None:
        if self._place and not frame["recovered"]:
            self.faults.append(f"{self._code}: not recovered from {self._place}")
        self._place = self._place or {"since": frame["seq"], "epoch": frame["epoch"]}
        self.subscribed.set()

    def _hear(self, seq: int) -> None:
        if seq != self._place["since"] + 1:
            self.faults.append(f"{self._code}: {seq} after {self._place['since']}")
        self._place["since"] = seq
        self.count += 1

    def complaints(self, owed: int) -> list[str]:
        missing = [f"{self._code}: heard {self.count} of {owed}"] if self.count != owed else []
        return self.faults + missing


async def _visit_for_ever(ws: str, number: int, found: Churn, dice: random.Random) -> None:
    """Visitors one after the other, of any dialect; some hang up, some are cut off."""
    while True:
        code, user = dice.choice(list(KINDS)), f"u{number}-{dice.randrange(USERS // AT_ONCE)}"
        native = dice.random() < 0.5
        url = f"{ws}{'/ws/native' if native else '/ws'}?token={token(code, user=user)}"
        with contextlib.suppress(OSError, WebSocketException):
            async with connect(url, proxy=None) as socket:
                await _visit(socket, code, native, dice)
        found.visits += 1


async def _visit(socket: ClientConnection, code: str, native: bool, dice: random.Random) -> None:
    asked = [{"v": 1, "type": "subscribe", "id": topic, "topic": topic} for topic in ("stats", "events")]
    for document in asked if native else SAYS[code]:
        await socket.send(json.dumps(document))
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(dice.uniform(*STAY)):
            async for _ in socket:
                pass
    if dice.random() < 0.5:
        socket.transport.abort()


async def _settle(clients: Sequence[Resident], told: int) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            while any(client.count < told for client in clients):
                await asyncio.sleep(0.1)


async def _sample(running: Cluster, caller: httpx.AsyncClient) -> Sample:
    lines = (await caller.get("/metrics")).text.splitlines()
    series = {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines if line[0] != "#")}
    counts = {name: series[f"pulso_{name}"] for name in ("tasks", "rooms", "connections")}
    memory = {}
    for name, program in (("web", running.webs[0]), ("worker", running.workers[0])):
        process = psutil.Process(program.pid)
        memory[name] = process.memory_full_info().uss
        counts[f"files of the {name}"] = process.num_fds()
        counts[f"threads of the {name}"] = process.num_threads()
    return Sample(time.monotonic(), memory, counts | await in_thread(_of_servers, running))


def _of_servers(running: Cluster) -> dict[str, float]:
    with running.connect() as connection:
        row = connection.execute(
            "SELECT (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()), "
            "(SELECT count(*) FROM processes), (SELECT count(*) FROM watches), (SELECT count(*) FROM attendees)"
        ).fetchone()
    assert row is not None
    with Redis.from_url(running.environment["REDIS_URL"]) as redis:
        connected = redis.info("clients")["connected_clients"]
    names = ("connections to PostgreSQL", "processes", "watches", "attendees")
    return dict(zip(names, row, strict=True)) | {"connections to Redis": connected}


@asynccontextmanager
async def _tasks() -> AsyncIterator[Callable[[Any], "asyncio.Task[None]"]]:
    """Starts tasks, that end with the block; what one fails with is raised."""
    tasks: list[asyncio.Task[None]] = []

    def start(work: Any) -> "asyncio.Task[None]":
        tasks.append(asyncio.create_task(work))
        return tasks[-1]

    try:
        yield start
    finally:
        for task in tasks:
            task.cancel()
        for outcome in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(outcome, Exception):
                raise outcome
