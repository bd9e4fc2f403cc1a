"""What does a worker do? It hears of changes, refreshes each negocio at its pace, and does its share of the duties."""

import asyncio
import logging
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from realtime.changes.outbox import Waiting
from realtime.changes.refreshing import Refresher
from realtime.changes.sharing import Share
from realtime.changes.windows import Window
from realtime.complaints import in_a_line
from realtime.database import in_thread
from realtime.updates import forget_epoch

logger = logging.getLogger(__name__)

POLL = 0.25
# Changes of a negocio that is another worker's are left to it for so long.
STEAL_AFTER = 0.3
MOST_AT_ONCE = 50
RETRY_DELAY, LONGEST_RETRY = 0.5, 2.0
# As many refreshes at a time, and of those that wait for a team's own API; the rest of the database threads stay free
# for other work.
AT_A_TIME = 4
FETCHING_AT_A_TIME = 2
# While a refresh is under way, what comes waits and then goes together: side by side they would only wait for each
# other, as all of Python's threads do. But for one that takes longer nobody waits. Seconds.
PATIENCE = 0.025


class ChangeWorker:
    """Turns changes into messages until it is stopped.

    `ring` may be called from the loop at any time. `share` says which negocios are this worker's as long as its
    fellows live, `waiting` which have changes.
    """

    def __init__(
        self,
        refresher: Refresher,
        share: Share,
        waiting: Callable[[], Awaitable[Sequence[Waiting]]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.refreshed = 0
        self._refresher, self._share, self._waiting, self._clock = refresher, share, waiting, clock
        self._windows: defaultdict[int, Window] = defaultdict(Window)
        self._busy: set[int] = set()
        # Those that are refreshed together with whatever else was due, and since when the last of them are.
        self._together: set[int] = set()
        self._together_since = float("-inf")
        # How often in a row a negocio's refresh has failed: the next is alone, so that one can't hold up the
        # others, and later each time.
        self._failures: Counter[int] = Counter()
        self._tasks: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()
        self._room = asyncio.Semaphore(AT_A_TIME)
        self._room_to_fetch = asyncio.Semaphore(FETCHING_AT_A_TIME)
        self._stopping = False

    def ring(self, *_: Any) -> None:
        """Something was committed."""
        self._wake.set()

    def stop(self) -> None:
        """Take nothing more; run() returns when what was taken is done."""
        self._stopping = True
        self._wake.set()

    async def run(self) -> None:
        """Work until stop()."""
        while not self._stopping:
            pause = POLL
            try:
                pause = await self._look()
            except Exception as error:
                # The database is away or answers with an error: both are passing, and nothing is lost.
                logger.warning("changes can't be looked for: %s", in_a_line(error))
                forget_epoch()
                await asyncio.sleep(RETRY_DELAY)
            await self._wait(pause)
        await asyncio.gather(*self._tasks)

    async def _look(self) -> float:
        """Start what is due; returns the seconds until something else may be."""
        self._wake.clear()
        now = self._clock()
        if (wait := self._wait_for_others(now)) > 0:
            return wait
        pause, due, fetched = POLL, [], set()
        # Of one whose refresh ends meanwhile the answer may tell what is done with; its end wakes us anyway.
        busy = set(self._busy)
        for waiting in await self._waiting():
            id = waiting.negocio_id
            if id in busy or id in self._busy:
                continue
            delay = self._windows[id].delay(self._clock())
            if not self._share.is_ours(id):
                delay = max(delay, STEAL_AFTER - waiting.age)
            if delay > 0:
                pause = min(pause, delay)
            elif waiting.fetched:
                fetched.add(id)
            else:
                due.append(id)
        # An API may be slow: nobody waits for another's.
        for id in fetched:
            self._start([id], self._room_to_fetch)
        together = [id for id in due if id not in self._failures]
        if together:
            self._together.update(together)
            self._together_since = self._clock()
        for start in range(0, len(together), MOST_AT_ONCE):
            self._start(together[start : start + MOST_AT_ONCE], self._room)
        for id in self._failures.keys() & due:
            self._start([id], self._room)
        self._forget_quiet(now)
        return pause

    def _wait_for_others(self, now: float) -> float:
        """Seconds until what is due may be refreshed beside what is under way."""
        if not self._together:
            return 0.0
        return POLL if self._room.locked() else self._together_since + PATIENCE - now

    async def _wait(self, pause: float) -> None:
        try:
            async with asyncio.timeout(pause):
                await self._wake.wait()
        except TimeoutError:
            pass

    def _start(self, negocio_ids: Sequence[int], room: asyncio.Semaphore) -> None:
        self._busy.update(negocio_ids)
        for id in negocio_ids:
            self._windows[id].begin(self._clock())
        task = asyncio.create_task(self._refresh(negocio_ids, room))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _refresh(self, negocio_ids: Sequence[int], room: asyncio.Semaphore) -> None:
        def on_sent() -> None:
            # What is left takes little: the next needn't wait for it.
            self._together.difference_update(negocio_ids)
            self._wake.set()

        try:
            try:
                async with room:
                    self.refreshed += await in_thread(self._refresher.refresh, negocio_ids, on_sent)
            finally:
                self._together.difference_update(negocio_ids)
            for id in negocio_ids:
                del self._failures[id]
        except Exception as error:
            logger.warning("changes wait, they could not be told yet: %s", in_a_line(error))
            self._failures.update(negocio_ids)
            forget_epoch()
            often = max(self._failures[id] for id in negocio_ids)
            await asyncio.sleep(min(RETRY_DELAY * 2 ** (often - 1), LONGEST_RETRY))
        finally:
            self._busy.difference_update(negocio_ids)
            self._wake.set()

    def _forget_quiet(self, now: float) -> None:
        for id in [id for id, window in self._windows.items() if id not in self._busy and window.is_quiet(now)]:
            del self._windows[id]
