"""What are the real parts that the model test drives? Nodes with gates around them, and a Redis that can be stopped."""

import asyncio
from collections.abc import Coroutine, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from contextvars import Context, ContextVar, copy_context
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings

from realtime import broadcasting, database, labour, layer, registration, subscribing
from realtime import node as node_module
from realtime.consumers import resuming
from realtime.history import History
from realtime.hub import mending, outlet, relay, reloading
from realtime.layer import PulsoChannelLayer
from realtime.node import Node
from realtime.snapshots import Snapshots
from tests.model.gates import Gate, Gated, GatedLayer
from tools.testbed.redis_server import redis_server

# A buffer fills after a few facts. Bytes.
SMALL = 2_000
# What is due within so long is waited for before the next step. Seconds.
HORIZON = 0.04
# What fails is tried again so much later: not within the step. Seconds.
AGAIN = 0.08
# So long a subscription is waited for while Redis is away. Seconds.
WHILE_AWAY = 0.03
# So long a node or Redis may take to be there. Seconds.
PATIENCE = 15.0


class RedisHost:
    """A Redis that can be stopped and started again on the same port."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self.up = False
        self.url = self._start(0)

    def stop(self) -> None:
        self.up = False
        self._stack.close()

    def start(self) -> None:
        self._start(urlsplit(self.url).port or 0)

    def _start(self, port: int) -> str:
        url = self._stack.enter_context(redis_server(port))
        self.up = True
        return url


CURRENT: ContextVar["Station"] = ContextVar("station")


class _Nodes:
    """Stands in for the nodes by event loop: several share one here, told apart by the context they run in."""

    def __contains__(self, loop: object) -> bool:
        return True

    def __getitem__(self, loop: object) -> Node:
        return CURRENT.get().node


class _Busy(ThreadPoolExecutor):
    """The threads of the database, which know how many of them work."""

    working = 0

    def submit(self, *arguments: Any, **named: Any) -> "Future[Any]":
        self.working += 1
        future: Future[Any] = super().submit(*arguments, **named)
        future.add_done_callback(self._done)
        return future

    def _done(self, future: object) -> None:
        self.working -= 1


class Station:
    """A node with its channel layer and its readings behind gates. `context` is what runs inside of it."""

    def __init__(self, url: str, prefix: str) -> None:
        self.layer, self.reads = GatedLayer(PulsoChannelLayer(url, prefix)), Gate()
        CURRENT.set(self)
        self.node = Node()
        self.context: Context = copy_context()

    async def start(self) -> None:
        await self.run(self.node.ensure_started())
        async with asyncio.timeout(PATIENCE):
            while not self.node.relay.groups:
                await asyncio.sleep(0.001)

    async def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Do something inside of the node."""
        return await asyncio.create_task(work, context=self.context)

    async def end(self) -> None:
        self.reads.open()
        await self.run(self.node.stop())
        await self.layer.end()


def is_busy() -> bool:
    """Is something due at once, or does a thread still work on the database?"""
    loop: Any = asyncio.get_running_loop()
    soon = loop.time() + HORIZON
    due = any(not handle.cancelled() and handle.when() < soon for handle in loop._scheduled)
    assert isinstance(database._executor, _Busy)
    return due or database._executor.working > 0


@contextmanager
def shortened(patch: pytest.MonkeyPatch) -> Iterator[None]:
    """Pauses that are short, buffers that are small, and nodes that are told apart by where they run."""
    patch.setattr(settings, "UPDATE_INTERVAL", 3_600.0)
    for module, name, value in (
        (mending, "PATIENCE", 0.002), (mending, "RETRY_DELAY", AGAIN), (mending, "LONGEST_RETRY", AGAIN),
        (reloading, "RELOAD_PAUSE", AGAIN), (reloading, "LONGEST_RELOAD_PAUSE", AGAIN), (relay, "RESTART_DELAY", 0.01),
        (subscribing, "FIRST_PAUSE", AGAIN), (subscribing, "LONGEST_PAUSE", AGAIN), (broadcasting, "PAUSE", 0.002),
        (registration, "GATHERING", 0.001), (outlet, "BUFFER_LIMIT", SMALL), (resuming, "BUFFER_LIMIT", SMALL),
        (resuming, "DRAIN_PAUSE", 0.002), (resuming, "BATCH", 2), (mending, "MOST_READ", 3),
        (layer, "SUBSCRIBE_TIMEOUT", PATIENCE), (node_module, "_nodes", _Nodes()),
        (node_module, "get_channel_layer", lambda: CURRENT.get().layer),
        (labour, "get_channel_layer", lambda: CURRENT.get().layer),
        (node_module, "Snapshots", lambda tenancy: Gated(Snapshots(tenancy), CURRENT.get().reads)),
        (node_module, "History", lambda tenancy: Gated(History(tenancy), CURRENT.get().reads)),
    ):  # fmt: skip
        patch.setattr(module, name, value)
    with _Busy(database.THREADS) as executor:
        patch.setattr(database, "_executor", executor)
        yield
