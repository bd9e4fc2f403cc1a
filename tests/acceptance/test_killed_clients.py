"""Is anything left of clients that were killed in the middle of a broadcast? In hub, relay, layer, loop or database."""

import asyncio
import gc
import random
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvloop
from channels.layers import channel_layers, get_channel_layer

from realtime.asgi import application
from realtime.consumers.client import ClientConsumer
from realtime.database import in_thread
from realtime.hub import hub
from realtime.hub.rooms import OpenRoom
from realtime.models import Watch
from realtime.node import Node, node
from realtime.rooms import PROCESSES, Room
from realtime.server.protocol import FrameProtocol
from tests.acceptance.businesses import new_negocio, new_shop
from tests.acceptance.clients import client, merged, token, watch
from tests.acceptance.cluster import ROOT, Cluster
from tests.acceptance.dashboards import figures_of
from tests.acceptance.load import Load
from tests.frames.live import serving
from tests.protocol.passings import passing

KILLS, AT_ONCE = 100, 5
LINGER = 0.5
SETTLED_WITHIN = 10.0
STEADY = 0.3


@pytest.fixture
def running(cluster: Cluster) -> Cluster:
    """A worker; the web process is the test itself, so that it can look into it."""
    return cluster.start(webs=0, workers=1)


def test_nothing_is_left_of_a_hundred_killed_clients(running: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "LINGER", LINGER)
    channel_layers.backends = {}  # this loop's own
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(kill_clients())
    assert "Traceback" not in running.logs()


async def kill_clients() -> None:
    queue, equipment = await in_thread(new_negocio, "cola"), await in_thread(new_shop, "taller")
    async with serving(application) as live:
        ws = f"ws://127.0.0.1:{live.port}"
        async with client(f"{ws}/ws/native?token={token('cola')}") as survivor:
            await watch(survivor)
            before = await steady_tasks()
            with Load([queue], [equipment]):
                async with broadcasting(Room(queue.pk, "cola", "stats")):
                    for number in range(0, KILLS, AT_ONCE):
                        await asyncio.gather(*(kill_one(ws, number + place) for place in range(AT_ONCE)))
            await settled(lambda: node().connections == 1)
            truth = (await in_thread(figures_of, [queue]))["cola"]
            await survivor.wait_until(lambda: merged(survivor.frames) == truth)
            await settled(lambda: len(node().hub.rooms) == 1)
            await settled(lambda: tasks() == before)
        await settled(lambda: node().connections == 0)
        await settled(lambda: not node().hub.rooms)
        await nothing_is_left(node())
        assert live.complaints == []
        await node().stop()


async def kill_one(ws: str, number: int) -> None:
    """A process with four sockets, killed a moment after all of them get frames."""
    urls = [
        f"{ws}/ws/citas?token={token('cola', user=f'a{number}')}",
        f"{ws}/ws?token={token('cola', user=f'b{number}')}",
        f"{ws}/ws?token={token('taller', user=f'c{number}')}",
        f"{ws}/ws/native?token={token('taller', user=f'd{number}')}",
    ]
    command = [sys.executable, "-m", "tests.acceptance.doomed", *urls]
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    assert await asyncio.wait_for(process.stdout.readline(), 30) == b"open\n"
    await asyncio.sleep(random.uniform(0, 0.1))
    process.kill()
    await process.wait()


@asynccontextmanager
async def broadcasting(room: Room) -> AsyncIterator[None]:
    """As much as the sockets take, beside the figures that the load moves: every kill is in the middle of it."""
    document = {"type": "nueva_cita", "data": "x" * 1_000}

    async def broadcast() -> None:
        while True:
            node().hub.pass_on(room, passing(room.name, "nueva_cita", document), "")
            await asyncio.sleep(0.001)

    task = asyncio.create_task(broadcast())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def tasks() -> Counter[str]:
    """The loop's tasks, by what they run."""
    return Counter(getattr(task.get_coro(), "__qualname__", "?") for task in asyncio.all_tasks())


async def steady_tasks() -> Counter[str]:
    """The same once nothing is being started or ended."""
    while True:
        now = tasks()
        await asyncio.sleep(STEADY)
        if tasks() == now:
            return now


def objects(kind: type) -> int:
    return sum(isinstance(found, kind) for found in gc.get_objects())


async def settled(holds: Any) -> None:
    async with asyncio.timeout(SETTLED_WITHIN):
        while not holds():
            await asyncio.sleep(0.05)


async def nothing_is_left(own: Node) -> None:
    layer = get_channel_layer()
    groups = {PROCESSES, own.probe.group}
    assert own.relay.groups.keys() == groups
    assert {name.rpartition("__group__")[2] for name in layer.groups} == groups
    assert len(layer.channels) == 1
    await asyncio.sleep(0.5)  # the lease is written in batches
    assert not await in_thread(Watch.objects.filter(process_id=own.process).exists)
    gc.collect()
    assert [objects(kind) for kind in (ClientConsumer, FrameProtocol, OpenRoom)] == [0, 0, 0]
