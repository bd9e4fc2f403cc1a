"""Is anything lost when processes are killed, or freeze, at random? Is what one of them did taken over?"""

import asyncio
import signal
import time

from realtime.database import in_thread
from tests.acceptance.cluster import Program
from tests.acceptance.faults.scale import SCALE
from tests.acceptance.faults.verdicts import Verdict
from tests.acceptance.faults.world import World, load

TAKEN_OVER_WITHIN = 10.0
# Too short for a lease to run out. Seconds.
FROZEN = (1.0, 4.0)
BREATHER, LOOK_AGAIN = 0.5, 0.1
HELD = "SELECT name, holder FROM leases WHERE until > now() ORDER BY name"


async def test_nothing_is_lost_when_processes_are_killed_or_freeze(world: World) -> None:
    harm = Harm(world)
    whats = [harm.kill_web, harm.kill_worker, harm.kill_holder, harm.freeze_web, harm.freeze_worker, harm.freeze_holder]
    faults = whats * SCALE.times
    world.random.shuffle(faults)
    verdict = Verdict("SIGKILL, SIGSTOP of web, worker, holder", TAKEN_OVER_WITHIN, harm.taken_over_in)
    async with load(world, verdict):
        for verdict.times, fault in enumerate(faults, 1):
            await fault()
            await asyncio.sleep(BREATHER)


class Harm:
    """What goes wrong with processes, one at a time; whatever was killed is started again."""

    def __init__(self, world: World) -> None:
        self.taken_over_in: list[float] = []
        self._cluster, self._random = world.cluster, world.random

    async def kill_web(self) -> None:
        await self._kill(self._random.choice(self._cluster.webs))

    async def kill_worker(self) -> None:
        await self._kill(self._random.choice(self._cluster.workers))

    async def freeze_web(self) -> None:
        await self._freeze(self._random.choice(self._cluster.webs))

    async def freeze_worker(self) -> None:
        await self._freeze(self._random.choice(self._cluster.workers))

    async def kill_holder(self) -> None:
        """Of any duty: all of its duties are taken over."""
        holder, duties = await in_thread(self._a_holder)
        taking_over = asyncio.create_task(self._taken_over(duties))
        await self._kill(holder)
        await taking_over

    async def freeze_holder(self) -> None:
        """Until all its duties are taken over."""
        holder, duties = await in_thread(self._a_holder)
        holder.signal(signal.SIGSTOP)
        try:
            await self._taken_over(duties)
        finally:
            holder.signal(signal.SIGCONT)

    async def _kill(self, program: Program) -> None:
        await asyncio.to_thread(program.kill)
        if program in self._cluster.workers:
            self._cluster.workers.remove(program)
            await asyncio.to_thread(self._cluster.add_worker)
        else:
            self._cluster.webs.remove(next(web for web in self._cluster.webs if web is program))
            await asyncio.to_thread(self._cluster.add_web)

    async def _freeze(self, program: Program) -> None:
        program.signal(signal.SIGSTOP)
        await asyncio.sleep(self._random.uniform(*FROZEN))
        program.signal(signal.SIGCONT)

    async def _taken_over(self, duties: dict[str, str]) -> None:
        started = time.monotonic()
        async with asyncio.timeout(3 * TAKEN_OVER_WITHIN):
            while duties.items() - self._lost_to_others(await in_thread(self._held), duties):
                await asyncio.sleep(LOOK_AGAIN)
        self.taken_over_in.append(time.monotonic() - started)

    def _lost_to_others(self, held: dict[str, str], duties: dict[str, str]) -> set[tuple[str, str]]:
        return {(name, holder) for name, holder in duties.items() if held.get(name, holder) != holder}

    def _a_holder(self) -> tuple[Program, dict[str, str]]:
        """A worker that has duties, and these with its name for each; waits until one that lives has any."""
        while True:
            held = self._held()
            pids = {name: int(holder.rsplit("-", 2)[1]) for name, holder in held.items()}
            living = [worker for worker in self._cluster.workers if worker.pid in pids.values()]
            if living:
                worker = self._random.choice(living)
                return worker, {name: held[name] for name, pid in pids.items() if pid == worker.pid}
            time.sleep(LOOK_AGAIN)

    def _held(self) -> dict[str, str]:
        with self._cluster.connect() as connection:
            return dict(connection.execute(HELD).fetchall())
