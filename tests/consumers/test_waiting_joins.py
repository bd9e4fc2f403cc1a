"""Who waits for its turn to join a room, and loses the right to it meanwhile: does it get in all the same?"""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from realtime.attendance import Attendance
from realtime.authentication.principal import Principal
from realtime.consumers.repeats import Repeats
from realtime.consumers.resuming import resume
from realtime.consumers.subscriptions import Subscriptions
from realtime.hub.hub import Hub
from realtime.limits.joins import TooMany
from realtime.protocol.commands import Subscribe
from realtime.rooms import Room
from tests.hub.fakes import FakeDialect, FakeFeed, FakeMember, FakeStore, turn

ROOM = Room(1, "uno", "stats")
NOTHING: Any = SimpleNamespace(by_code={})
WITHOUT_RIGHTS = Principal("7", {})


class Waiting:
    """A connection whose joins wait until they are let in."""

    def __init__(self) -> None:
        feed = FakeFeed()
        self.hub = Hub(feed, FakeStore(feed).load)
        self.member = FakeMember(FakeDialect())
        self.let_in, self.refused, self.answers = asyncio.Event(), False, list[str]()
        self.subscriptions = Subscriptions(self.hub, self.member, Repeats(), "me", Attendance("one"), "7", self._turn)
        self.outlet, self.renderer = self.member.outlet, self.member.renderer

    async def _turn(self) -> None:
        await self.let_in.wait()
        if self.refused:
            raise TooMany

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
