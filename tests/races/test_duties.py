"""Who does a duty when its holder died, froze, or woke up again?"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from django.db import connection

from realtime import leases
from realtime.database import in_thread
from realtime.duties import Duty, DutyRoster

pytestmark = pytest.mark.django_db(transaction=True)


def leave_lease(duty: str, holder: str, seconds: float) -> None:
    """As if `holder` had died, so many seconds before its lease runs out."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO leases VALUES (%s, %s, now() + make_interval(secs => %s)) "
            "ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until",
            [duty, holder, seconds],
        )


class Counting:
    """Work that is only counted; `times` are monotonic seconds."""

    def __init__(self) -> None:
        self.times: list[float] = []

    async def work(self) -> None:
        self.times.append(time.monotonic())

    async def done(self, count: int, timeout: float) -> None:
        async with asyncio.timeout(timeout):
            while len(self.times) < count:
                await asyncio.sleep(0.01)


@asynccontextmanager
async def running(roster: DutyRoster) -> AsyncIterator[None]:
    task = asyncio.create_task(roster.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_dead_holders_duty_is_done_as_soon_as_its_lease_runs_out() -> None:
    await in_thread(leave_lease, "seldom", "dead", 1.0)
    counting, started = Counting(), time.monotonic()
    async with running(DutyRoster("heir", [Duty("seldom", 3600, counting.work)])):
        await counting.done(1, timeout=10)
    assert 0.9 < counting.times[0] - started < 1.9  # a renewal's 2 s would be too late


async def test_a_living_holder_keeps_its_duty() -> None:
    first, second = Counting(), Counting()
    async with running(DutyRoster("first", [Duty("often", 0.05, first.work)])):
        await first.done(1, timeout=10)
        async with running(DutyRoster("second", [Duty("often", 0.05, second.work)])):
            await asyncio.sleep(1)
    assert len(first.times) > 5
    assert second.times == []


async def test_a_holder_that_was_frozen_does_nothing_more_once_its_lease_ran_out() -> None:
    now = 0.0
    counting = Counting()
    async with running(DutyRoster("sleeper", [Duty("often", 0.05, counting.work)], clock=lambda: now)):
        await counting.done(1, timeout=10)
        now += leases.LEASE  # it wakes, and doesn't know yet
        count = len(counting.times)
        await asyncio.sleep(0.5)
    assert len(counting.times) <= count + 1
