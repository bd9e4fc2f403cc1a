"""Do writers who tell things in two rooms each, in opposite orders, wait for each other? Deadlocks, throughput, losses.

Two negocios; eight writers whose transactions change a row in each, 5 ms apart, half of them in one order and half in
the other. Spells in which they tell both negocios' people of it, by the journal, alternate with spells in which they
don't. Whatever was told has to come to a socket in each room, once.
"""

import asyncio
import json
import statistics
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from benchmarks.both_rooms import CODES, Spell
from benchmarks.crowd import run
from benchmarks.followers import Follower
from benchmarks.results import Report, figure, least, most
from benchmarks.servers import cluster
from tests.acceptance.clients import token
from tests.acceptance.cluster import ROOT, Cluster

NAME = "writers"
PAIRS = 5
SECONDS = 3.0
# What was told in the last moment has so long to come.
PATIENCE = 30.0


def measure() -> Report:
    """One web process, one worker, the writers in a process of their own."""
    with cluster() as running:
        running.start(webs=1, workers=1)
        found: Findings = run(_measure(running))
        deadlocks = _deadlocks(running)
    ratios = [told.rate / silent.rate for told, silent in found.pairs]
    figures = [
        figure("transactions a second without events", statistics.median(s.rate for _, s in found.pairs), "/s"),
        figure("transactions a second with events", statistics.median(t.rate for t, _ in found.pairs), "/s"),
        figure("with events, of without", statistics.median(ratios), "", least(0.8)),
        figure("deadlocks", deadlocks, "", most(0)),
        figure("events told", sum(2 * told.transactions for told, _ in found.pairs), ""),
        figure("last commit to the last event, slowest spell", max(found.settling), "s"),
    ]
    return Report(NAME, figures, found.lost)


@dataclass(slots=True)
class Findings:
    """Spells with events and without, in pairs; how long the events were under way after each. Seconds."""

    pairs: list[tuple[Spell, Spell]] = field(default_factory=list)
    settling: list[float] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)


async def _measure(running: Cluster) -> Findings:
    found = Findings()
    async with _writers(running) as writers:
        followers = [Follower(f"{running.webs[0].ws}/ws/native?token={token(code)}") for code in CODES]
        for follower in followers:
            await follower.come()
        await _spell(writers, True, 0.3)  # connections and statements are made once
        owed = 0
        for _ in range(PAIRS):
            silent = await _spell(writers, False, SECONDS)
            told = await _spell(writers, True, SECONDS)
            found.pairs.append((told, silent))
            found.settling.append(await _settle(followers, owed := told.told))
        found.lost = [what for follower in followers for what in follower.complaints(owed)]
        for follower in followers:
            await follower.go()
    return found


@asynccontextmanager
async def _writers(running: Cluster) -> AsyncIterator["asyncio.subprocess.Process"]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.both_rooms",
        cwd=ROOT, env=running.environment, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    await process.stdout.readline()  # its negocios stand
    try:
        yield process
    finally:
        process.stdin.close()
        await process.wait()


async def _spell(writers: "asyncio.subprocess.Process", tells: bool, seconds: float) -> Spell:
    assert writers.stdin is not None
    assert writers.stdout is not None
    writers.stdin.write(json.dumps([tells, seconds]).encode() + b"\n")
    line = await writers.stdout.readline()
    if not line:
        raise RuntimeError(f"the writers ended with {await writers.wait()}")
    return Spell(*json.loads(line))


async def _settle(followers: Sequence[Follower], owed: int) -> float:
    """Seconds until everybody has so many events, or patience ends."""
    start = time.monotonic()
    while time.monotonic() - start < PATIENCE and any(follower.count < owed for follower in followers):
        await asyncio.sleep(0.02)
    return time.monotonic() - start


def _deadlocks(running: Cluster) -> int:
    with running.connect() as connection:
        row: Any = connection.execute(
            "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        ).fetchone()
    return int(row[0])
