"""What do clients that stop reading cost? Memory of the server for each, and waiting for those who read.

200 clients of 20 negocios, 200 events a second. Spells in which all read alternate with spells in which a tenth of them
doesn't; afterwards these come back and have to hear all of it. Then a tenth of another room's clients stall in
the worst that can come: many small events, until the server lets them go.
"""

import asyncio
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import psutil

from benchmarks.crowd import allow_files, run
from benchmarks.followers import Follower, clock
from benchmarks.processes import CLIENT_CPU, SERVER_CPU, on_cpu
from benchmarks.results import Report, figure, most, percentile
from benchmarks.servers import cluster
from benchmarks.steady import Publisher, opened_negocios, spread, telling
from tests.acceptance.clients import token
from tests.acceptance.cluster import Cluster, Web

NAME = "stalls"
CLIENTS, STALLED = 200, 20
PAIRS, SECONDS = 5, 13.0  # longer than WRITE_WAIT: who reads nothing is sent away meanwhile
# A stalled client's kernel buffers are full of these within a few seconds. Characters.
PADDING = 4_000
# What was told last has so long to come to everybody. Seconds.
PATIENCE = 60.0
SAMPLING = 0.1
KIB = 1024.0
MILLISECONDS = 1000.0
# In the worst case: the room, events in a request, and requests: buffers are full, and fewer events than are resumed.
WORST, BURST, BURSTS = "n0", 200, 22


def measure() -> Report:
    """One web process on one core; clients, worker and publisher on the other."""
    allow_files(CLIENTS * 2)
    with cluster(UPDATE_INTERVAL="600") as running:
        with on_cpu(SERVER_CPU):
            web = running.add_web()
        with on_cpu(CLIENT_CPU):
            running.add_worker()
            found: Findings = run(_measure(running, web))
    ratios = [stalled / calm for calm, stalled in found.p99]
    figures = [
        figure("p99 of an event while all read", statistics.median(calm for calm, _ in found.p99), "ms"),
        figure("p99 of the others while a tenth doesn't", statistics.median(slow for _, slow in found.p99), "ms"),
        figure("the same, of p99 while all read", statistics.median(ratios), "", most(1.3)),
        figure("memory of a stalled client, many small events", found.memory / KIB, "KiB", most(256)),
        figure("bytes that wait for a stalled client, most", found.waiting / KIB, "KiB", most(256)),
        figure("times that a stalled client came back", found.returns, ""),
        figure("events heard", found.heard, ""),
    ]
    return Report(NAME, figures, found.lost)


@dataclass(slots=True)
class Findings:
    """p99 of the others in pairs of spells, without and with stalled clients (ms); bytes for each stalled client."""

    p99: list[tuple[float, float]] = field(default_factory=list)
    memory: float = 0.0
    waiting: float = 0.0
    returns: int = 0
    heard: int = 0
    lost: list[str] = field(default_factory=list)


async def _measure(running: Cluster, web: Web) -> Findings:
    keys = await opened_negocios()
    publisher, waits, found = Publisher(web.http, keys), list[float](), Findings()
    codes = spread(list(keys), CLIENTS)
    crowd = [
        Follower(_url(web, code, number), on_event=partial(_note, waits) if number >= STALLED else None)
        for number, code in enumerate(codes)
    ]
    await asyncio.gather(*(follower.come() for follower in crowd))
    stalled = crowd[:STALLED]  # one of each negocio
    async with telling(publisher, "x" * PADDING):
        await _spell(publisher, [], found, waits)  # everything is loaded, and the backlogs are in use
        for _ in range(PAIRS):
            calm = await _spell(publisher, [], found, waits)
            found.p99.append((calm, await _spell(publisher, stalled, found, waits)))
            await _catch_up(stalled, [publisher.told[code] for code in codes[:STALLED]])
    await _catch_up(crowd, [publisher.told[code] for code in codes])
    found.memory = await _worst(publisher, web, found)
    await _catch_up(crowd, [publisher.told[code] for code in codes])
    for follower, code in zip(crowd, codes, strict=True):
        found.lost += follower.complaints(publisher.told[code])
        found.heard += follower.count
        await follower.go()
    found.returns = sum(follower.returns for follower in stalled)
    await publisher.close()
    return found


def _url(web: Web, code: str, number: int) -> str:
    return f"{web.ws}/ws/native?token={token(code, user=str(number))}"


def _note(waits: list[float], event: Any) -> None:
    waits.append((clock() - event["data"]["sent"]) * MILLISECONDS)


async def _spell(publisher: Publisher, stalled: Sequence[Follower], found: Findings, waits: list[float]) -> float:
    """p99 of those who read, in ms, while these don't."""
    waits.clear()
    for follower in stalled:
        follower.stall()
    for _ in range(int(SECONDS)):
        await asyncio.sleep(1)
        if stalled:
            found.waiting = max(found.waiting, (await publisher.metrics())["pulso_most_waiting_bytes"])
    for follower in stalled:
        follower.wake()
    return percentile(waits, 0.99)


async def _catch_up(crowd: Sequence[Follower], owed: Sequence[int]) -> None:
    """Bring back who was sent away, until everybody has heard what is owed, or patience ends."""
    end = clock() + PATIENCE
    while clock() < end and any(each.count < count for each, count in zip(crowd, owed, strict=True)):
        await asyncio.gather(*(follower.come_back() for follower in crowd if not follower.is_open))
        await asyncio.sleep(SAMPLING)


async def _worst(publisher: Publisher, web: Web, found: Findings) -> float:
    """Bytes of memory that a stalled client costs at most while small events pile up for it."""
    crowd = [Follower(_url(web, WORST, CLIENTS + number)) for number in range(STALLED)]
    await asyncio.gather(*(follower.come() for follower in crowd))
    process = psutil.Process(web.pid)
    for _ in range(BURSTS):  # what the room itself keeps of them doesn't count
        await publisher.post(WORST, BURST)
    await _catch_up(crowd, [BURST * BURSTS] * STALLED)
    for follower in crowd:
        follower.stall()
    before, most_used = process.memory_full_info().uss, 0
    for _ in range(BURSTS):
        await publisher.post(WORST, BURST)
        await asyncio.sleep(SAMPLING)
        most_used = max(most_used, process.memory_full_info().uss)
        found.waiting = max(found.waiting, (await publisher.metrics())["pulso_most_waiting_bytes"])
    for follower in crowd:
        follower.wake()
    owed = 2 * BURST * BURSTS
    await _catch_up(crowd, [owed] * STALLED)
    for follower in crowd:
        found.lost += follower.complaints(owed)
        await follower.go()
    return (most_used - before) / STALLED
