"""Does a worker take what is its own, at its pace, whatever fails?"""

import asyncio
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest

from realtime.changes import worker as module
from realtime.changes.outbox import Waiting
from realtime.changes.sharing import Share
from realtime.changes.worker import ChangeWorker


class Outbox:
    """Negocios with changes, and a refresher that takes them; both as told."""

    def __init__(self) -> None:
        self.waits: dict[int, float] = {}
        self.refreshed: list[Sequence[int]] = []
        self.failing: set[int] = set()
        self.error: Exception | None = None
        self.gate = threading.Event()
        self.gate.set()
        self.at_once: Counter[int] = Counter()
        self.most_at_once = 0
        # To be called, of each refresh, when its figures are sent.
        self.on_sent: list[Callable[[], None]] = []
        self._lock = threading.Lock()

    def change(self, *ids: int) -> None:
        for id in ids:
            self.waits[id] = time.monotonic()

    async def waiting(self) -> list[Waiting]:
        if self.error is not None:
            raise self.error
        return [Waiting(id, time.monotonic() - since) for id, since in list(self.waits.items())]

    def refresh(self, ids: Sequence[int], on_sent: Callable[[], None]) -> int:
        with self._lock:
            self.at_once.update(ids)
            self.most_at_once = max(self.most_at_once, *self.at_once.values())
            self.refreshed.append(list(ids))
            self.on_sent.append(on_sent)
            taken = {id: self.waits.get(id) for id in ids}
        try:
            self.gate.wait(10)
            if self.failing.intersection(ids):
                raise OSError("can't be told")
            for id in ids:
                if self.waits.get(id) == taken[id]:
                    del self.waits[id]
            return len(ids)
        finally:
            with self._lock:
                self.at_once.subtract(ids)

    def times(self, id: int) -> int:
        return sum(id in ids for ids in self.refreshed)


@pytest.fixture
def outbox(monkeypatch: pytest.MonkeyPatch) -> Outbox:
    outbox = Outbox()
    monkeypatch.setattr(module, "RETRY_DELAY", 0.02)
    monkeypatch.setattr(module, "LONGEST_RETRY", 0.02)
    return outbox


@asynccontextmanager
async def working(outbox: Outbox, share: Share | None = None) -> AsyncIterator[ChangeWorker]:
    refresher: Any = outbox
    worker = ChangeWorker(refresher, share or Share("a"), outbox.waiting)
    running = asyncio.create_task(worker.run())
    try:
        yield worker
    finally:
        outbox.gate.set()
        outbox.failing.clear()
        outbox.error = None
        worker.stop()
        async with asyncio.timeout(10):
            await running


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.005)


async def test_the_next_begins_when_the_figures_of_the_last_are_sent(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE", 60.0)
    async with working(outbox) as worker:
        outbox.gate.clear()
        outbox.change(1)
        worker.ring()
        await until(lambda: outbox.times(1) == 1)
        outbox.change(2)
        worker.ring()
        await asyncio.sleep(0.1)
        assert outbox.times(2) == 0
        outbox.on_sent[0]()
        await until(lambda: outbox.times(2) == 1)


async def test_a_doorbell_is_answered_long_before_the_poll(outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "POLL", 60.0)
    async with working(outbox) as worker:
        await asyncio.sleep(0.05)
        outbox.change(1)
        worker.ring()
        await until(lambda: outbox.times(1) == 1)
        assert worker.refreshed == 1


async def test_without_a_doorbell_the_poll_finds_it(outbox: Outbox) -> None:
    async with working(outbox):
        await asyncio.sleep(0.05)
        outbox.change(1)
        await until(lambda: outbox.times(1) == 1)


async def test_many_negocios_are_refreshed_together(outbox: Outbox) -> None:
    outbox.change(*range(1, 121))
    async with working(outbox):
        await until(lambda: not outbox.waits)
    assert sorted(map(len, outbox.refreshed)) == [20, 50, 50]


async def test_a_negocio_is_never_refreshed_twice_at_once(outbox: Outbox) -> None:
    async with working(outbox) as worker:
        outbox.gate.clear()
        outbox.change(1)
        worker.ring()
        await until(lambda: outbox.times(1) == 1)
        outbox.change(1, 2)
        worker.ring()
        await until(lambda: outbox.times(2) == 1)
        assert outbox.times(1) == 1
        outbox.gate.set()
        await until(lambda: outbox.times(1) == 2)
    assert outbox.most_at_once == 1


async def test_a_storm_of_changes_is_a_few_refreshes(outbox: Outbox) -> None:
    async with working(outbox) as worker:
        started = time.monotonic()
        while time.monotonic() - started < 1:
            outbox.change(1)
            worker.ring()
            await asyncio.sleep(0.002)
    assert 3 <= outbox.times(1) <= 14


async def test_one_that_fails_holds_up_nobody_else(outbox: Outbox) -> None:
    outbox.failing = {2}
    outbox.change(1, 2, 3)
    async with working(outbox):
        await until(lambda: set(outbox.waits) == {2})
        await until(lambda: outbox.times(2) > 3)
        assert all(ids == [2] for ids in outbox.refreshed if 2 in ids and ids != outbox.refreshed[0])
        outbox.failing.clear()
        await until(lambda: not outbox.waits)


async def test_a_database_that_is_away_is_asked_again(outbox: Outbox, caplog: Any) -> None:
    async with working(outbox) as worker:
        outbox.error = OSError("away")
        worker.ring()
        await until(lambda: "changes can't be looked for" in caplog.text)
        outbox.error = None
        outbox.change(1)
        await until(lambda: outbox.times(1) == 1)


def fellows() -> tuple[Share, list[int], list[int]]:
    """The share of `a` beside `b`, some negocios of a, and some of b."""
    share = Share("a")
    share.set_living(["a", "b"])
    ours = [id for id in range(1, 50) if share.is_ours(id)]
    theirs = [id for id in range(1, 50) if not share.is_ours(id)]
    return share, ours, theirs


async def test_what_is_a_fellows_is_left_to_it_for_a_while(outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "STEAL_AFTER", 3.0)
    share, ours, theirs = fellows()
    async with working(outbox, share) as worker:
        outbox.change(ours[0], theirs[0])
        worker.ring()
        await until(lambda: outbox.times(ours[0]) == 1)
        assert outbox.times(theirs[0]) == 0
        await until(lambda: outbox.times(theirs[0]) == 1)


async def test_a_worker_that_stops_finishes_what_it_took_and_takes_no_more(outbox: Outbox) -> None:
    refresher: Any = outbox
    worker = ChangeWorker(refresher, Share("a"), outbox.waiting)
    running = asyncio.create_task(worker.run())
    outbox.gate.clear()
    outbox.change(1)
    worker.ring()
    await until(lambda: outbox.times(1) == 1)
    worker.stop()
    outbox.change(2)
    await asyncio.sleep(0.1)
    assert not running.done()
    outbox.gate.set()
    await asyncio.wait_for(running, 10)
    assert set(outbox.waits) == {2}
