"""Who waits for its turn to join a room, and loses the right to it meanwhile: does it get in all the same?"""

import asyncio
import gc
import weakref
from collections.abc import Hashable
from types import SimpleNamespace
from typing import Any

import pytest

from realtime.attendance import Attendance
from realtime.authentication.principal import Principal
from realtime.consumers.repeats import Repeats
from realtime.consumers.resuming import resume
from realtime.consumers.subscriptions import Subscriptions
from realtime.hub.hub import Hub
from realtime.limits.joins import Joins, TooMany
from realtime.limits.occupancy import user_of
from realtime.protocol.commands import Subscribe
from realtime.rooms import Room
from tests.hub.fakes import FakeDialect, FakeFeed, FakeMember, FakeStore, turn

ROOM = Room(1, "uno", "stats")
NOTHING: Any = SimpleNamespace(by_code={})
WITHOUT_RIGHTS = Principal("7", {})


class Turns(Joins):
    """Nobody's turn comes before the one who waits is let in."""

    def __init__(self, waiting: "Waiting") -> None:
        super().__init__()
        self._waiting = waiting

    async def turn(self, user: Hashable | None) -> None:
        assert user == user_of(WITHOUT_RIGHTS)
        await self._waiting.let_in.wait()
        if self._waiting.refused:
            raise TooMany


class Waiting:
    """A connection whose joins wait until they are let in."""

    def __init__(self) -> None:
        feed = FakeFeed()
        self.hub = Hub(feed, FakeStore(feed).load)
        self.member = FakeMember(FakeDialect())
        self.let_in, self.refused, self.answers = asyncio.Event(), False, list[str]()
        joins = Turns(self)
        self.subscriptions = Subscriptions(
            self.hub, self.member, Repeats(), "me", Attendance("one"), joins, WITHOUT_RIGHTS
        )
        self.outlet, self.renderer = self.member.outlet, self.member.renderer

    def answer(self, type: str, id: Any, fields: Any) -> None:
        self.answers.append(type)

    def too_slow(self) -> None:
        raise AssertionError

    @property
    def members(self) -> int:
        return len(self.hub.rooms[ROOM])


async def test_who_loses_the_right_while_it_waits_is_not_in_the_room() -> None:
    waiting = Waiting()
    joining = asyncio.create_task(waiting.subscriptions.join(ROOM))
    await turn()
    assert waiting.subscriptions.keep_allowed(WITHOUT_RIGHTS, NOTHING) == [ROOM]
    waiting.let_in.set()
    await joining
    waiting.subscriptions.show(ROOM)
    assert ROOM not in waiting.subscriptions
    assert waiting.members == 0
    assert waiting.member.got == []
    await waiting.hub.close()


async def test_who_loses_the_right_while_it_comes_back_is_told_nothing() -> None:
    waiting = Waiting()
    coming = asyncio.create_task(resume(waiting, ROOM, None, Subscribe("stats", "uno", since=0)))
    await turn()
    waiting.subscriptions.keep_allowed(WITHOUT_RIGHTS, NOTHING)
    waiting.let_in.set()
    await coming
    assert waiting.answers == []
    assert waiting.members == 0
    assert waiting.member.got == []
    await waiting.hub.close()


async def test_two_joins_at_once_are_one_membership() -> None:
    waiting = Waiting()
    joins = [asyncio.create_task(waiting.subscriptions.join(ROOM)) for _ in range(2)]
    await turn()
    waiting.let_in.set()
    await asyncio.gather(*joins)
    assert ROOM in waiting.subscriptions
    assert waiting.members == 1
    assert waiting.subscriptions.keep_allowed(WITHOUT_RIGHTS, NOTHING) == [ROOM]
    assert waiting.subscriptions.keep_allowed(WITHOUT_RIGHTS, NOTHING) == []
    await waiting.hub.close()


async def test_a_join_that_is_refused_leaves_nothing_behind() -> None:
    waiting = Waiting()
    waiting.refused = True
    waiting.let_in.set()
    with pytest.raises(TooMany):
        await waiting.subscriptions.join(ROOM)
    assert waiting.subscriptions.keep_allowed(WITHOUT_RIGHTS, NOTHING) == []
    assert ROOM not in waiting.hub.rooms
    await waiting.hub.close()


async def test_who_took_so_long_to_enter_that_the_room_was_closed_is_sent_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("realtime.hub.hub.LINGER", 0)
    waiting = Waiting()
    waiting.let_in.set()
    room = await waiting.subscriptions.open(ROOM)
    await asyncio.sleep(0.05)
    assert ROOM not in waiting.hub.rooms
    waiting.subscriptions.enter(ROOM, room)
    assert waiting.member.sent_away
    await waiting.hub.close()


async def test_a_room_that_was_opened_anew_and_not_entered_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = Waiting()
    waiting.let_in.set()
    await waiting.subscriptions.join(ROOM)
    waiting.subscriptions.leave(ROOM)
    monkeypatch.setattr("realtime.hub.hub.LINGER", 0)
    await waiting.subscriptions.open(ROOM)
    await asyncio.sleep(0.05)
    assert ROOM not in waiting.hub.rooms
    await waiting.hub.close()


async def test_who_has_gone_doesn_t_wait_for_the_collector() -> None:
    """A connection holds its subscriptions: if they held it, each would keep the other until garbage is looked for."""
    feed, member = FakeFeed(), FakeMember(FakeDialect())
    hub = Hub(feed, FakeStore(feed).load)
    subscriptions = Subscriptions(hub, member, Repeats(), "me", Attendance("one"), Joins(), WITHOUT_RIGHTS)
    await subscriptions.join(ROOM)
    assert len(hub.rooms[ROOM]) == 1
    subscriptions.end()
    member.holds, gone = subscriptions, weakref.ref(member)  # type: ignore[attr-defined]
    gc.disable()
    try:
        del member, subscriptions
        assert gone() is None
    finally:
        gc.enable()
    await hub.close()
