"""What does a process do that works for the cluster: a `runworker`, or the web process where there is only one?"""

import asyncio
import logging
from typing import Any

from channels.layers import get_channel_layer
from django.conf import settings

from realtime import attachments, expirer, folder, leases, redis_in
from realtime.changes import outbox
from realtime.changes.doorbell import DOORBELL, JOURNAL_DOORBELL
from realtime.changes.listening import listen
from realtime.changes.refreshing import TENANCY_CHANGED, Refresher
from realtime.changes.sharing import Share
from realtime.changes.worker import ChangeWorker
from realtime.complaints import in_a_line
from realtime.database import in_thread
from realtime.direct_line import DirectLine
from realtime.duties import Duty, DutyRoster
from realtime.hub.relay import Relay
from realtime.registration import Registration
from realtime.rooms import PROCESSES, WORKERS
from realtime.sending import layer_send_all
from realtime.sequencer import Sequencer
from realtime.simulator import Simulator
from realtime.tenancy import tenancy
from realtime.ticker import Ticker

logger = logging.getLogger(__name__)
DRAIN_TIMEOUT = 10.0
# Between two deletions of who is no longer present. Seconds.
FORGETTING = 30.0


class Labour:
    """The worker's tasks on the running loop: changes, doorbells, lease, duties. Each is restarted if it ends."""

    def __init__(self, process: str) -> None:
        self.process = process
        share = Share(process)
        send_all = layer_send_all()
        # One each: neither waits while the other is asking.
        self._lines = changes_line, journal_line = DirectLine(), DirectLine()
        refresher = Refresher(asyncio.get_running_loop(), send_all)
        self.worker = ChangeWorker(refresher, share, lambda: outbox.waiting_on(changes_line))
        self.sequencer = Sequencer(send_all, journal_line)
        duties = [Ticker(tenancy, send_all).duty(), expirer.duty(), folder.duty()]
        duties += [*self.sequencer.duties(), *attachments.duties()]
        duties.append(Duty("attendees", FORGETTING, lambda: in_thread(leases.forget_the_dead)))
        self._redis_in = redis_in.duty_holder(tenancy, process)
        if self._redis_in is not None:
            duties.append(self._redis_in.duty())
        if settings.EMBEDDED and settings.PULSO_DEMO:
            duties.append(Simulator().duty())
        self.roster = DutyRoster(process, duties)
        self._share = share
        self._registration = Registration(process, "worker")
        self._relay = Relay(
            get_channel_layer(),
            {
                DOORBELL: self.worker.ring,
                JOURNAL_DOORBELL: self.sequencer.ring,
                TENANCY_CHANGED: lambda message: tenancy.forget(),
            },
        )
        self._tasks: list[asyncio.Task[None]] = []
        self._working: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start all of it; the database and Redis may still be on their way."""
        self._working = asyncio.create_task(self.worker.run(), name="changes")
        for name, work in {
            "doorbells": self._hear_doorbells,
            "notifications": lambda: listen(self.worker.ring),
            "lease": self._registration.run,
            "fellows": self._watch_fellows,
            "duties": self.roster.run,
        }.items():
            self._tasks.append(asyncio.create_task(_for_ever(name, work), name=name))

    async def stop(self) -> None:
        """Finish what was taken, give back leases, end."""
        self.worker.stop()
        if self._working is not None:
            await asyncio.wait({self._working}, timeout=DRAIN_TIMEOUT)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._redis_in is not None:
            await self._redis_in.stop()
        for line in self._lines:
            await line.hang_up()
        await self._relay.stop()
        await self._registration.end()

    async def _hear_doorbells(self) -> None:
        await self._relay.start(WORKERS, PROCESSES)
        await asyncio.Event().wait()

    async def _watch_fellows(self) -> None:
        while True:
            self._share.set_living(await in_thread(leases.living, "worker"))
            await asyncio.sleep(leases.RENEWAL)


async def _for_ever(name: str, work: Any) -> None:
    """Run; should it end or fail, say so and run it again."""
    while True:
        try:
            await work()
        except Exception as error:
            logger.warning("%s: %s; again in a second", name, in_a_line(error))
        await asyncio.sleep(1)
