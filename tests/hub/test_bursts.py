"""What becomes of a creation that moves other metrics too? One more frame, once the burst is over."""

import asyncio
import json
from typing import Any

import pytest

from realtime.hub import hub as hub_module
from realtime.protocol.dialects import dialects
from tests.hub.fakes import KEY, FakeDialect, World, update

AFTER = 0.5  # s, well over the windows below


@pytest.fixture(autouse=True)
def short_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "QUIET", 0.05)
    monkeypatch.setattr(hub_module, "LONGEST_BURST", 5.0)


def events(member: Any) -> list[tuple[str, list[str]]]:
    return [(frame["event"], sorted(frame["data"])) for frame in member.outlet.frames]


CREATED: dict[str, Any] = {
    "orders_overview": 1, "orders_by_status": 1, "orders_recent": 1, "orders_count_total": 1, "orders_count_active": 1,
}  # fmt: skip


async def test_a_delivered_order_that_is_created_is_two_frames(world: World) -> None:
    member = await world.member(dialects()["repairs"])
    world.hub.update(KEY, update(2, "REPAIR_ORDER_CREATED", **CREATED, orders_revenue=15.5, users_top_clients=1))
    assert events(member) == [("REPAIR_ORDER_CREATED", sorted(CREATED))]
    await asyncio.sleep(AFTER)
    assert events(member)[1:] == [("REPAIR_ORDER_UPDATED", ["orders_revenue", "users_top_clients"])]


async def test_a_burst_is_told_once_with_its_newest_figures(world: World) -> None:
    member = await world.member(dialects()["repairs"])
    for version in range(2, 12):
        figures: dict[str, Any] = dict.fromkeys(CREATED, version)
        world.hub.update(KEY, update(version, "REPAIR_ORDER_CREATED", **figures, orders_revenue=version))
    assert [event for event, _ in events(member)] == ["REPAIR_ORDER_CREATED"] * 10
    await asyncio.sleep(AFTER)
    assert events(member)[10:] == [("REPAIR_ORDER_UPDATED", ["orders_revenue"])]
    assert member.outlet.frames[-1]["data"] == {"orders_revenue": 11}


async def test_a_burst_that_does_not_end_is_told_all_the_same(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "QUIET", 5.0)
    monkeypatch.setattr(hub_module, "LONGEST_BURST", 0.1)
    member = await world.member(FakeDialect(late=frozenset({"late"})))
    for version in range(2, 40):
        world.hub.update(KEY, update(version, now=version, late=version))
        await asyncio.sleep(0.02)
    assert {"late": 39} not in member.got
    assert sum("late" in data for data in member.got) >= 2


async def test_who_left_before_the_end_of_a_burst_is_not_told(world: World) -> None:
    dialect = FakeDialect(late=frozenset({"late"}))
    member = await world.member(dialect)
    world.hub.update(KEY, update(2, late=2))
    world.hub.leave(member, KEY)
    other = await world.member(dialect)
    await asyncio.sleep(AFTER)
    assert (member.got, other.got) == ([], [])
    assert list(world.hub.rooms) == [KEY]


async def test_each_dialect_has_its_own_rest(world: World) -> None:
    late, prompt = FakeDialect("late", frozenset({"late"})), FakeDialect("prompt")
    one, two = await world.member(late), await world.member(prompt)
    world.hub.update(KEY, update(2, now=2, late=2))
    await asyncio.sleep(AFTER)
    assert one.got == [{"now": 2}, {"late": 2}]
    assert two.got == [{"late": 2, "now": 2}]


async def test_a_congested_member_misses_the_rest_but_not_the_newest_state(world: World) -> None:
    member = await world.member(FakeDialect(late=frozenset({"late"})))
    world.hub.update(KEY, update(2, late=2))
    member.outlet.congest()
    await asyncio.sleep(AFTER)
    member.outlet.outcome = member.outlet.outcome.SENT
    world.hub.drained(member)
    assert member.got == [{"late": 2, "total": 1}]


async def test_the_frames_of_a_burst_are_json(world: World) -> None:
    member = await world.member(dialects()["native"])
    world.hub.update(KEY, update(2, total=2))
    assert json.loads(json.dumps(member.outlet.frames[0]))["data"] == {"total": 2}
