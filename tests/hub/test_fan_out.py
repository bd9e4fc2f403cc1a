"""Does one message reach every member, encoded once for each dialect?"""

import asyncio
from typing import Any

import pytest

from realtime.protocol.messages import Event
from tests.hub.fakes import KEY, FakeDialect, Key, World, update
from tests.protocol.passings import passing

MANY = 50


async def test_an_update_is_encoded_once_for_each_dialect_present(world: World) -> None:
    one, two, absent = FakeDialect("one"), FakeDialect("two"), FakeDialect("absent")
    ones = [await world.member(one) for _ in range(MANY)]
    twos = [await world.member(two) for _ in range(MANY)]
    world.hub.update(KEY, update(2, total=2))
    assert (one.rendered, two.rendered, absent.rendered) == (1, 1, 0)
    assert all(member.outlet.frames == ones[0].outlet.frames for member in ones)
    assert [member.outlet.frames[0]["by"] for member in twos] == ["two"] * MANY
    assert world.hub.counts["deliveries"] == 2 * MANY


async def test_a_snapshot_goes_to_the_member_that_asks(world: World) -> None:
    first = await world.member(show=True)
    second = await world.member()
    assert (first.got, second.got) == ([{"total": 1}], [])


async def test_what_is_not_newer_is_told_to_nobody(world: World) -> None:
    member = await world.member()
    for version in (1, 0):
        world.hub.update(KEY, update(version, total=99))
    assert member.got == []
    assert world.hub.counts["stale_updates"] == 2


async def test_versions_are_compared_metric_by_metric(world: World) -> None:
    member = await world.member(show=True)
    world.hub.update(KEY, update(5, one=5))
    world.hub.update(KEY, update(3, one=3, two=3))
    assert member.got == [{"total": 1}, {"one": 5}, {"two": 3}]


async def test_a_newer_figure_of_the_same_value_is_not_news(world: World) -> None:
    member = await world.member()
    world.hub.update(KEY, update(2, total=1))
    assert member.got == []
    world.hub.update(KEY, update(1, total=7))
    assert member.got == [], "the version was taken all the same"


async def test_another_epoch_begins_anew(world: World) -> None:
    member = await world.member()
    world.hub.update(KEY, update(1_000, total=5))
    world.hub.update(KEY, update(3, epoch="restored", total=4))
    world.hub.update(KEY, update(2, epoch="restored", total=9))
    assert member.got == [{"total": 5}, {"total": 4}]


async def test_an_update_of_a_room_that_is_not_open_is_nothing(world: World) -> None:
    world.hub.update(KEY, update(2, total=2))
    world.hub.pass_on(KEY, passing("123/stats", "x", {}), "m")
    assert world.hub.rooms == {}


async def test_a_room_without_state_shows_nothing(world: World) -> None:
    world.store.update = None
    member = await world.member(show=True)
    assert member.got == []


async def test_a_congested_member_gets_the_newest_state_once_it_drains(world: World) -> None:
    slow, quick = await world.member(show=True), await world.member(show=True)
    slow.outlet.congest()
    for version in range(2, 12):
        world.hub.update(KEY, update(version, total=version))
    assert len(quick.got) == 11
    assert world.hub.counts["states_skipped"] == 10
    slow.outlet.outcome = quick.outlet.outcome
    world.hub.drained(slow)
    world.hub.drained(slow)
    assert slow.got == [{"total": 1}, {"total": 11}]
    assert slow.outlet.frames[-1]["full"]


async def test_a_member_that_drains_and_is_congested_again_stays_behind(world: World) -> None:
    slow = await world.member()
    slow.outlet.congest()
    world.hub.update(KEY, update(2, total=2))
    world.hub.drained(slow)
    assert slow.behind == {KEY}


async def test_what_a_member_left_meanwhile_is_not_sent_when_it_drains(world: World) -> None:
    slow = await world.member()
    slow.outlet.congest()
    world.hub.update(KEY, update(2, total=2))
    world.hub.leave(slow, KEY)
    world.hub.drained(slow)
    assert slow.got == []


async def test_closed_members_are_counted_and_hold_up_nobody(world: World) -> None:
    members = [await world.member() for _ in range(5)]
    for member in members[:2]:
        member.outlet.closed()
    world.hub.update(KEY, update(2, total=2))
    assert [len(member.got) for member in members] == [0, 0, 1, 1, 1]
    assert (world.hub.counts["deliveries"], world.hub.counts["closed_skipped"]) == (3, 2)
    assert not any(member.behind for member in members)


@pytest.mark.parametrize("refusal", ["congest", "closed"])
async def test_what_a_client_says_reaches_the_others_but_not_itself(world: World, refusal: str) -> None:
    dialect, mute = FakeDialect(), FakeDialect("mute")
    sender, other = await world.member(dialect, id="a"), await world.member(dialect, id="b")
    silent, gone = await world.member(mute, id="c"), await world.member(dialect, id="d")
    getattr(gone.outlet, refusal)()
    world.hub.pass_on(KEY, passing("123/stats", "avance_fila", {"turno": 8}), "a")
    assert [each.got for each in (sender, other, silent, gone)] == [[], [{"turno": 8}], [], []]
    assert world.hub.counts["passing_dropped"] == 1
    assert gone.behind == set()


async def test_an_event_reaches_everybody_whose_dialect_tells_it_even_who_lags(world: World) -> None:
    dialect, mute = FakeDialect(), FakeDialect("mute")
    lagging, silent = await world.member(dialect), await world.member(mute)
    lagging.outlet.congest()
    world.hub.events(
        KEY, [Event("123/events", "events", 4, "new_ticket", "", {"ticket_id": 1}, "2026-01-01T00:00:00Z")]
    )
    assert lagging.got == [{"ticket_id": 1}]
    assert silent.got == []


async def test_rooms_do_not_hear_each_other(world: World) -> None:
    elsewhere = Key("n2.t.stats", "456", "456/stats")
    dialect = FakeDialect()
    here, there = await world.member(dialect), await world.member(dialect, elsewhere)
    world.hub.update(KEY, update(2, total=2))
    world.hub.pass_on(KEY, passing("123/stats", "x", {"x": 1}), "nobody")
    assert (len(here.got), there.got) == (2, [])


async def test_reading_anew_tells_what_was_missed(world: World) -> None:
    member = await world.member()
    world.store.update = update(9, total=9)
    await world.hub.reload()
    await world.hub.reload()
    assert member.got == [{"total": 9}]


async def test_reading_anew_goes_on_after_a_room_that_fails(world: World, caplog: Any) -> None:
    member = await world.member()
    world.store.error = OSError("away")
    reloading = asyncio.create_task(world.hub.reload())
    async with asyncio.timeout(10):
        while "can't be read again yet: away" not in caplog.text:
            await asyncio.sleep(0.01)
        world.store.error, world.store.update = None, update(9, total=9)
        await reloading
    assert member.got == [{"total": 9}]
