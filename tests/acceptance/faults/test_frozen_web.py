"""Does a web process that froze claim afterwards that old figures are new? Does anybody miss anything?"""

import asyncio
import datetime as dt
import signal
import threading
from bisect import bisect_left
from typing import Any

from django.db import connection

from tests.acceptance.businesses import book
from tests.acceptance.clients import Client, clients, merged, token, watch
from tests.acceptance.dashboards import Dashboard, all_right
from tests.acceptance.faults.scale import SCALE
from tests.acceptance.faults.verdicts import Verdict
from tests.acceptance.faults.world import World, load

BACK_WITHIN = 10.0
PAUSE = 0.1  # s between two citas
# `as_of` is read in the statement that reads the figures, a moment after what it sees.
A_MOMENT = dt.timedelta(seconds=1)


class Bookings:
    """Books one cita after the other; `committed` are the times by PostgreSQL's clock. Use as a context manager."""

    def __init__(self, world: World) -> None:
        self.committed: list[dt.datetime] = []
        self._queue, self._stop = world.queue, threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "Bookings":
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            while not self._stop.wait(PAUSE):
                book(self._queue)
                with connection.cursor() as cursor:
                    cursor.execute("SELECT clock_timestamp()")
                    self.committed.append(cursor.fetchone()[0])
        finally:
            connection.close()


def totals(frames: list[Any]) -> list[tuple[dt.datetime, int]]:
    """What the frames say: as of when, how many citas."""
    told = [frame for frame in frames if frame["type"] == "state" and "stats" in frame["data"]]
    return [(dt.datetime.fromisoformat(frame["as_of"]), frame["data"]["stats"]["totalCitas"]) for frame in told]


async def test_what_a_woken_process_shows_is_as_new_as_it_says(world: World) -> None:
    verdict = Verdict(f"SIGSTOP of a web process for {SCALE.frozen:g} s", BACK_WITHIN)
    urls = [f"{url}/ws/native?token={token(world.queue.code)}" for url in world.urls()]
    async with load(world, verdict) as under, clients(urls, ping_interval=None) as watchers:
        for watcher in watchers:
            await watch(watcher)
        before = totals(watchers[0].frames)[0][1]
        with Bookings(world) as bookings:
            for number, web in enumerate(world.cluster.webs):
                web.signal(signal.SIGSTOP)
                try:
                    await silent(watchers[number])
                finally:
                    web.signal(signal.SIGCONT)
                verdict.recoveries.append(await under.caught_up())
                verdict.times += 1
        pages = [Dashboard(world.queue.code, watcher, merged) for watcher in watchers]
        await all_right(pages, [world.queue])
    for watcher in watchers:
        told = totals(watcher.frames)
        assert len(told) > SCALE.frozen, "nothing to judge"
        assert [total for _, total in told] == sorted(total for _, total in told)
        for as_of, total in told:
            assert total - before >= bisect_left(bookings.committed, as_of - A_MOMENT), (as_of, total, before)


async def silent(watcher: Client) -> None:
    """Frozen for its time: of what was on its way, all has come in the first second."""
    await asyncio.sleep(1)
    heard = len(watcher.frames)
    await asyncio.sleep(SCALE.frozen - 1)
    assert len(watcher.frames) == heard
