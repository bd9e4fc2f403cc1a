"""How does a room come to be, and how does it end?"""

import asyncio
from typing import Any

import pytest

from realtime.hub import hub as hub_module
from tests.hub.fakes import KEY, FakeDialect, FakeMember, World, turn, update


@pytest.fixture
def short_linger(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "LINGER", 0.02)


async def test_a_room_is_subscribed_first_and_read_then(world: World) -> None:
    await world.member()
    assert world.feed.log == ["subscribe n1.t.stats", "subscribed n1.t.stats", "load n1.t.stats"]
    assert world.watched == [("n1.t.stats", True)]


async def test_all_who_come_meanwhile_share_one_wait(world: World) -> None:
    world.feed.acknowledged.clear()
    joins = [asyncio.ensure_future(world.member(show=True)) for _ in range(100)]
    await turn()
    assert not any(join.done() for join in joins)
    world.feed.acknowledged.set()
    members = await asyncio.gather(*joins)
    assert world.store.reads == 1
    assert world.feed.log.count("subscribe n1.t.stats") == 1
    assert all(member.got == [{"total": 1}] for member in members)


async def test_what_comes_between_subscription_and_snapshot_is_not_lost(world: World) -> None:
    world.store.readable.clear()
    join = asyncio.ensure_future(world.member(show=True))
    await turn()
    world.hub.update(KEY, update(2, total=2))
    world.store.readable.set()
    assert (await join).got == [{"total": 2}], "the snapshot was the older one"


async def test_a_member_hears_nothing_before_it_has_joined(world: World) -> None:
    world.store.readable.clear()
    member = FakeMember(FakeDialect())
    join = asyncio.ensure_future(world.hub.join(member, KEY))
    await turn()
    world.hub.update(KEY, update(2, total=2))
    assert member.got == []
    world.store.readable.set()
    await join


@pytest.mark.parametrize("where", ["feed", "store"])
async def test_a_failure_is_everybodys_and_leaves_nothing(world: World, where: str) -> None:
    broken: Any = getattr(world, where)
    broken.error = OSError("away")
    joins = await asyncio.gather(*(world.member() for _ in range(10)), return_exceptions=True)
    assert [str(error) for error in joins] == ["away"] * 10
    await turn()
    world.assert_nothing_left()


async def test_after_a_failure_the_next_may_succeed(world: World) -> None:
    world.store.error = OSError("away")
    with pytest.raises(OSError, match="away"):
        await world.member()
    world.store.error = None
    member = await world.member(show=True)
    assert member.got == [{"total": 1}]
    await turn()
    assert world.feed.open["n1.t.stats"] == 1, "the failed room's end did not end the new one"


async def test_a_room_lingers_for_who_comes_back(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "LINGER", 60)
    member = await world.member()
    world.hub.leave(member, KEY)
    world.hub.update(KEY, update(5, total=5))
    again = await world.member(show=True)
    assert again.got == [{"total": 5}], "it was kept up to date meanwhile"
    assert world.store.reads == 1


@pytest.mark.usefixtures("short_linger")
async def test_an_empty_room_is_closed_after_a_while(world: World) -> None:
    world.hub.leave(await world.member(), KEY)
    await asyncio.sleep(0.2)
    world.assert_nothing_left()


@pytest.mark.usefixtures("short_linger")
async def test_a_room_that_somebody_came_back_to_stays(world: World) -> None:
    world.hub.leave(await world.member(), KEY)
    member = await world.member()
    await asyncio.sleep(0.2)
    assert list(world.hub.rooms) == [KEY]
    world.hub.leave(member, KEY)


@pytest.mark.usefixtures("short_linger")
async def test_a_joiner_that_gives_up_leaves_an_empty_room_that_ends(world: World) -> None:
    world.feed.acknowledged.clear()
    join = asyncio.ensure_future(world.member())
    await turn()
    join.cancel()
    await turn()
    world.feed.acknowledged.set()
    await asyncio.sleep(0.2)
    world.assert_nothing_left()


async def test_a_joiner_that_gives_up_does_not_disturb_the_others(world: World) -> None:
    world.feed.acknowledged.clear()
    impatient, patient = (asyncio.ensure_future(world.member(show=True)) for _ in range(2))
    await turn()
    impatient.cancel()
    await turn()
    world.feed.acknowledged.set()
    assert (await patient).got == [{"total": 1}]


async def test_leaving_while_the_room_opens_is_harmless(world: World) -> None:
    world.feed.acknowledged.clear()
    member = FakeMember(FakeDialect())
    join = asyncio.ensure_future(world.hub.join(member, KEY))
    await turn()
    world.hub.leave(member, KEY)
    world.feed.acknowledged.set()
    await join
    world.hub.leave(member, KEY)
    world.hub.leave(member, KEY)
    assert len(world.hub.rooms[KEY]) == 0


async def test_leaving_what_one_is_not_in_is_harmless(world: World) -> None:
    dialect = FakeDialect()
    member, stranger = await world.member(dialect), FakeMember(dialect)
    world.hub.leave(stranger, KEY)
    assert list(world.hub.rooms[KEY].everyone()) == [member]


async def test_a_closed_hub_tells_the_feed(world: World) -> None:
    await world.member()
    await world.hub.close()
    world.assert_nothing_left()
    assert world.feed.log[-1] == "unsubscribe n1.t.stats"


async def test_a_feed_that_fails_while_closing_is_one_line(world: World, caplog: Any) -> None:
    await world.member()

    async def fail(key: object) -> None:
        raise OSError("away")

    unsubscribe, world.feed.unsubscribe = world.feed.unsubscribe, fail  # type: ignore[method-assign]
    await world.hub.close()
    assert "could not be opened or closed cleanly: away" in caplog.text
    await unsubscribe(KEY)
