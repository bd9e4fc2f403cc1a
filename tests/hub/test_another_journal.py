"""What if the database was restored while clients were listening? They must come back, to be told so."""

import asyncio
from collections import Counter

import pytest

from realtime.hub.backlog import Head
from realtime.hub.hub import Hub
from realtime.hub.rooms import RoomKey, Update
from realtime.protocol.messages import Event
from tests.hub.fakes import KEY, FakeDialect, FakeFeed, FakeMember, FakeStore, Key, turn, update
from tests.hub.test_backlog import Journal, begun, event, nothing, numbers, told_to


async def test_members_are_sent_back_when_the_journal_is_another() -> None:
    journal = Journal(3)
    hub = Hub(FakeFeed(), nothing, history=journal)
    member = await told_to(hub)
    await hub.compare_heads()
    assert not member.sent_away
    journal.epoch = "restored"
    await hub.compare_heads()
    assert member.sent_away
    assert (await hub.opened(KEY)).backlog.epoch == "restored"
    await hub.close()


async def test_what_is_shown_is_read_again_when_the_database_was_restored() -> None:
    """Its kind may not tick, and nothing may change for hours."""
    journal, feed = Journal(0), FakeFeed()
    store = FakeStore(feed)
    hub = Hub(feed, store.load, history=journal)
    store.update = update(900, epoch=journal.epoch, total=1)
    member = FakeMember(FakeDialect())
    await hub.join(member, KEY)
    await hub.compare_heads()
    await turn()
    journal.epoch = "restored"
    store.update = update(100, epoch=journal.epoch, total=2)
    await hub.compare_heads()
    await turn()
    assert member.got[-1:] == [{"total": 2}]
    reads = store.reads
    await hub.compare_heads()
    await turn()
    assert store.reads == reads, "once is enough"
    await hub.close()


async def test_a_room_that_cannot_be_read_after_a_restore_has_no_other_read_again_with_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("realtime.hub.reloading.RELOAD_PAUSE", 0)
    journal, good, bad = Journal(0), Key("good"), Key("bad")
    reads: Counter[str] = Counter()

    async def load(key: RoomKey) -> Update:
        reads[key.group] += 1
        if key is bad and journal.epoch == "restored":
            raise ValueError
        return update(1, epoch=journal.epoch, total=1)

    hub = Hub(FakeFeed(), load, history=journal)
    for key in (good, bad):
        await hub.join(FakeMember(FakeDialect()), key)
    journal.epoch = "restored"
    for _ in range(5):
        await hub.compare_heads()
        await turn()
    settled = reads[good.group]
    for _ in range(5):
        await hub.compare_heads()
        await turn()
    assert reads[good.group] == settled
    assert reads[bad.group] > 1
    await hub.close()


async def test_what_was_read_in_the_old_journal_is_not_told_in_the_new_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("realtime.hub.mending.PATIENCE", 0)
    journal, reading = Journal(3), asyncio.Event()
    hub = Hub(FakeFeed(), nothing, history=journal)
    member = await told_to(hub)
    read = journal.events

    async def read_slowly(*arguments: object) -> list[Event]:
        found = await read(*arguments)  # type: ignore[arg-type]
        await reading.wait()
        return found

    monkeypatch.setattr(journal, "events", read_slowly)
    journal.told += [event(4), event(5)]
    hub.events(KEY, [event(5)])
    await turn()
    journal.epoch, journal.told = "restored", journal.told[:3]
    await hub.compare_heads()
    reading.set()
    await turn()
    assert member.got == []
    assert (await hub.opened(KEY)).backlog.seq == 3
    await hub.close()


def test_what_waited_behind_a_gap_of_the_old_journal_is_forgotten() -> None:
    log = begun(10)
    log.take(event(12))
    assert numbers(log.begin(Head("other", 11))) == []
    assert log.seq == 11
