"""Which steps does the model test take? Whatever can happen, in any order; the oracle judges, hypothesis shrinks.

Whether a step may be taken depends on earlier steps alone, never on how far the product got: else no failure could be
replayed.
"""

import asyncio
import itertools
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from dashboards.models import Negocio
from tests.model.clients import STATE
from tests.model.oracle import Broken
from tests.model.quiet import quiet
from tests.model.stage import NODES, TOPICS
from tests.model.stations import RedisHost
from tests.model.world import WRITERS, World

NODE = st.integers(0, NODES - 1)
SOCKET, STREAM = st.integers(0, 2), st.integers(0, 1)
TOPIC = st.sampled_from((*TOPICS, STATE))
CLIENT = st.integers(0, 4)
numbers = itertools.count()
# Seconds.
LONGEST_STEP = 40.0

T = TypeVar("T")


def _one(some: Sequence[T], place: int) -> T:
    return some[place % len(some)]


async def _within(work: Coroutine[Any, Any, Any]) -> Any:
    """A step that hangs is told with what hangs."""
    try:
        async with asyncio.timeout(LONGEST_STEP):
            return await work
    except TimeoutError:
        raise Broken(f"a step hangs: {'; '.join(sorted(map(_place, asyncio.all_tasks())))}") from None


def _place(task: "asyncio.Task[Any]") -> str:
    """Where the task waits, innermost last."""
    places: list[str] = []
    waits: Any = task.get_coro()
    while waits is not None and (frame := getattr(waits, "cr_frame", None)) is not None:
        places.append(f"{frame.f_code.co_qualname}:{frame.f_lineno}")
        waits = getattr(waits, "cr_await", None)
    return " > ".join(places)


