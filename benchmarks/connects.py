"""How many clients a second does one core let in: connect, authenticate, subscribe, snapshot?

Each has a token of its own and comes to a room that is open. That costs no statement, as PostgreSQL counts them.
"""

import asyncio
import time
from dataclasses import dataclass, field
from functools import partial

from benchmarks.crowd import AT_ONCE, Socket, allow_files, connected, run
from benchmarks.processes import CLIENT_CPU, SERVER_CPU, cpu_seconds, on_cpu
from benchmarks.results import Report, figure, least, percentile
from benchmarks.servers import cluster
from dashboards.models import Negocio
from realtime.database import in_thread
from tests.acceptance.clients import token
from tests.acceptance.cluster import Cluster, Web
from tests.acceptance.statements import counted

NAME = "connects"
CLIENTS = 2_000
# Let in before the clock starts.
WARM_UP = 50
PATIENCE = 20.0
CODE = "bench"


def measure() -> Report:
    """One web process on one core, clients on another."""
    allow_files(CLIENTS * 2)
    with cluster() as running:
        with on_cpu(SERVER_CPU):
            web = running.add_web()
        with on_cpu(CLIENT_CPU):
            visit: Visit = run(_visit(running, web))
    figures = [
        figure("let in a second", CLIENTS / visit.seconds, "/s", least(1_000)),
        figure("CPU of the server a client", visit.server_cpu / CLIENTS * 1000, "ms"),
        figure("p50 from connect to snapshot", percentile(visit.waits, 0.5) * 1000, "ms"),
        figure("p99 from connect to snapshot", percentile(visit.waits, 0.99) * 1000, "ms"),
        figure("statements a client, leases included", visit.statements / CLIENTS, ""),
    ]
    return Report(NAME, figures, visit.lost)


@dataclass(slots=True)
class Visit:
    """What a crowd of clients met with."""

    seconds: float = 0.0
    server_cpu: float = 0.0
    statements: int = 0
    waits: list[float] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)


async def _visit(running: Cluster, web: Web) -> Visit:
    await in_thread(Negocio.objects.create, code=CODE, name="Bench", kind="citas", time_zone="UTC")
    tokens = [token(CODE, user=str(number)) for number in range(WARM_UP + CLIENTS)]
    visit, guests = Visit(), Guests(f"{web.ws}/ws/native")
    await guests.enter(tokens[:WARM_UP])
    with counted(running.connect()) as statements:
        cpu, start, warm = cpu_seconds(web.pid), time.monotonic(), len(guests.waits)
        await guests.enter(tokens[WARM_UP:])
        visit.seconds, visit.server_cpu = time.monotonic() - start, cpu_seconds(web.pid) - cpu
        visit.statements = statements.in_all()
    visit.waits, visit.lost = guests.waits[warm:], guests.lost
    await guests.leave()
    return visit


class Guests:
    """Clients that stay until they are asked to leave."""

    def __init__(self, url: str) -> None:
        self.waits: list[float] = []
        self.lost: list[str] = []
        self._url = url
        self._sockets: list[Socket] = []
        self._turn = asyncio.Semaphore(AT_ONCE)

    async def enter(self, tokens: list[str]) -> None:
        """Let one in for each token, AT_ONCE at a time."""
        await asyncio.gather(*map(self._enter, tokens))

    async def leave(self) -> None:
        await asyncio.gather(*(socket.close() for socket in self._sockets))

    async def _enter(self, token: str) -> None:
        async with self._turn:
            start = time.monotonic()
            shown = asyncio.get_running_loop().create_future()
            try:
                async with asyncio.timeout(PATIENCE):
                    socket = await connected(self._url, partial(_on_text, shown))
                    self._sockets.append(socket)
                    socket.send({"v": 1, "type": "auth", "id": 1, "token": token})
                    socket.send({"v": 1, "type": "subscribe", "id": 2, "topic": "stats"})
                    await shown
            except (OSError, TimeoutError) as error:
                self.lost.append(f"a snapshot: {error or type(error).__name__}")
            else:
                self.waits.append(time.monotonic() - start)


def _on_text(shown: "asyncio.Future[None]", payload: bytes) -> None:
    if b'"type":"state"' in payload and not shown.done():
        shown.set_result(None)
