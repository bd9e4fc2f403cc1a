"""Does a stream live and end as it should: heartbeats, an end for each reason, and nothing left behind?"""

import asyncio
import math
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from types import SimpleNamespace
from typing import Any

import pytest

from realtime.attendance import Attendance
from realtime.authentication.errors import InvalidToken
from realtime.authentication.principal import Principal, Standing
from realtime.hub.hub import Hub
from realtime.limits.joins import Joins
from realtime.limits.occupancy import Occupancy
from realtime.permission import Permission
from realtime.places import Place
from realtime.protocol.event_stream import HEARTBEAT
from realtime.rooms import Room
from realtime.streaming import client as streaming
from realtime.streaming.client import StreamClient
from realtime.tenancy import Person
from tests.hub.fakes import FakeFeed, FakeStore

ROOM = Room(1, "uno", "stats")
PRINCIPAL = Principal("7", {"uno": Standing.ADMIN})


class Caller(SimpleNamespace):
    """Who listens; `again()` fails once the key is revoked."""

    principal, until, person, revoked = PRINCIPAL, None, None, False

    async def again(self) -> Principal:
        if self.revoked:
            raise InvalidToken
        return self.principal


class FakeNode(SimpleNamespace):
    """What a stream needs of a node."""

    @property
    def connections(self) -> int:
        return len(self.clients)


class Listening:
    """A stream without a server: what it sent, and a client that goes when told."""

    def __init__(self, hub: Hub, caller: Any) -> None:
        self.own = FakeNode(
            hub=hub, attendance=Attendance("one"), counts=Counter[str](), clients=set(),
            occupancy=Occupancy(), joins=Joins(),
        )  # fmt: skip
        self.client = StreamClient(self.own, caller, Permission(ROOM, None), Place(), False)  # type: ignore[arg-type]
        self.text, self.ended, self.gone = b"", False, asyncio.Event()
        self.task = asyncio.create_task(self.client.serve({}, self.receive, self.send))

    async def receive(self) -> dict[str, Any]:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: dict[str, Any]) -> None:
        self.text += message["body"]
        self.ended = not message.get("more_body")

    async def begun(self) -> None:
        async with asyncio.timeout(5):
            while b"event: state" not in self.text:
                await asyncio.sleep(0)

    @property
    def left_behind(self) -> tuple[int, int, int]:
        members = sum(map(len, self.own.hub.rooms.values()))
        return self.own.connections, int(not self.own.occupancy.is_empty), members


@pytest.fixture
async def hub() -> AsyncIterator[Hub]:
    feed = FakeFeed()
    hub = Hub(feed, FakeStore(feed).load)
    yield hub
    await hub.close()


async def test_heartbeats_come_while_nothing_is_told(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "HEARTBEAT_PERIOD", 0.01)
    listening = Listening(hub, Caller())
    await listening.begun()
    listening.text = b""
    await asyncio.sleep(0.2)
    assert listening.text.count(HEARTBEAT) >= 3
    assert not listening.text.strip(b":\n")
    listening.gone.set()
    await listening.task


async def test_nothing_is_left_of_who_goes_or_is_cut_off(hub: Hub) -> None:
    for goes in (True, False):
        listening = Listening(hub, Caller())
        await listening.begun()
        assert listening.left_behind == (1, 1, 1)
        if goes:
            listening.gone.set()
        else:
            listening.task.cancel()
        await asyncio.gather(listening.task, return_exceptions=True)
        assert (listening.left_behind, listening.ended) == ((0, 0, 0), False)


async def test_each_end_says_what_the_client_should_know(hub: Hub) -> None:
    past = time.time() - 1
    ends: list[tuple[Caller, Callable[[StreamClient], Awaitable[None]], bytes]] = [
        (Caller(until=past), lambda stream: stream.overdue(), b'"code":4101'),
        (Caller(until=past, person=Person("7", own=True)), lambda stream: stream.overdue(), b""),
        (Caller(), lambda stream: stream.close(1012), b""),
        (Caller(revoked=True), lambda stream: stream.reconsider(), b'"code":4101'),
    ]
    for caller, end, said in ends:
        listening = Listening(hub, caller)
        await listening.begun()
        assert listening.client.due == (math.inf if caller.until is None else past)
        await end(listening.client)
        await asyncio.wait_for(listening.task, 5)
        assert (listening.ended, listening.left_behind) == (True, (0, 0, 0))
        assert (b"event: error" in listening.text) is bool(said)
        assert said in listening.text


async def test_a_room_that_can_not_be_read_now_may_be_asked_for_again(hub: Hub) -> None:
    async def fail(key: Any) -> None:
        raise ConnectionError("no PostgreSQL")

    listening = Listening(Hub(FakeFeed(), fail), Caller())
    await asyncio.wait_for(listening.task, 5)
    assert b'"code":4000' in listening.text
    assert b'"retry":true' in listening.text
    assert listening.ended
