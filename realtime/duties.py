"""How is work that one process of the cluster does at a time shared out? By leases that run out by themselves."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from realtime import leases
from realtime.complaints import in_a_line
from realtime.database import in_thread

logger = logging.getLogger(__name__)

# How soon a duty that isn't held, or failed, is thought of again at the earliest. Seconds.
IDLE = 0.25


@dataclass(frozen=True, slots=True)
class Duty:
    """Work done every `interval` seconds by whoever holds the lease `name`; harmless if two do it for a moment."""

    name: str
    interval: float
    work: Callable[[], Awaitable[None]]


class DutyRoster:
    """Tries to hold each duty, renews what it holds, and does it. A holder that froze notices that it lost it."""

    def __init__(self, process: str, duties: Sequence[Duty], clock: Callable[[], float] = time.monotonic) -> None:
        self.held: set[str] = set()
        self._process, self._duties, self._clock = process, duties, clock
        self._renewed_at: dict[str, float] = {}
        self._asking: set[asyncio.Future[set[str]]] = set()
        self._taken_over = {duty.name: asyncio.Event() for duty in duties}

    async def run(self) -> None:
        """Do the duties until cancelled; ends when no lease is being taken any more."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._keep(), name="leases")
                for duty in self._duties:
                    group.create_task(self._do(duty), name=f"duty {duty.name}")
        finally:
            # A thread can't be cancelled: what it takes would be held by a process that has gone.
            await asyncio.gather(*self._asking, return_exceptions=True)

    async def _keep(self) -> None:
        while True:
            pause = leases.RENEWAL
            try:
                pause = await self._try_to_hold()
            except Exception as error:
                logger.warning("the leases of duties can't be renewed: %s", in_a_line(error))
            await asyncio.sleep(pause)

    async def _try_to_hold(self) -> float:
        """Returns the seconds until the next try: no later than a dead holder's lease runs out."""
        # From before the statement: PostgreSQL's leases may have begun any time since.
        asked = self._clock()
        before, self.held = self.held, await self._ask()
        self._renewed_at |= dict.fromkeys(self.held, asked)
        for name in self.held - before:
            self._taken_over[name].set()
        others = self._taken_over.keys() - self.held
        if not others:
            return leases.RENEWAL
        return min(leases.RENEWAL, max(IDLE, await in_thread(leases.runs_out_in, others)))

    async def _ask(self) -> set[str]:
        asking = asyncio.ensure_future(in_thread(leases.hold, self._taken_over.keys(), self._process))
        self._asking.add(asking)
        asking.add_done_callback(self._asking.discard)
        return await asyncio.shield(asking)

    async def _do(self, duty: Duty) -> None:
        """At once when the duty is taken over, then at a fixed pace, missed rounds skipped."""
        taken_over, due = self._taken_over[duty.name], self._clock()
        while True:
            worked = self._holds(duty) and await self._work(duty)
            due = max(due + duty.interval, self._clock() + (0 if worked else IDLE))
            if due <= self._clock():
                await asyncio.sleep(0)
                continue
            try:
                async with asyncio.timeout(due - self._clock()):
                    await taken_over.wait()
                taken_over.clear()
                due = self._clock()
            except TimeoutError:
                pass

    async def _work(self, duty: Duty) -> bool:
        try:
            await duty.work()
        except Exception as error:
            logger.warning("the duty %s failed this time: %s", duty.name, in_a_line(error))
            return False
        return True

    def _holds(self, duty: Duty) -> bool:
        """Held, and renewed so lately that nobody else can have it."""
        return duty.name in self.held and self._clock() - self._renewed_at[duty.name] < leases.LEASE
