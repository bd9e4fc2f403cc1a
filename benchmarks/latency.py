"""How long does a committed cita take to its stats frame at an open socket?

200 citas at 20 a second over 10 negocios, each watched by a native and a citas socket. The time counts from the
return of the commit; server, worker, Redis and PostgreSQL are real processes on this machine.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from benchmarks.results import Bound, Figure, Report, figure, most, percentile
from benchmarks.servers import cluster, data_folder, embedded, embedded_environment
from benchmarks.writer import WARM_UP, Pace, Written, codes, written
from tests.acceptance.clients import Client, client, token

NAME = "latency"
# Whatever is under way after the last commit has so long to come. Seconds.
PATIENCE = 10.0
MILLISECONDS = 1000.0


def measure() -> Report:
    """By the ORM and by psql in a cluster, by replay beside an embedded server."""
    figures: list[Figure] = []
    lost: list[str] = []
    with cluster() as running:
        running.start(webs=1, workers=1)
        way = Way(running.webs[0].ws, running.environment)
        asyncio.run(way.prepare())
        for name, writer, bounds in (("orm", "orm", ORM_BOUNDS), ("psql", "sql", NOTIFY_BOUNDS)):
            _add(figures, lost, name, asyncio.run(way.measure(writer)), bounds)
    with data_folder() as folder, embedded(folder) as web:
        way = Way(web.ws, embedded_environment(folder))
        asyncio.run(way.prepare())
        _add(figures, lost, "replay", asyncio.run(way.measure("replay")), NOTIFY_BOUNDS)
    return Report(NAME, figures, lost)


ORM_BOUNDS: Mapping[float, Bound] = {0.5: most(20), 0.99: most(100)}
NOTIFY_BOUNDS: Mapping[float, Bound] = {0.99: most(400)}


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Milliseconds from the return of a commit, and from when it was asked for, to each socket's frame."""

    since_return: list[float] = field(default_factory=list)
    since_asked: list[float] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)


class Watcher:
    """One socket on a negocio's figures. `total` reads the number of citas out of a frame, None where it has none."""

    def __init__(self, code: str, socket: Client, total: Callable[[Any], int | None]) -> None:
        self.code, self._socket, self._total = code, socket, total
        self._first, self._base = 0, 0

    async def begin(self) -> None:
        """What comes from now on counts."""
        self._base = await self._reach(0)
        self._first = len(self._socket.frames)

    async def _reach(self, least: int) -> int:
        while True:
            totals = [total for frame in self._socket.frames if (total := self._total(frame)) is not None]
            if totals and totals[-1] >= least:
                return totals[-1]
            await asyncio.sleep(0.01)

    async def catch_up(self, count: int) -> None:
        """Return once `count` new citas are in a frame, or patience ends."""
        try:
            async with asyncio.timeout(PATIENCE):
                await self._reach(self._base + count)
        except TimeoutError:
            pass  # found and told by arrivals()

    def arrivals(self, written: Sequence[Written], into: Arrivals) -> None:
        """When each of the negocio's citas, in the order of their commits, was first part of a frame."""
        frames = zip(self._socket.frames[self._first :], self._socket.times[self._first :], strict=True)
        seen = [(total, at) for frame, at in frames if (total := self._total(frame)) is not None]
        for number, row in enumerate(sorted(written, key=lambda row: row.committed), self._base + 1):
            at = next((at for total, at in seen if total >= number), None)
            if at is None:
                into.lost.append(f"cita {number} of {self.code}")
            elif number > self._base + WARM_UP:
                into.since_return.append((at - row.committed) * MILLISECONDS)
                into.since_asked.append((at - row.asked) * MILLISECONDS)


@dataclass(frozen=True, slots=True)
class Way:
    """A running server to watch, and the environment in which writers write."""

    ws: str
    environment: Mapping[str, str]

    async def prepare(self) -> None:
        await written(self.environment, "prepare")

    async def measure(self, writer: str) -> Arrivals:
        """Watch all negocios while the writer writes."""
        found = Arrivals()
        async with self._watchers() as watchers:
            for watcher in watchers:
                await watcher.begin()
            rows = by_negocio(await written(self.environment, writer))
            await asyncio.gather(*(watcher.catch_up(len(rows[watcher.code])) for watcher in watchers))
            for watcher in watchers:
                watcher.arrivals(rows[watcher.code], found)
        return found

    @asynccontextmanager
    async def _watchers(self) -> AsyncIterator[list[Watcher]]:
        async with AsyncExitStack() as stack:
            watchers = []
            for code in codes(Pace()):
                native = await stack.enter_async_context(client(f"{self.ws}/ws/native?token={token(code)}"))
                await native.send({"v": 1, "type": "subscribe", "id": 1, "topic": "stats"})
                watchers.append(Watcher(code, native, native_total))
                citas = await stack.enter_async_context(client(f"{self.ws}/ws?token={token(code)}"))
                await citas.send({"type": "subscribe", "data": {"channel": f"estadisticas:{code}"}})
                watchers.append(Watcher(code, citas, citas_total))
            yield watchers


def native_total(frame: Any) -> int | None:
    """The number of citas that a native frame tells."""
    stats = frame["data"].get("stats") if frame["type"] == "state" else None
    return None if stats is None else int(stats["totalCitas"])


def citas_total(frame: Any) -> int | None:
    """The number of citas that a frame of the dialect citas tells."""
    return int(frame["data"]["totalCitas"]) if frame["type"] == "stats" else None


def by_negocio(rows: Iterable[Written]) -> defaultdict[str, list[Written]]:
    grouped: defaultdict[str, list[Written]] = defaultdict(list)
    for row in rows:
        grouped[row.negocio].append(row)
    return grouped


def _add(figures: list[Figure], lost: list[str], name: str, found: Arrivals, bounds: Mapping[float, Bound]) -> None:
    for share in (0.5, 0.99):
        value = percentile(found.since_return, share)
        figures.append(figure(f"{name}, p{share * 100:.0f} from the commit's return", value, "ms", bounds.get(share)))
    for share in (0.5, 0.99):
        value = percentile(found.since_asked, share)
        figures.append(figure(f"{name}, p{share * 100:.0f} from before the statement", value, "ms"))
    lost.extend(f"{name}: {what}" for what in found.lost)
