"""Does a client that is in several of an event's rooms hear it once, where its dialect wants that?"""

from typing import Any

import pytest

from realtime.hub.hub import Hub
from realtime.hub.once import MOST_TELLINGS, Heard
from realtime.protocol.messages import Event
from tests.hub.fakes import FakeDialect, FakeFeed, FakeMember, Key

ORDER, SELLER = Key("n1.t.order", "1", "1/order"), Key("n1.t.seller", "1", "1/seller")


async def nothing(key: Any) -> None:
    return None


def event(key: Key, telling: str, n: int = 1) -> Event:
    return Event(key.name, key.name, n, "order_updated", "", n, "2026-01-01T00:00:00.000Z", telling)


@pytest.mark.parametrize(("once", "heard"), [(True, [1, 3, 3]), (False, [1, 1, 3, 3])])
async def test_an_event_of_two_rooms_reaches_a_member_of_both(once: bool, heard: list[int]) -> None:
    hub = Hub(FakeFeed(), nothing)
    dialect = FakeDialect(tells_once=once)
    both, one = FakeMember(dialect, "both"), FakeMember(dialect, "one")
    for member, key in ((both, ORDER), (both, SELLER), (one, SELLER)):
        await hub.join(member, key)
    for key in (ORDER, SELLER):
        hub.events(key, [event(key, "a")])
    for key in (ORDER, SELLER):
        hub.events(key, [event(key, "", 3)])
    assert both.got == heard
    assert one.got == [1, 3]
    await hub.close()


def test_tellings_are_forgotten_in_their_order() -> None:
    told, member = Heard(), FakeMember(FakeDialect(), "m")
    for n in range(MOST_TELLINGS):
        assert told.new(str(n), [member]) == [member]
    assert told.new("0", [member]) == []
    told.new("one more", [member])
    assert told.new("1", [member]) == []
    assert told.new("0", [member]) == [member]
