"""How many deliveries a second does one core make? 1,000 sockets, one room, 200-byte frames.

Messages enter the channel layer as a worker sends them, and pass Redis, relay and hub. So many are under way that the
server always has work; the next is sent when every socket has got one, so that none may be skipped.
"""

import asyncio
import re
import time
from dataclasses import dataclass, field
from functools import partial

from channels.layers import get_channel_layer

from benchmarks.crowd import OnText, Socket, allow_files, crowd, run
from benchmarks.processes import CLIENT_CPU, SERVER_CPU, cpu_seconds, on_cpu
from benchmarks.results import Report, figure, least
from benchmarks.servers import cluster
from dashboards.models import Negocio
from realtime.database import in_thread
from realtime.hub.rooms import Update
from realtime.rooms import Room
from realtime.updates import read_epoch, to_message
from tests.acceptance.clients import token
from tests.acceptance.cluster import Cluster, Web

NAME = "fanout"
SOCKETS = 1_000
MESSAGES = 600
# Sent before the clock starts.
WARM_UP = 60
UNDER_WAY = 4
FRAME_BYTES = 200
# A frame that has not come after so many seconds is lost.
PATIENCE = 20.0
CODE = "bench"
# Above the versions of all snapshots.
FIRST_VERSION = 1 << 50
SEQUENCE = re.compile(rb'"n":(\d+)')


def measure() -> Report:
    """One web process on one core; sockets and publisher on another."""
    allow_files(SOCKETS * 2)
    with cluster() as running:
        with on_cpu(SERVER_CPU):
            web = running.add_web()
        with on_cpu(CLIENT_CPU):
            run(_fill(running, web, tally := Tally()))
    deliveries = SOCKETS * MESSAGES
    figures = [
        figure("deliveries a second", deliveries / tally.seconds, "/s", least(60_000)),
        figure("deliveries a second of the server's CPU", deliveries / tally.server_cpu, "/s"),
        figure("CPU of the server a delivery", tally.server_cpu / deliveries * 1e6, "µs"),
        figure("server's core in use", tally.server_cpu / tally.seconds * 100, "%"),
        figure("client's core in use", tally.client_cpu / tally.seconds * 100, "%"),
        figure("frame", tally.frame_bytes, "bytes"),
    ]
    return Report(NAME, figures, tally.lost)


@dataclass(slots=True)
class Tally:
    """What came: `got[n]` sockets have message n."""

    got: list[int] = field(default_factory=lambda: [0] * (WARM_UP + MESSAGES))
    complete: int = 0
    seconds: float = float("nan")
    server_cpu: float = float("nan")
    client_cpu: float = float("nan")
    frame_bytes: int = 0
    lost: list[str] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    # All sockets get the same bytes: each is understood once.
    _numbers: dict[bytes, int | None] = field(default_factory=dict)

    def take(self, payload: bytes) -> None:
        """A socket got a frame."""
        try:
            number = self._numbers[payload]
        except KeyError:
            number = self._numbers[payload] = self._read(payload)
        if number is None:
            return
        self.got[number] += 1
        if self.got[number] == SOCKETS:
            self.complete += 1
            self.news.set()

    def _read(self, payload: bytes) -> int | None:
        match = SEQUENCE.search(payload)
        self.frame_bytes = len(payload)
        return int(match[1]) if match else None

    async def reach(self, count: int) -> None:
        """Return once so many messages are at every socket; raises TimeoutError."""
        async with asyncio.timeout(PATIENCE):
            while self.complete < count:
                self.news.clear()
                await self.news.wait()


async def _fill(running: Cluster, web: Web, tally: Tally) -> None:
    negocio, epoch = await in_thread(_prepare)
    room = Room(negocio.pk, negocio.code, "stats")
    async with crowd(f"{web.ws}/ws/native?token={token(CODE)}", SOCKETS, tally.take) as sockets:
        await _subscribe(sockets)
        try:
            await _publish(room, epoch, 0, WARM_UP, tally)
            server, client, start = cpu_seconds(web.pid), time.process_time(), time.monotonic()
            await _publish(room, epoch, WARM_UP, WARM_UP + MESSAGES, tally)
            tally.seconds = time.monotonic() - start
            tally.server_cpu, tally.client_cpu = cpu_seconds(web.pid) - server, time.process_time() - client
        except TimeoutError:
            pass  # what is missing is told
        tally.lost += _missing(tally, sockets)


def _prepare() -> tuple[Negocio, str]:
    return Negocio.objects.create(code=CODE, name="Bench", kind="citas", time_zone="UTC"), read_epoch()


async def _subscribe(sockets: list[Socket]) -> None:
    """Subscribe every socket and wait until each has the snapshot."""
    loop = asyncio.get_running_loop()
    shown = [loop.create_future() for _ in sockets]
    for socket, future in zip(sockets, shown, strict=True):
        socket.on_text = partial(_await_snapshot, socket, socket.on_text, future)
        socket.send({"v": 1, "type": "subscribe", "id": 1, "topic": "stats"})
    async with asyncio.timeout(PATIENCE):
        await asyncio.gather(*shown)


def _await_snapshot(socket: Socket, then: OnText, shown: "asyncio.Future[None]", payload: bytes) -> None:
    if b'"type":"state"' in payload:
        socket.on_text = then
        shown.set_result(None)


async def _publish(room: Room, epoch: str, first: int, end: int, tally: Tally) -> None:
    """Send messages so that UNDER_WAY of them are, and wait for all."""
    layer = get_channel_layer()
    for number in range(first, end):
        await tally.reach(number - UNDER_WAY + 1)
        await layer.group_send(room.group, _message(room, epoch, number))
    await tally.reach(end)


def _message(room: Room, epoch: str, number: int) -> dict[str, object]:
    figures = {"stats": {"n": number, "pad": "x" * 24}}
    update = Update(epoch, {"stats": FIRST_VERSION + number}, figures, "2026-01-01T00:00:00.000Z")
    return to_message(room.group, update)


def _missing(tally: Tally, sockets: list[Socket]) -> list[str]:
    lost = [f"message {number} at {SOCKETS - got} sockets" for number, got in enumerate(tally.got) if got < SOCKETS]
    doubled = [f"message {number} twice" for number, got in enumerate(tally.got) if got > SOCKETS]
    ended = [f"a socket {socket.ended}" for socket in sockets if socket.ended]
    return lost + doubled + ended