class Model(RuleBasedStateMachine):
    """`runner`, `redis` and `negocio` are the test's, for all examples."""

    runner: asyncio.Runner
    redis: RedisHost
    negocio: Negocio

    def _do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(_within(work))

    @initialize()
    def start(self) -> None:
        self.world = World(self.redis, self.negocio, f"model.{next(numbers)}")
        self._do(self.world.start())

    def teardown(self) -> None:
        if not hasattr(self, "world"):
            return
        try:
            self._do(quiet(self.world))
        finally:
            self._do(self.world.end())

    # -- Writers ----------------------------------------------------------------------------------------

    @rule(writer=st.integers(0, WRITERS - 1), parking=st.booleans(), facts=st.integers(0, 3), spaces=st.integers(0, 1))
    def begin(self, writer: int, parking: bool, facts: int, spaces: int) -> None:
        if writer not in self.world.open:
            self._do(self.world.begin(writer, parking, facts, spaces))

    @precondition(lambda self: self.world.open)
    @rule(commit=st.booleans())
    def finish(self, commit: bool) -> None:
        self._do(self.world.finish(min(self.world.open), commit))

    @rule(facts=st.integers(1, 4), spaces=st.integers(0, 1))
    def tell(self, facts: int, spaces: int) -> None:
        """Store, commit, number, publish and refresh, as it goes when nothing is wrong."""
        if 0 not in self.world.open:
            self._do(self.world.begin(0, True, facts, spaces))
            self._do(self.world.finish(0, commit=True))
            self._do(self.world.number())
            self._do(self.world.refresh())

    @rule(dies_after=st.none() | st.integers(0, 3), late=st.booleans())
    def number(self, dies_after: int | None, late: bool) -> None:
        self._do(self.world.number(dies_after, late))

    @precondition(lambda self: self.world.is_frozen)
    @rule()
    def publish_late(self) -> None:
        self._do(self.world.publish_late())

    @rule()
    def refresh(self) -> None:
        self._do(self.world.refresh())

    # -- Clients ----------------------------------------------------------------------------------------

    @rule(socket=SOCKET, node=NODE, topic=TOPIC, resumes=st.booleans())
    def listen(self, socket: int, node: int, topic: str, resumes: bool) -> None:
        """Connect where it isn't, and subscribe."""
        self._do(self._listen(socket, node, topic, resumes))

    async def _listen(self, socket: int, node: int, topic: str, resumes: bool) -> None:
        client = self.world.sockets[socket]
        if not client.connected:
            client.connect(node, self.world.context(node))
        client.subscribe(topic, resumes)
        await self.world.rest()

    @rule(stream=STREAM, node=NODE, topic=TOPIC)
    def stream(self, stream: int, node: int, topic: str) -> None:
        self._do(self._stream(stream, node, topic))

    async def _stream(self, stream: int, node: int, topic: str) -> None:
        client = self.world.streams[stream]
        await client.disconnect()
        client.connect(node, self.world.context(node), topic)
        await self.world.rest()

    @precondition(lambda self: self.world.present)
    @rule(client=CLIENT)
    def disconnect(self, client: int) -> None:
        self._do(self.world.disconnect(_one(self.world.present, client)))

    @precondition(lambda self: any(not client.asleep for client in self.world.present))
    @rule(client=CLIENT)
    def stop_reading(self, client: int) -> None:
        _one([client for client in self.world.present if not client.asleep], client).stop_reading()

    @precondition(lambda self: any(client.asleep for client in self.world.present))
    @rule(client=CLIENT)
    def read_again(self, client: int) -> None:
        _one([client for client in self.world.present if client.asleep], client).read_again()
        self._do(self.world.rest())

    @rule(node=NODE, limit=st.integers(1, 4), resumes=st.booleans())
    def poll(self, node: int, limit: int, resumes: bool) -> None:
        self._do(self.world.poll(node, limit, resumes))

    # -- Nodes, Redis -----------------------------------------------------------------------------------

    @precondition(lambda self: not all(station.layer.paused for station in self.world.stations))
    @rule(node=NODE)
    def pause(self, node: int) -> None:
        self.world.stations[node].layer.paused = True

    @precondition(lambda self: any(station.layer.paused for station in self.world.stations))
    @rule(node=NODE, how=st.sampled_from(("lose", "repeat", "swap")), place=st.integers(0, 9))
    def meddle(self, node: int, how: str, place: int) -> None:
        if self.world.stations[node].layer.held:
            self.world.meddle(node, how, place)

    @precondition(lambda self: any(station.layer.paused for station in self.world.stations))
    @rule(node=NODE)
    def let_go(self, node: int) -> None:
        self.world.stations[node].layer.let_go()
        self._do(self.world.rest())

    @rule(node=NODE, fails=st.booleans())
    def hold_reads(self, node: int, fails: bool) -> None:
        reads = self.world.stations[node].reads
        if fails:
            reads.fails = True
        else:
            reads.close()

    @precondition(lambda self: any(station.reads.shut for station in self.world.stations))
    @rule(node=NODE)
    def let_reads_go(self, node: int) -> None:
        self.world.stations[node].reads.open()
        self._do(self.world.rest())

    @rule(node=NODE)
    def compare_heads(self, node: int) -> None:
        self._do(self.world.compare_heads(node))

    @precondition(lambda self: self.redis.up)
    @rule(node=NODE)
    def die(self, node: int) -> None:
        self._do(self.world.die(node))

    @precondition(lambda self: self.redis.up)
    @rule()
    def stop_redis(self) -> None:
        self._do(self.world.stop_redis())

    @precondition(lambda self: not self.redis.up)
    @rule()
    def start_redis(self) -> None:
        self._do(self.world.start_redis())

    @precondition(lambda self: self.redis.up)
    @rule()
    def deafen(self) -> None:
        self._do(self.world.deafen())

    # -- The journal ------------------------------------------------------------------------------------

    @rule(most=st.integers(1, 6))
    def prune(self, most: int) -> None:
        self._do(self.world.prune(most))

    @rule()
    def keep_backup(self) -> None:
        self._do(self.world.keep_backup())

    @precondition(lambda self: self.world.backup is not None and not self.world.open)
    @rule()
    def restore(self) -> None:
        self._do(self.world.restore())

    @rule()
    def quiet(self) -> None:
        """Whatever went wrong before is over: has everybody everything?"""
        self._do(quiet(self.world))
