"""How soon is everybody back when 3,000 clients lose their connection at once, and what does it cost the database?

Clients of 20 negocios, each with figures and events, come back within a second: while 200 events a second are told;
once more while nothing happens, to count statements; and to another process, which knows nothing yet.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from benchmarks.crowd import AT_ONCE, allow_files, run
from benchmarks.followers import Follower, clock
from benchmarks.processes import CLIENT_CPU, SERVER_CPU, cpu_seconds, on_cpu
from benchmarks.results import Report, figure, most, percentile
from benchmarks.servers import cluster
from benchmarks.steady import NEGOCIOS, Publisher, opened_negocios, spread, telling
from dashboards.kinds import kind_named
from tests.acceptance.clients import token
from tests.acceptance.cluster import Cluster, Web
from tests.acceptance.statements import counted

NAME = "storm"
CLIENTS = 3_000
# They come back spread over so long, each once. Seconds.
SPREAD = 1.0
# Events are told for so long before the storm. Seconds.
BEFORE = 3.0
PATIENCE = 30.0
# Leases, presence and polls write now and then, for all clients together.
NEXT_TO_NOTHING = 0.05


def measure() -> Report:
    """Web processes on one core; clients, worker and publisher on the other."""
    allow_files(CLIENTS * 4)
    with cluster(UPDATE_INTERVAL="600") as running:
        with on_cpu(SERVER_CPU):
            web = running.add_web()
        with on_cpu(CLIENT_CPU):
            running.add_worker()
            found: Findings = run(_measure(running, web))
    figures = [
        figure("all are back", found.back, "s", most(5)),
        figure("half of them are back", found.half, "s"),
        figure("CPU of the server a client, events included", found.cpu / CLIENTS * 1000, "ms"),
        figure("connects refused and repeated", found.refused, ""),
        figure("statements a client that comes back, leases included", found.statements, "", most(NEXT_TO_NOTHING)),
        figure("all are at a process that knew nothing", found.cold, "s"),
        figure("statements a client there", found.cold_statements, "", most(10 * NEGOCIOS / CLIENTS)),
        figure("statements of metrics there", found.metrics, "", most(NEGOCIOS * len(kind_named("tourism").metrics))),
    ]
    return Report(NAME, figures, found.lost)


@dataclass(slots=True)
class Findings:
    """Seconds from the loss of all connections; statements for each client."""

    back: float = 0.0
    half: float = 0.0
    cpu: float = 0.0
    cold: float = 0.0
    refused: int = 0
    statements: float = 0.0
    cold_statements: float = 0.0
    metrics: int = 0
    lost: list[str] = field(default_factory=list)


async def _measure(running: Cluster, web: Web) -> Findings:
    keys, found = await opened_negocios(), Findings()
    publisher, codes = Publisher(web.http, keys), spread(list(keys), CLIENTS)
    crowd = [Follower(_url(web, code, number), shows=True) for number, code in enumerate(codes)]
    await _enter(crowd)
    async with telling(publisher):
        await asyncio.sleep(BEFORE)
        cpu, tried = cpu_seconds(web.pid), sum(each.tries for each in crowd)
        waits = await _storm(crowd)
        found.back, found.half, found.cpu = max(waits), percentile(waits, 0.5), cpu_seconds(web.pid) - cpu
        found.refused = sum(each.tries for each in crowd) - tried - CLIENTS
    await _hear_all(crowd, codes, publisher)
    with counted(running.connect()) as statements:
        await _storm(crowd)
        found.statements = statements.in_all() / CLIENTS
    with on_cpu(SERVER_CPU):
        other = await asyncio.to_thread(running.add_web)
    for number, follower in enumerate(crowd):
        follower.url = _url(other, codes[number], number)
    with counted(running.connect()) as statements:
        found.cold = max(await _storm(crowd))
        found.cold_statements, found.metrics = statements.in_all() / CLIENTS, sum(statements.of_metrics())
    await publisher.post(codes[0], 1)
    await _hear_all(crowd, codes, publisher)
    for follower, code in zip(crowd, codes, strict=True):
        found.lost += follower.complaints(publisher.told[code])
    await asyncio.gather(*(follower.go() for follower in crowd))
    await publisher.close()
    return found


def _url(web: Web, code: str, number: int) -> str:
    return f"{web.ws}/ws/native?token={token(code, user=str(number))}"


async def _enter(crowd: Sequence[Follower]) -> None:
    turn = asyncio.Semaphore(AT_ONCE)

    async def enter(follower: Follower) -> None:
        async with turn:
            await follower.come_back()

    await asyncio.gather(*map(enter, crowd))


async def _storm(crowd: Sequence[Follower]) -> list[float]:
    """Everybody is cut off and comes back; seconds from the cut until each is in its rooms again."""
    for follower in crowd:
        follower.cut()
    start = clock()

    async def come_back(number: int, follower: Follower) -> None:
        await asyncio.sleep(SPREAD * number / len(crowd))
        await follower.come_back()

    await asyncio.gather(*(come_back(number, follower) for number, follower in enumerate(crowd)))
    return [follower.came - start if follower.came > start else float("inf") for follower in crowd]


async def _hear_all(crowd: Sequence[Follower], codes: Sequence[str], publisher: Publisher) -> None:
    """Return once everybody has what was told, or patience ends."""
    end = clock() + PATIENCE
    while clock() < end and any(each.count < publisher.told[code] for each, code in zip(crowd, codes, strict=True)):
        await asyncio.sleep(0.1)
