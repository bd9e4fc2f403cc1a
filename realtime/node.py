"""What does a web process hold: one hub, one relay, the lease on what it watches, and in the embedded mode a worker."""

import asyncio
import logging
import math
import time
import weakref
from collections import Counter
from collections.abc import Awaitable, Mapping
from typing import Any, Protocol

from channels.layers import get_channel_layer
from django.conf import settings

from realtime import census, passing, publishing, sequencer
from realtime.attendance import Attendance
from realtime.backends import Backends
from realtime.changes.refreshing import TENANCY_CHANGED
from realtime.complaints import in_a_line
from realtime.history import History
from realtime.hub.arrivals import Arrivals
from realtime.hub.hub import Hub
from realtime.hub.outlet import Outlet
from realtime.hub.relay import Relay
from realtime.hub.rooms import RoomKey
from realtime.intake import Intake
from realtime.labour import Labour
from realtime.layer import RESYNC
from realtime.leases import new_process_id
from realtime.limits.gate import Gate
from realtime.limits.joins import Joins
from realtime.limits.occupancy import Occupancy
from realtime.probe import PROBE_MESSAGE, Probe
from realtime.protocol.errors import CloseCode
from realtime.registration import Registration
from realtime.rooms import PROCESSES, Room
from realtime.sending import layer_send, layer_send_all
from realtime.snapshots import Snapshots
from realtime.tenancy import tenancy
from realtime.updates import STATE_MESSAGE, of_message

logger = logging.getLogger(__name__)

# So many open sockets are judged anew side by side when rights changed.
JUDGED_AT_A_TIME = 50
# How often it is looked whose time is over. Seconds.
OVERDUE = 1.0
# Sockets are sent away so far apart, so many at a time, and all of them within so long. Seconds.
FAREWELL, FAREWELLS_AT_A_TIME, LONGEST_FAREWELL = 0.005, 10, 10.0


class Client(Protocol):
    """An open connection."""

    outlet: Outlet
    due: float
    """When its time is over: Unix seconds, infinite where that never is."""

    async def overdue(self) -> None:
        """Its time is over."""

    async def reconsider(self) -> None:
        """Its rights may have changed."""

    async def close(self, code: int) -> None:
        """End it with this code."""


class _Feed:
    """The hub's view of the relay."""

    relay: Relay

    async def subscribe(self, key: RoomKey) -> None:
        await self.relay.subscribe(key)

    async def unsubscribe(self, key: RoomKey) -> None:
        await self.relay.unsubscribe(key)


