"""Do writers who tell things in two rooms each, in opposite orders, wait for each other? Deadlocks, throughput, losses.

Two negocios; eight writers whose transactions change a row in each, 5 ms apart, half of them in one order and half in
the other. Spells in which they tell both negocios' people of it, in one statement or in two, alternate with spells in
which they don't. Whatever was told has to come to a socket in each room, once.
"""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from benchmarks.both_rooms import CODES, How, Spell
from benchmarks.crowd import run
from benchmarks.followers import Follower
from benchmarks.results import Bound, Figure, Report, figure, least, most
from benchmarks.servers import cluster
from tests.acceptance.clients import token
from tests.acceptance.cluster import ROOT, Cluster

NAME = "writers"
ROUNDS = 5
SECONDS = 3.0
# What was told in the last moment has so long to come.
PATIENCE = 30.0


def measure() -> Report:
    """One web process, one worker, the writers in a process of their own."""
    with cluster() as running:
        running.start(webs=1, workers=1)
        found: Findings = run(_measure(running))
        deadlocks = _deadlocks(running)
    figures = [
        figure(
            "transactions a second without events", median(spells[How.SILENT].rate for spells in found.rounds), "/s"
        ),
        *(_share(found, how, bound) for how, bound in ((How.TOGETHER, least(0.8)), (How.APART, None))),
        figure("deadlocks", deadlocks, "", most(0)),
        figure("events told", found.told, ""),
        figure("last commit to the last event, slowest spell", max(found.settling), "s"),
    ]
    return Report(NAME, figures, found.lost)


def _share(found: "Findings", how: How, bound: Bound | None) -> Figure:
    shares = (spells[how].rate / spells[How.SILENT].rate for spells in found.rounds)
    return figure(f"with events, told {how}, of without", median(shares), "", bound)


@dataclass(slots=True)
class Findings:
    """Rounds, with a spell of each sort; how many events were told in all; how long they were under way after each
    spell. Seconds.
    """

    rounds: list[Mapping[How, Spell]] = field(default_factory=list)
    told: int = 0
    settling: list[float] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)


async def _measure(running: Cluster) -> Findings:
    found = Findings()
    async with _writers(running) as writers:
        followers = [Follower(f"{running.webs[0].ws}/ws/native?token={token(code)}") for code in CODES]
        for follower in followers:
            await follower.come()
        for how in How:  # connections and statements are made once
            await _spell(writers, how, 0.3)
        owed = 0
        for number in range(ROUNDS):
            spells: dict[How, Spell] = {}
            for how in list(How)[:: 1 if number % 2 else -1]:
                spells[how] = await _spell(writers, how, SECONDS)
                found.settling.append(await _settle(followers, owed := spells[how].told))
            found.rounds.append(spells)
        found.told = owed * len(CODES)
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


async def _spell(writers: "asyncio.subprocess.Process", how: How, seconds: float) -> Spell:
    assert writers.stdin is not None
    assert writers.stdout is not None
    writers.stdin.write(json.dumps([how, seconds]).encode() + b"\n")
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
