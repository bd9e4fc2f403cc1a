"""What does a room keep of what was told, and in which order does it come out?"""

import asyncio
from collections.abc import Collection, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.hub.backlog import MOST_KEPT, Backlog, Head
from realtime.hub.hub import Hub
from realtime.hub.outlet import CONGESTED
from realtime.hub.rooms import RoomKey
from realtime.protocol.messages import Event
from tests.hub.fakes import KEY, FakeDialect, FakeFeed, FakeMember, turn


def event(seq: int) -> Event:
    return Event(KEY.name, "events", seq, "test", "", {"n": seq}, "2026-01-01T00:00:00.000Z")


def numbers(told: Collection[Any]) -> list[int]:
    return [one.event.seq for one in told]


def begun(seq: int) -> Backlog:
    log = Backlog()
    log.begin(Head("e", seq))
    return log


@given(st.permutations(range(1, 9)), st.integers(0, 8), st.integers(0, 8))
def test_in_whatever_order_they_come_they_are_told_in_order_and_once(order: list[int], head: int, when: int) -> None:
    log, told = Backlog(), []
    for place, seq in enumerate([*order, *order]):
        if place == when:
            told += numbers(log.begin(Head("e", head)))
        told += numbers(log.take(event(seq)))
    assert told == list(range(head + 1, 9))
    assert not log.has_gap


def test_what_waits_behind_a_gap_is_told_with_what_is_read() -> None:
    log = begun(4)
    assert numbers(log.take(event(7))) == []
    assert log.has_gap
    assert numbers(log.fill([event(5), event(6)])) == [5, 6, 7]
    assert not log.has_gap


def test_what_the_journal_has_lost_is_passed_over_and_never_claimed() -> None:
    log = begun(4)
    log.take(event(9))
    assert numbers(log.fill([event(8)])) == [8, 9]
    assert not log.reaches(4)
    assert log.reaches(7)


def test_it_reaches_back_as_far_as_it_keeps() -> None:
    log = begun(10)
    assert log.reaches(10)
    assert not log.reaches(9)
    for seq in range(11, 12 + MOST_KEPT):
        log.take(event(seq))
    assert not log.reaches(10)
    assert log.reaches(11)
    assert numbers(log.after(11, 3)) == [12, 13, 14]
    assert log.after(log.seq, 3) == []


def test_older_events_are_put_before_it_where_they_fit() -> None:
    log = begun(10)
    log.take(event(11))
    log.put_before([event(7), event(8)])
    assert not log.reaches(6), "9 and 10 are missing"
    log.put_before([event(seq) for seq in (7, 8, 9, 10, 11)])
    assert log.reaches(6)
    assert numbers(log.after(6, 10)) == [7, 8, 9, 10, 11]


def test_another_life_of_the_database_is_another_journal() -> None:
    log = begun(10)
    log.take(event(11))
    log.begin(Head("other", 3))
    assert (log.epoch, log.seq) == ("other", 3)
    assert numbers(log.take(event(4))) == [4]


class Journal:
    """What was told, and how often somebody reads it; fails as told."""

    def __init__(self, seq: int) -> None:
        self.epoch, self.told = "e", [event(n) for n in range(1, seq + 1)]
        self.reads = 0
        self.error: Exception | None = None

    async def head(self, key: RoomKey) -> Head:
        return Head(self.epoch, len(self.told))

    async def heads(self, keys: Collection[RoomKey]) -> Mapping[Any, Head]:
        return {key: await self.head(key) for key in keys}

    async def life(self) -> str:
        return self.epoch

    async def events(self, key: RoomKey, since: int, limit: int) -> list[Event]:
        self.reads += 1
        await asyncio.sleep(0)
        if self.error is not None:
            raise self.error
        return [one for one in self.told if one.seq > since][:limit]


async def nothing(key: RoomKey) -> None:
    return None


@pytest.fixture
def journal() -> Journal:
    return Journal(3)


async def told_to(hub: Hub) -> FakeMember:
    member = FakeMember(FakeDialect())
    await hub.join(member, KEY)
    return member


async def test_a_lost_message_is_read_from_the_journal(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("realtime.hub.mending.PATIENCE", 0)
    hub = Hub(FakeFeed(), nothing, history=journal)
    member = await told_to(hub)
    journal.told += [event(4), event(5), event(6)]
    hub.events(KEY, [event(6)])
    assert member.got == []
    await turn()
    assert [frame["n"] for frame in member.got] == [4, 5, 6]
    assert hub.counts["events_mended"] == 3
    await hub.close()


async def test_a_lost_last_message_is_found_by_its_number(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("realtime.hub.mending.PATIENCE", 0)
    hub = Hub(FakeFeed(), nothing, history=journal)
    member = await told_to(hub)
    journal.told.append(event(4))
    await hub.compare_heads()
    await turn()
    assert [frame["n"] for frame in member.got] == [4]
    hub.events(KEY, [event(4)])
    assert len(member.got) == 1, "it comes late, and is not told again"
    await hub.close()


async def test_thousands_who_come_back_share_one_reading(journal: Journal) -> None:
    hub = Hub(FakeFeed(), nothing, history=journal)
    room = await hub.opened(KEY)
    results = await asyncio.gather(*(hub.mender.reach(room, 1) for _ in range(3_000)))
    assert all(results)
    assert journal.reads == 1
    await hub.close()


async def test_what_the_journal_no_longer_has_is_not_reached(journal: Journal) -> None:
    hub = Hub(FakeFeed(), nothing, history=journal)
    room = await hub.opened(KEY)
    del journal.told[:2]
    assert await hub.mender.reach(room, 2)
    assert not await hub.mender.reach(room, 0)
    await hub.close()


async def test_one_that_the_journal_lost_in_the_middle_is_not_passed_over(journal: Journal) -> None:
    journal = Journal(9)
    hub = Hub(FakeFeed(), nothing, history=journal)
    room = await hub.opened(KEY)
    del journal.told[4]  # number 5
    assert not await hub.mender.reach(room, 2)
    assert await hub.mender.reach(room, 5)
    assert numbers(room.backlog.after(5, 100)) == [6, 7, 8, 9]
    await hub.close()


async def test_who_lost_an_event_gets_none_after_it(journal: Journal) -> None:
    """A client resumes from the last one that it has."""
    hub = Hub(FakeFeed(), nothing, history=journal)
    member = await told_to(hub)
    insist, refused = member.outlet.insist, [CONGESTED]
    member.outlet.insist = lambda *frames: refused.pop() if refused else insist(*frames)
    hub.events(KEY, [event(5)])
    hub.events(KEY, [event(4)])  # and with it 5
    assert (member.sent_away, member.got) == (True, [])
    await hub.close()


async def test_who_has_no_room_for_an_event_is_sent_away(journal: Journal) -> None:
    hub = Hub(FakeFeed(), nothing, history=journal)
    full, other = await told_to(hub), await told_to(hub)
    full.outlet.insist = lambda *frames: CONGESTED
    hub.events(KEY, [event(4)])
    assert (full.sent_away, other.sent_away) == (True, False)
    assert [frame["n"] for frame in other.got] == [4]
    await hub.close()