class Node:
    """The web process's own things, on one event loop. Use `node()`."""

    def __init__(self) -> None:
        self.process = new_process_id()
        self.started_at = time.time()
        self.stopping = False
        self.clients: set[Client] = set()
        self.counts: Counter[str] = Counter()
        self.gate, self.occupancy, self.joins = Gate(), Occupancy(), Joins()
        self.backends = Backends()
        self.intake = Intake(layer_send_all())
        feed = _Feed()
        self.attendance = Attendance(self.process)
        self.registration = Registration(self.process, "web", self.attendance.write_anew)
        self.hub = Hub(feed, Snapshots(tenancy).load, self.registration.watch, History(tenancy))
        self.arrivals = Arrivals(self.hub.events)
        self.relay = feed.relay = Relay(get_channel_layer(), {
            STATE_MESSAGE: self._on_state,
            sequencer.EVENTS_MESSAGE: self._on_events,
            passing.PASSING_MESSAGE: self._on_passing,
            RESYNC: lambda message: self._spawn(self.hub.reload()),
            TENANCY_CHANGED: lambda message: self._spawn(self._read_tenancy()),
            PROBE_MESSAGE: lambda message: self.probe.heard(message),
            census.ASKED: lambda message: self.census.asked(message),
            census.ANSWERED: lambda message: self.census.answered(message),
        })  # fmt: skip
        self.probe = Probe(self.process, layer_send())
        self.census = census.CensusTaker(self.process, self.probe.group, self.hub, layer_send())
        self.labour: Labour | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._started: asyncio.Task[None] | None = None

    @property
    def connections(self) -> int:
        """Open sockets and streams."""
        return len(self.clients)

    async def ensure_started(self) -> None:
        """Start once; a server without lifespan (daphne) does so at its first connection."""
        if self._started is None:
            self._started = asyncio.create_task(self._start())
        if self._started.done():  # every connection asks
            self._started.result()
        else:
            await asyncio.shield(self._started)

    async def stop(self) -> None:
        """End everything that this node started."""
        if self._started is None:
            return
        if self.labour is not None:
            await self.labour.stop()
        await self.hub.close()
        await self.backends.close()
        await self.intake.close()
        await self.relay.stop()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.attendance.end()
        await self.registration.end()
        publishing.bind(None)

    async def send_away(self) -> None:
        """The process is about to stop: close every socket, spread out, since all of them come back at once."""
        self.stopping = True
        clients = list(self.clients)
        pause = min(LONGEST_FAREWELL / max(1, len(clients)), FAREWELL)
        for number, client in enumerate(clients):
            self._spawn(_ended(client.close(CloseCode.GOING_AWAY)))
            if number % FAREWELLS_AT_A_TIME == 0:
                await asyncio.sleep(pause * FAREWELLS_AT_A_TIME)

    async def _start(self) -> None:
        publishing.bind(asyncio.get_running_loop())
        self._spawn(self._start_relay())
        self._spawn(self.registration.run())
        self._spawn(self.attendance.run())
        self._spawn(self.probe.run())
        self._spawn(self._compare_heads())
        self._spawn(self._end_overdue())
        self._spawn(self._read_tenancy())
        if settings.SINGLE_PROCESS:
            self.labour = Labour(self.process + "-labour")
            await self.labour.start()

    async def _start_relay(self) -> None:
        while True:
            try:
                await self.relay.start(PROCESSES, self.probe.group)
                return
            except Exception as error:
                logger.warning("the channel layer can't be reached yet: %s", error)
                await asyncio.sleep(1)

    async def _compare_heads(self) -> None:
        """The last message of a room may be lost without a gap that shows it."""
        while True:
            await asyncio.sleep(settings.UPDATE_INTERVAL)
            try:
                await self.hub.compare_heads()
            except Exception as error:
                logger.warning("missed events can't be looked for now: %s", in_a_line(error))

    async def _end_overdue(self) -> None:
        """One look at all of them is cheaper than a timer in each."""
        while True:
            await asyncio.sleep(OVERDUE)
            now = time.time()
            for client in [client for client in self.clients if client.due <= now]:
                client.due = math.inf
                self._spawn(_ended(client.overdue()))

    async def _read_tenancy(self) -> None:
        """Anew, though nobody has asked yet: hosts are allowed, and open sockets judged, by what was read last."""
        tenancy.forget()
        while True:
            try:
                await tenancy.directory()
                break
            except Exception as error:
                logger.warning("negocios can't be read now: %s", in_a_line(error))
                await asyncio.sleep(1)
        clients = list(self.clients)
        for first in range(0, len(clients), JUDGED_AT_A_TIME):
            judged = clients[first : first + JUDGED_AT_A_TIME]
            for outcome in await asyncio.gather(*(client.reconsider() for client in judged), return_exceptions=True):
                if isinstance(outcome, Exception):
                    logger.warning("a client's rights can't be judged now: %s", in_a_line(outcome))

    def _on_state(self, message: Mapping[str, Any]) -> None:
        key = self.relay.key_of(message["group"])
        if key is not None:
            self.hub.update(key, of_message(message))

    def _on_events(self, message: Mapping[str, Any]) -> None:
        key = self.relay.key_of(message["group"])
        if isinstance(key, Room):
            events = sequencer.of_message(message, key.name, key.topic)
            self.counts["events_relayed"] += len(events)
            self.arrivals.add(key, events)

    def _on_passing(self, message: Mapping[str, Any]) -> None:
        key = self.relay.key_of(message["group"])
        if isinstance(key, Room):
            but = "" if message["echo"] else message["sender"]
            self.hub.pass_on(key, passing.of_message(message, key.name, key.topic), but)

    def _spawn(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _ended(ending: Awaitable[None]) -> None:
    """Some go by themselves just then; one who can't be told doesn't keep the others."""
    try:
        await ending
    except OSError:
        pass
    except Exception as error:
        logger.warning("a socket can't be sent away: %s", in_a_line(error))


_nodes: "weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Node]" = weakref.WeakKeyDictionary()


def node() -> Node:
    """The node of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _nodes:
        _nodes[loop] = Node()
    return _nodes[loop]
