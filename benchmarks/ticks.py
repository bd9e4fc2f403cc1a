"""What does a tick cost where a thousand dashboards are open? One statement for each metric, and how long it takes.

Negocios of many rows each, loaded with all triggers on and folded; a socket looks at each, and has to hear every tick.
"""

import asyncio
import statistics
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from django.db import connection

from benchmarks.crowd import allow_files, run
from benchmarks.negocios import loaded
from benchmarks.results import Figure, Report, figure, most
from benchmarks.servers import cluster
from benchmarks.ticker import ticks
from benchmarks.viewers import Viewer, viewing
from dashboards.kinds import kind_named
from dashboards.models import Change
from dashboards.rollups.folding import fold_all
from realtime import leases
from realtime.hub.hub import LINGER
from realtime.leases import RENEWAL
from tests.acceptance.cluster import Cluster
from tests.acceptance.statements import counted

NAME = "ticks"
WATCHED, ROWS = 1_000, 200
# The first ones connect, prepare and plan.
WARM_UP, TICKS = 5, 20
MILLISECONDS = 1000.0
# What the last tick told has so long to come. Seconds.
PATIENCE = 5.0
# By then a room that nobody is in is no longer watched. Seconds.
FORGOTTEN = LINGER + 3 * RENEWAL


@dataclass(frozen=True, slots=True)
class Case:
    """Topics of a kind that are looked at."""

    name: str
    kind: str
    topics: Sequence[str]

    @property
    def metrics(self) -> int:
        """So many are computed for them."""
        carried = kind_named(self.kind).state_topics()
        return len(frozenset[str]().union(*(carried[topic] for topic in self.topics)))


# What front-ends are told every five seconds; then with the list that the built-in page shows beside it.
CASES = (
    Case("citas", "citas", ["stats"]),
    Case("citas with their list", "citas", ["stats", "agenda"]),
    Case("parking", "parking", ["stats"]),
)


def measure(watched: int = WATCHED, rows: int = ROWS) -> Report:
    """One web process for the sockets; who ticks is a process of its own."""
    allow_files(watched * 2)
    figures: list[Figure] = []
    lost: list[str] = []
    with cluster() as running:
        running.start(workers=0)
        # Each kind by a thread: ten million rows of one take as long as all the rest.
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda kind: _load(kind, watched, rows), {case.kind: None for case in CASES}))
        fold_all(few=0)
        Change.objects.all().delete()  # no worker is there to take them
        with connection.cursor() as cursor:
            cursor.execute("VACUUM (ANALYZE)")
        for case in CASES:
            _until_nobody_watches()
            found: Found = run(_measure(running, case, watched))
            figures += _figures(case, found)
            lost += found.lost
    return Report(NAME, figures, lost)


def _load(kind: str, negocios: int, rows: int) -> None:
    for number in range(negocios):
        loaded(kind, rows, _code(kind, number))
    connection.close()


@dataclass(frozen=True, slots=True)
class Found:
    """Seconds of the ticks that count; how often each of the metrics' statements ran in a tick."""

    seconds: Sequence[float]
    statements: Sequence[float]
    lost: Sequence[str]


async def _measure(running: Cluster, case: Case, watched: int) -> Found:
    viewers = [Viewer(_code(case.kind, number), case.topics) for number in range(watched)]
    async with viewing(running.webs[0].ws, viewers):
        await asyncio.sleep(RENEWAL)  # by then the process has said what it watches
        with counted(running.connect()) as statements:
            seconds = await ticks(running.environment, WARM_UP + TICKS)
            ran = [calls / (WARM_UP + TICKS) for calls in statements.of_metrics()]
        owed = (WARM_UP + TICKS) * len(case.topics)
        await _until_heard(viewers, owed)
    lost = [f"{case.name}: {len(each.frames)} of {owed} at {each.code}" for each in viewers if len(each.frames) != owed]
    return Found(seconds[WARM_UP:], ran, lost)


def _until_nobody_watches() -> None:
    """What the case before looked at lingers, and would be computed too."""
    end = time.monotonic() + FORGOTTEN
    while leases.watched():
        if time.monotonic() > end:
            raise RuntimeError("rooms that nobody is in are watched")
        time.sleep(0.5)


async def _until_heard(viewers: Sequence[Viewer], owed: int) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and any(len(viewer.frames) < owed for viewer in viewers):
        await asyncio.sleep(0.05)


def _figures(case: Case, found: Found) -> Sequence[Figure]:
    return [
        figure(f"{case.name}: a tick", statistics.median(found.seconds) * MILLISECONDS, "ms", most(100)),
        figure(f"{case.name}: slowest tick", max(found.seconds) * MILLISECONDS, "ms"),
        figure(f"{case.name}: statements of metrics a tick", sum(found.statements), "", most(case.metrics)),
    ]


def _code(kind: str, number: int) -> str:
    return f"{kind}-{number}"
