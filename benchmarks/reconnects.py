"""What does a front-end cost that opens a new socket after every frame that it shows, and does it miss anything?

The repair shops' does (wire.md, 4). What comes to a socket that it is closing, it never sees. Orders change all the
while; at the end each page has to hold what a fresh snapshot says.
"""

import asyncio
import contextlib
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from picows import WSCloseCode, WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from benchmarks.crowd import allow_files, quiet, run
from benchmarks.processes import CLIENT_CPU, SERVER_CPU, cpu_seconds, on_cpu
from benchmarks.results import Report, figure
from benchmarks.servers import cluster
from dashboards.businesses.repairs.models import Equipment, RepairOrder
from dashboards.models import Negocio
from realtime.database import in_thread
from realtime.protocol.json import loads
from tests.acceptance.businesses import new_shop, order
from tests.acceptance.clients import token
from tests.acceptance.cluster import Cluster, Web
from tests.acceptance.dashboards import figures_of

NAME = "reconnects"
PAGES, SECONDS = 200, 30.0
CODE = "reconnects"
# Between two changes of orders. Seconds.
PAUSE = 0.1
# What is under way after the last change has so long to come; a silent client is served 0.5 s after its connect.
PATIENCE = 15.0
# So long no page opens a socket when all is told. Seconds.
CALM = 1.5
# So long the last close frames have to be answered.
FAREWELL = 0.5
# What the page loads and shows.
SHOWN = (
    "orders_overview", "orders_revenue", "orders_by_status", "orders_recent", "orders_top_services",
    "users_overview", "users_top_clients", "users_top_technicians",
)  # fmt: skip


def measure() -> Report:
    """One web process on one core; pages and orders on the other, with the worker."""
    allow_files(PAGES * 4)
    with cluster(UPDATE_INTERVAL="600") as running:
        with on_cpu(SERVER_CPU):
            web = running.add_web()
        with on_cpu(CLIENT_CPU):
            running.add_worker()
            habit: Habit = run(reopen(running, web, PAGES, SECONDS))
    figures = [
        figure("sockets opened a second", habit.opened / SECONDS, "/s"),
        figure("frames shown a second", habit.shown / SECONDS, "/s"),
        figure("changes of orders", habit.changes, ""),
        figure("CPU of the server", habit.server_cpu, "s"),
        figure("CPU of the server, of one core", 100 * habit.server_cpu / SECONDS, "%"),
        figure("CPU of the server a socket", habit.server_cpu / max(habit.opened, 1) * 1000, "ms"),
        figure("last change to the last page that is right", habit.settling, "s"),
    ]
    return Report(NAME, figures, habit.lost)


@dataclass(slots=True)
class Habit:
    """What became of the pages. `lost` names what each page shows wrongly in the end. Seconds."""

    opened: int = 0
    shown: int = 0
    changes: int = 0
    server_cpu: float = 0.0
    settling: float = 0.0
    lost: list[str] = field(default_factory=list)


async def reopen(running: Cluster, web: Web, pages: int, seconds: float) -> Habit:
    """So many pages for so long, on one shop whose orders change."""
    equipment = await in_thread(new_shop, CODE)
    habit, everyone = Habit(), [Page(f"{web.ws}/ws?token={token(CODE, user=str(number))}") for number in range(pages)]
    cpu, end = cpu_seconds(web.pid), time.monotonic() + seconds
    async with asyncio.TaskGroup() as group:
        for page in everyone:
            group.create_task(page.live())
        habit.changes = await _keep_changing(equipment, end)
        habit.server_cpu = cpu_seconds(web.pid) - cpu
        habit.opened, habit.shown = sum(page.opened for page in everyone), sum(page.shown for page in everyone)
        habit.settling = await _settle(everyone)
        if not await _calm(everyone):
            habit.lost.append("peace: the pages go on opening sockets though nothing changes")
        await in_thread(order, equipment, status=RepairOrder.Status.DELIVERED, final_cost=25)  # two frames
        await _settle(everyone)
        for page in everyone:
            page.stop()
    await asyncio.sleep(FAREWELL)
    truth = await in_thread(_truth)
    habit.lost += [
        f"{name} of page {number}"
        for number, page in enumerate(everyone)
        for name in SHOWN
        if page.held.get(name) != truth[name]
    ]
    return habit


class Page:
    """One open page: it merges a frame into what it holds, closes the socket and opens the next."""

    def __init__(self, url: str) -> None:
        self.held: dict[str, Any] = {}
        self.opened = self.shown = 0
        self._url = url
        self._stopped = False
        self._first: asyncio.Future[bytes] | None = None

    async def live(self) -> None:
        """Until stop(). Raises OSError where it isn't let in."""
        while not self._stopped:
            self._first = first = asyncio.get_running_loop().create_future()
            transport, _ = await ws_connect(lambda first=first: _Socket(first), self._url, logger_name=quiet)
            self.opened += 1
            try:
                payload = await first
                self.held |= loads(payload)["data"]
                self.shown += 1
                transport.send_close(WSCloseCode.OK)
            except BaseException as error:
                transport.disconnect()
                if not (self._stopped and isinstance(error, asyncio.CancelledError)):
                    raise

    def stop(self) -> None:
        """Wait for nothing more. What is being opened is opened, and then closed: nothing is left half done."""
        self._stopped = True
        if self._first is not None:
            self._first.cancel()

    def shows(self, truth: dict[str, Any]) -> bool:
        return all(self.held.get(name) == truth[name] for name in SHOWN)


class _Socket(WSListener):
    """Hands over its first frame; whatever comes later, nobody sees."""

    def __init__(self, first: "asyncio.Future[bytes]") -> None:
        self._first = first

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.CLOSE:
            transport.disconnect()
        elif frame.msg_type == WSMsgType.TEXT and not self._first.done():
            self._first.set_result(frame.get_payload_as_bytes())

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        if not self._first.done():
            self._first.set_exception(ConnectionResetError("the server hung up on a page that waits for a frame"))


async def _keep_changing(equipment: Equipment, end: float) -> int:
    """Change orders until then; returns how many times."""
    dice, changes = random.Random(1), 0
    while time.monotonic() < end:
        await in_thread(_change, equipment, dice)
        changes += 1
        await asyncio.sleep(PAUSE)
    return changes


def _change(equipment: Equipment, dice: random.Random) -> None:
    orders = RepairOrder.objects.filter(negocio_id=equipment.negocio_id)
    if dice.random() < 0.3 or not orders.exists():
        order(equipment, problem_description=f"Ruido {dice.randrange(1000)}", final_cost=dice.randrange(100))
    else:
        orders.filter(pk=dice.choice(orders.values_list("pk", flat=True))).update(
            status=dice.choice(RepairOrder.Status.values), final_cost=dice.randrange(100)
        )


async def _settle(pages: Sequence[Page]) -> float:
    """Seconds until every page shows what is true, or patience ends."""
    started, truth = time.monotonic(), await in_thread(_truth)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            while not all(page.shows(truth) for page in pages):
                await asyncio.sleep(0.05)
    return time.monotonic() - started


async def _calm(pages: Sequence[Page]) -> bool:
    """Do the pages leave their sockets open for a while, before patience ends?"""
    deadline, opened = time.monotonic() + PATIENCE, -1
    while time.monotonic() < deadline:
        before, opened = opened, sum(page.opened for page in pages)
        if opened == before:
            return True
        await asyncio.sleep(CALM)
    return False


def _truth() -> dict[str, Any]:
    return figures_of([Negocio.objects.get(code=CODE)])[CODE]
