"""Is who is in a room told rightly across processes: as users come, go and return, processes die, writes fail?"""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from realtime import leases
from realtime.attendance import MOST_NAMED, Attendance, Present
from realtime.database import in_thread
from realtime.models import Attendee
from realtime.rooms import Room

pytestmark = pytest.mark.django_db(transaction=True)

ROOM, OTHER = Room(1, "uno", "stats"), Room(2, "dos", "stats")
NOBODY = Present(0, [])


class Clock:
    """Seconds that pass when told."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def counts(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often who is present was read and written."""
    counts: Counter[str] = Counter()

    def counted(name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def count(*args: Any) -> Any:
            counts[name] += 1
            return work(*args)

        return count

    for name in ("attendees", "write_attendees"):
        monkeypatch.setattr(leases, name, counted(name, getattr(leases, name)))
    return counts


async def living(clock: Clock, *names: str) -> list[Attendance]:
    for name in names:
        await in_thread(leases.renew_process, name, "web")
    return [Attendance(name, clock) for name in names]


async def pass_time(clock: Clock, seconds: float) -> None:
    """For everybody, the database included."""
    clock.now += seconds

    def back() -> None:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE processes SET until = until - make_interval(secs => %s)", [seconds])
            cursor.execute("UPDATE attendees SET left_at = left_at - make_interval(secs => %s)", [seconds])

    await in_thread(back)


async def test_a_user_counts_once_and_who_has_no_name_as_often_as_there_are_sockets(clock: Clock) -> None:
    one, two = await living(clock, "one", "two")
    for process in (one, two):
        for _ in range(3):
            process.arrive(ROOM, "7")
            process.arrive(ROOM, "")
    two.arrive(ROOM, "8")
    two.arrive(OTHER, "9")
    await two.write()
    assert await one.present(ROOM) == Present(2 + 6, ["7", "8"])
    assert await one.present(OTHER) == Present(1, ["9"])


async def test_an_answer_costs_a_statement_a_second_at_most(clock: Clock, counts: Counter[str]) -> None:
    (one,) = await living(clock, "one")
    for user in ("7", "8", "9"):
        one.arrive(ROOM, user)
        assert user in (await one.present(ROOM)).users, "its own are known at once"
    assert counts == {"attendees": 1}
    clock.now += 1
    await one.present(ROOM)
    assert counts == {"attendees": 2}


async def test_many_changes_are_one_statement_and_none_is_none(clock: Clock, counts: Counter[str]) -> None:
    (one,) = await living(clock, "one")
    for user in range(500):
        one.arrive(ROOM, str(user))
        one.arrive(OTHER, str(user))
    await one.write()
    assert counts["write_attendees"] == 1
    for user in range(500):  # as front-ends do that reopen their socket
        one.leave(ROOM, str(user))
        one.arrive(ROOM, str(user))
        one.arrive(OTHER, str(user))
    await one.write()
    await one.write()
    assert counts["write_attendees"] == 1
    (two,) = await living(clock, "two")
    assert (await two.present(ROOM)).count == 500


async def test_who_left_is_there_for_as_long_as_coming_back_takes(clock: Clock) -> None:
    one, two = await living(clock, "one", "two")
    for user in ("7", ""):
        one.arrive(ROOM, user)
    await one.write()
    for user in ("7", ""):
        one.leave(ROOM, user)
    await one.write()
    for seconds, present in ((leases.GRACE - 2, Present(1, ["7"])), (3, NOBODY)):
        await pass_time(clock, seconds)
        for process in (one, two):
            process._forget()
            assert await process.present(ROOM) == present
    await in_thread(leases.forget_the_dead)
    assert not await in_thread(Attendee.objects.exists)
    assert (one._rooms, one._left, one._written) == ({}, {}, {})


async def test_who_came_back_stays(clock: Clock) -> None:
    (one,) = await living(clock, "one")
    one.arrive(ROOM, "7")
    one.leave(ROOM, "7")
    one.arrive(ROOM, "7")
    await pass_time(clock, leases.GRACE + 1)
    one._forget()
    assert await one.present(ROOM) == Present(1, ["7"])


async def test_a_process_that_dies_takes_nobody_along_who_returns_in_time(clock: Clock) -> None:
    one, two = await living(clock, "one", "two")
    for user in ("7", "8", ""):
        one.arrive(ROOM, user)
    await one.write()
    await pass_time(clock, leases.GRACE - 2)
    assert await two.present(ROOM) == Present(3, ["7", "8"])
    two.arrive(ROOM, "7")
    await pass_time(clock, 3)
    assert await two.present(ROOM) == Present(1, ["7"])
    await pass_time(clock, 100)
    await in_thread(leases.forget_the_dead)
    assert not await in_thread(Attendee.objects.exists)


async def test_a_process_that_stops_gives_its_users_the_same_time(clock: Clock) -> None:
    one, two = await living(clock, "one", "two")
    one.arrive(ROOM, "7")
    await one.write()
    await one.end()
    await in_thread(leases.end_process, "one")
    await pass_time(clock, leases.GRACE - 2)
    assert await two.present(ROOM) == Present(1, ["7"])
    await pass_time(clock, 3)
    assert await two.present(ROOM) == NOBODY


async def test_what_could_not_be_written_is_written_later(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = await living(clock, "one", "two")
    one.arrive(ROOM, "7")

    def fail(*_: Any) -> None:
        raise ConnectionError("no PostgreSQL")

    with monkeypatch.context() as away:
        away.setattr(leases, "write_attendees", fail)
        with pytest.raises(ConnectionError):
            await one.write()
    await one.write()
    assert await two.present(ROOM) == Present(1, ["7"])


async def test_a_process_that_was_taken_for_dead_says_again_who_is_there(clock: Clock) -> None:
    one, two = await living(clock, "one", "two")
    one.arrive(ROOM, "7")
    await one.write()
    await in_thread(Attendee.objects.all().delete)
    one.write_anew()
    await one.write()
    assert await two.present(ROOM) == Present(1, ["7"])


async def test_all_are_counted_and_not_too_many_named(clock: Clock) -> None:
    (one,) = await living(clock, "one")
    for user in range(MOST_NAMED + 5):
        one.arrive(ROOM, f"{user:05}")
    present = await one.present(ROOM)
    assert (present.count, len(present.users), present.users[:2]) == (MOST_NAMED + 5, MOST_NAMED, ["00000", "00001"])
