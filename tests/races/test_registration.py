"""Is what a process watches told rightly when writing it fails, or when the process ends while it writes?"""

import asyncio
import time
from typing import Any

import pytest

from realtime import leases
from realtime.database import in_thread
from realtime.duties import Duty, DutyRoster
from realtime.models import Lease, Process, Watch
from realtime.registration import Registration
from realtime.rooms import Room

pytestmark = pytest.mark.django_db(transaction=True)

ONE, TWO = Room(1, "uno", "stats"), Room(2, "dos", "stats")


async def rooms() -> set[int]:
    return {id for id, _ in await in_thread(leases.watched)}


async def test_a_room_closed_while_the_database_was_away_is_watched_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    registration = Registration("web", "web")
    registration.watch(ONE, True)
    await registration.renew()

    def fail(*_: Any, **__: Any) -> None:
        raise ConnectionError("no PostgreSQL")

    registration.watch(TWO, True)
    with monkeypatch.context() as away:
        away.setattr(leases, "write_watches", fail)
        with pytest.raises(ConnectionError):
            await registration.renew()
    registration.watch(ONE, False)
    await registration.renew()
    assert await rooms() == {2}


async def test_a_process_that_was_taken_for_dead_says_again_what_it_watches() -> None:
    registration = Registration("web", "web")
    registration.watch(ONE, True)
    await registration.renew()
    await in_thread(leases.end_process, "web")
    assert await rooms() == set()
    await registration.renew()
    assert await rooms() == {1}


def slowly(work: Any) -> Any:
    def slow(*args: Any) -> Any:
        time.sleep(0.3)
        return work(*args)

    return slow


async def test_nothing_is_left_of_a_process_that_ends_while_it_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "renew_process", slowly(leases.renew_process))
    monkeypatch.setattr(leases, "hold", slowly(leases.hold))
    registration = Registration("web", "web")
    registration.watch(ONE, True)

    async def nothing() -> None:
        """No work."""

    tasks = [
        asyncio.create_task(registration.run()),
        asyncio.create_task(DutyRoster("web", [Duty("tick", 1, nothing)]).run()),
    ]
    await asyncio.sleep(0.1)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await registration.end()
    await asyncio.sleep(0.5)
    for model in (Process, Watch, Lease):
        assert not await in_thread(model.objects.exists)
