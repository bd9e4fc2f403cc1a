"""How soon does everybody see what was committed, while fifty negocios write all the time?

200 citas a second by plain SQL, over 50 negocios, since the ORM would take half of the machine for itself; 20 sockets
follow the figures of each. The time runs from the return of a commit to the first frame at each socket that counts the
cita. In the end each has to hold what a fresh snapshot says.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from benchmarks.crowd import allow_files, run
from benchmarks.latency import MILLISECONDS, by_negocio
from benchmarks.processes import cpu_seconds
from benchmarks.results import Report, figure, most, percentile
from benchmarks.servers import cluster
from benchmarks.viewers import Viewer, document, viewing
from benchmarks.writer import WARM_UP, Pace, Written, codes, written
from tests.acceptance.clients import token
from tests.acceptance.cluster import Cluster

NAME = "commits"
PACE = Pace(negocios=50, count=3_000, rate=200.0)
SOCKETS_EACH = 20
# Whatever is under way after the last commit has so long to come. Seconds.
PATIENCE = 10.0
# Of each negocio, in the order of their commits.
Rows = Mapping[str, Sequence[Written]]


def measure() -> Report:
    """One web process, one worker; the writer is a process of its own."""
    allow_files(PACE.negocios * SOCKETS_EACH * 2)
    with cluster() as running:
        running.start()
        found: Found = run(_measure(running))
    waits = [wait * MILLISECONDS for wait in found.waits]
    figures = [
        figure("commit's return to a socket, p50", percentile(waits, 0.5), "ms", most(10)),
        figure("commit's return to a socket, p99", percentile(waits, 0.99), "ms", most(50)),
        figure("commit's return to a socket, slowest", max(waits, default=0.0), "ms"),
        figure("commits a second", found.rate, "/s"),
        figure("frames of a socket for each commit", found.frames, ""),
        *(figure(f"CPU of the {name} for a commit", used * MILLISECONDS, "ms") for name, used in found.cpu.items()),
    ]
    return Report(NAME, figures, found.lost)


@dataclass(slots=True)
class Found:
    """Seconds from each commit to each socket; `frames` of a socket and seconds of CPU of a process, for a commit."""

    waits: list[float] = field(default_factory=list)
    rate: float = 0.0
    frames: float = 0.0
    cpu: dict[str, float] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)


class Watcher(Viewer):
    """One socket on a negocio's figures."""

    @property
    def base(self) -> int:
        """So many citas there were when it came."""
        return total(self.shown[0])

    def has(self, count: int) -> bool:
        """Are so many new citas in its last frame?"""
        return any(total(payload) >= self.base + count for _, payload in self.frames[-1:])

    def arrivals(self, rows: Sequence[Written], into: Found) -> None:
        """When each of the negocio's citas was first part of a frame."""
        frames = iter(self.frames)
        at, seen = 0.0, 0
        for number, row in enumerate(rows, self.base + 1):
            while seen < number:
                at, payload = next(frames, (0.0, b""))
                if not payload:
                    into.lost.append(f"cita {number} of {self.code}")
                    return
                seen = max(seen, total(payload))
            if number > self.base + WARM_UP:
                into.waits.append(at - row.committed)


def total(payload: bytes) -> int:
    """The number of citas that a frame tells; 0 where it tells none."""
    stats = document(payload)["data"].get("stats")
    return 0 if stats is None else int(stats["totalCitas"])


async def _measure(running: Cluster) -> Found:
    found = Found()
    await written(running.environment, "prepare", PACE)
    web = running.webs[0]
    watchers = [Watcher(code) for code in codes(PACE) for _ in range(SOCKETS_EACH)]
    async with viewing(web.ws, watchers):
        before = _used(running)
        rows = by_negocio(sorted(await written(running.environment, "sql", PACE), key=lambda row: row.committed))
        await _until_all_have(watchers, rows)
        used = _used(running)
        fresh = await _snapshots(web.http)
    _count(watchers, rows, found)
    commits = sum(map(len, rows.values()))
    found.cpu = {name: (used[name] - before[name]) / commits for name in used}
    found.lost += [f"the last figures of {each.code}" for each in watchers if each.held() != fresh[each.code]]
    return found


def _used(running: Cluster) -> Mapping[str, float]:
    return {"web process": cpu_seconds(running.webs[0].pid), "worker": cpu_seconds(running.workers[0].pid)}


async def _until_all_have(watchers: Sequence[Watcher], rows: Rows) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and not all(watcher.has(len(rows[watcher.code])) for watcher in watchers):
        await asyncio.sleep(0.1)


def _count(watchers: Sequence[Watcher], rows: Rows, found: Found) -> None:
    for watcher in watchers:
        watcher.arrivals(rows[watcher.code], found)
    told = [row.committed for each in rows.values() for row in each]
    found.rate = len(told) / (max(told) - min(told))
    found.frames = sum(len(watcher.frames) for watcher in watchers) / SOCKETS_EACH / len(told)


async def _snapshots(http: str) -> Mapping[str, Any]:
    """Every negocio's figures, read anew."""
    async with httpx.AsyncClient(base_url=http) as client:
        return {code: await _snapshot(client, code) for code in codes(PACE)}


async def _snapshot(client: httpx.AsyncClient, code: str) -> Any:
    answer = await client.get(f"/api/rooms/{code}/stats", headers={"Authorization": f"Bearer {token(code)}"})
    return answer.raise_for_status().json()["data"]
