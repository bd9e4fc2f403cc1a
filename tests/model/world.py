"""What can happen in the model test's world? Every step, on real parts: writers, a sequencer and a refresher that may
die, nodes that die, messages that are lost, a Redis that goes away, a database that is pruned and restored.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from redis.asyncio import Redis

from dashboards.kinds import Telling, kind_named
from dashboards.models import Negocio
from realtime.changes import outbox
from realtime.changes.refreshing import Refresher
from realtime.database import in_thread
from realtime.direct_line import DirectLine
from realtime.rooms import Room
from realtime.sequencer import Sequencer
from realtime.ticker import compute_tick
from realtime.updates import STATE_MESSAGE
from tests.model.clients import STATE, Client, cut_off_who_leaves, get
from tests.model.journal import Writer, backup, heads, kept, prune, restore
from tests.model.oracle import VALUES_PER_LIFE, Broken
from tests.model.stage import CODE, KIND, TOPICS, Stage
from tests.model.stations import PATIENCE, RedisHost

WRITERS = 2
# Of a few facts of this size the buffers are full.
PAD = "x" * 300


class World(Stage):
    """One example's: the stage, and what happens on it."""

    def __init__(self, redis: RedisHost, negocio: Negocio, prefix: str) -> None:
        super().__init__(redis, negocio, prefix)
        self.writers = [Writer(negocio.pk) for _ in range(WRITERS)]
        # Of each writer's transaction: the topics, the facts, when it was stored, by how much the figure grows.
        self.open: dict[int, tuple[Sequence[str], Sequence[int], int, int]] = {}
        # What a sequencer that froze has yet to publish.
        self.late: list[tuple[str, dict[str, Any]]] = []
        self.is_frozen = False
        self.line = DirectLine()
        self.backup: Any = None
        self.has_lost_state = False
        self._told = self._spaces = 0
        # Up to where somebody has everything who asks over HTTP.
        self.place: tuple[int, str] | None = None

    async def end(self) -> None:
        for writer in self.writers:
            writer.end()
        await self.line.hang_up()
        await super().end()

    # -- Writers, sequencer, refresher ------------------------------------------------------------------

    async def begin(self, writer: int, first_topic: bool, facts: int, spaces: int) -> None:
        """Store facts, and let the figure grow; nobody is promised anything yet."""
        topics = TOPICS if first_topic else TOPICS[1:]
        numbers = range(self._told + 1, self._told + 1 + facts)
        self._told += facts
        self._spaces += spaces
        tellings = [Telling("fact", {"n": number, "pad": PAD}, topics=topics[:-1]) for number in numbers]
        stored = self.oracle.step()
        first = self._spaces * 10_000
        await asyncio.wrap_future(self.writers[writer].begin(tellings, spaces, first))
        self.open[writer] = topics, numbers, stored, spaces

    async def finish(self, writer: int, commit: bool) -> None:
        topics, numbers, stored, spaces = self.open.pop(writer)
        await asyncio.wrap_future(self.writers[writer].finish(commit))
        if commit:
            self.oracle.acknowledge(topics, numbers, stored, spaces)

    async def number(self, dies_after: int | None = None, late: bool = False) -> None:
        """One round of the sequencer, which may die while it publishes, or freeze right before that."""
        self.is_frozen |= late
        await self._number(dies_after, late)
        await self.rest()

    async def _number(self, dies_after: int | None = None, late: bool = False) -> None:
        async def send_all(messages: Sequence[tuple[str, dict[str, Any]]]) -> None:
            if late:
                self.late.extend(messages)
            elif dies_after is None or dies_after >= len(messages):
                await self.worker.group_send_all(messages)
            else:
                await self.worker.group_send_all(messages[:dies_after])
                raise asyncio.CancelledError

        duty = Sequencer(send_all, self.line)
        round = asyncio.ensure_future(duty.duties()[0].work())
        await asyncio.sleep(0)
        duty.ring()
        await asyncio.gather(round, return_exceptions=True)
        if not round.cancelled():
            round.result()

    async def publish_late(self) -> None:
        """The frozen sequencer thaws."""
        late, self.late, self.is_frozen = self.late, [], False
        for group, message in late:
            with suppress(Exception):
                await self.worker.group_send(group, message)
        await self.rest()

    async def refresh(self) -> None:
        """A worker computes what changed, and tells it."""
        await self._refresh()
        await self.rest()

    async def _refresh(self) -> None:
        refresher = Refresher(asyncio.get_running_loop(), self.worker.group_send_all)
        try:
            while ids := [waiting.negocio_id for waiting in await in_thread(outbox.waiting)]:
                await in_thread(refresher.refresh, ids)
        except Exception:
            if self.redis.up:
                raise

    async def tick(self) -> None:
        room = Room(self.negocio.pk, CODE, STATE)
        for message in await in_thread(compute_tick, kind_named(KIND), [room]):
            with suppress(Exception):
                await self.worker.group_send(message["group"], message)
        await self.rest()

    # -- Nodes ------------------------------------------------------------------------------------------

    async def compare_heads(self, node: int) -> None:
        station = self.stations[node]
        self.start_in(station, station.node.hub.compare_heads())
        await self.rest()

    async def die(self, node: int) -> None:
        """The process ends without a word, and another begins."""
        for client in self.clients:
            if client.node == node:
                await client.disconnect(politely=False)
        await cut_off_who_leaves()
        await self.stations[node].end()
        self.stations[node] = await self._station()
        await self.rest()

    def meddle(self, node: int, how: str, place: int) -> None:
        """Lose, repeat or swap what the node's relay would have got."""
        held = self.stations[node].layer.held
        place %= len(held)
        if how == "lose":
            self.has_lost_state |= held[place]["type"] == STATE_MESSAGE
            del held[place]
        elif how == "repeat":
            held.insert(place, held[place])
        else:
            held[place], held[place - 1] = held[place - 1], held[place]

    async def deafen(self) -> None:
        """Redis ends the nodes' subscriptions, and takes what is told before they are back."""
        async with Redis.from_url(self.redis.url) as redis:
            await redis.client_kill_filter(_type="pubsub")
        async with asyncio.timeout(PATIENCE):
            while any(station.layer.inner._get_layer().connected for station in self.stations):
                await asyncio.sleep(0.001)
        await self._number()
        await self._refresh()
        await self.connected_again()
        await self.rest()

    # -- Clients ----------------------------------------------------------------------------------------

    async def poll(self, node: int, limit: int, resumes: bool) -> bool:
        """Ask over HTTP; returns whether there is more to ask for."""
        asked = self.place if resumes else None
        query = f"limit={limit}" + (f"&since={asked[0]}&epoch={asked[1]}" if asked else "")
        path = f"/api/rooms/{CODE}/{TOPICS[0]}/events?{query}"
        answer = await self.stations[node].run(get(path, self.bearer, self.stations[node].context))
        self.oracle.polled("the poller", TOPICS[0], asked, limit, answer)
        events = answer["events"]
        self.place = (events[-1]["seq"] if events else answer["seq"]), answer["epoch"]
        return bool(self.place[0] < answer["seq"])

    async def disconnect(self, client: Client) -> None:
        await client.disconnect()
        await self.rest()

    # -- The database -----------------------------------------------------------------------------------

    async def prune(self, most: int) -> None:
        await in_thread(prune, most)
        left, now = await in_thread(kept), await in_thread(heads)
        topics = {topic: left.get(topic, set()) for topic in TOPICS}
        if sum(map(len, topics.values())) > most:
            raise Broken(f"{topics} were left of what had to be {most} at most")
        self.oracle.pruned(topics, {topic: now.get(topic, 0) for topic in TOPICS})

    async def keep_backup(self) -> None:
        now = await in_thread(heads)
        stories = self.oracle.life.restored({topic: now.get(topic, 0) for topic in TOPICS})
        self.backup = await in_thread(backup), stories

    async def restore(self) -> None:
        """The administrator puts the backup back. That takes longer than any message of the old life."""
        for station in self.stations:
            station.reads.open()
            station.layer.let_go()
        self.late.clear()
        self.is_frozen = False
        await self.rest()
        kept, stories = self.backup
        self.backup = None
        value = (self.oracle.life.value // VALUES_PER_LIFE + 1) * VALUES_PER_LIFE
        epoch = await in_thread(restore, self.negocio.pk, kept, value)
        self.oracle.begin(epoch, stories, value)
        self.has_lost_state = True  # nothing was written in the new life: the next tick shows it
        await self.rest()
