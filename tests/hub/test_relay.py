"""Does the relay hand over what it should, and outlive what it can't?"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
import pytest_asyncio

from realtime.hub import relay as relay_module
from realtime.hub.relay import Relay
from tests.hub.fakes import KEY, turn


class FakeLayer:
    """One queue; an exception in it is raised by receive()."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[Mapping[str, Any] | Exception] = asyncio.Queue()
        self.groups: set[str] = set()
        self.error: Exception | None = None

    async def new_channel(self, prefix: str = "specific.") -> str:
        return prefix + "channel"

    async def receive(self, channel: str) -> Mapping[str, Any]:
        message = await self.queue.get()
        if isinstance(message, Exception):
            raise message
        return message

    async def group_add(self, group: str, channel: str) -> None:
        if self.error is not None:
            raise self.error
        self.groups.add(group)

    async def group_discard(self, group: str, channel: str) -> None:
        self.groups.discard(group)


class Heard:
    """A started relay, and what its receivers got."""

    def __init__(self) -> None:
        self.layer = FakeLayer()
        self.got: list[Any] = []
        self.relay = Relay(self.layer, {"good": self.got.append, "bad": self._fail})

    async def say(self, *messages: Mapping[str, Any] | Exception) -> None:
        for message in messages:
            self.layer.queue.put_nowait(message)
        await turn()

    def _fail(self, message: Mapping[str, Any]) -> None:
        raise ValueError(message)


@pytest_asyncio.fixture
async def heard() -> AsyncIterator[Heard]:
    heard = Heard()
    await heard.relay.start("processes")
    yield heard
    await heard.relay.stop()


async def test_messages_go_to_the_receiver_of_their_type(heard: Heard) -> None:
    await heard.say({"type": "good", "n": 1}, {"type": "good", "n": 2})
    assert [message["n"] for message in heard.got] == [1, 2]


@pytest.mark.parametrize("message", [{"type": "of.a.newer.version"}, {}, {"type": None}, {"type": 7}, {"n": 1}])
async def test_unknown_messages_are_ignored_and_counted(heard: Heard, message: dict[str, Any]) -> None:
    await heard.say(message, {"type": "good"})
    assert (heard.relay.ignored, len(heard.got)) == (1, 1)


async def test_a_receiver_that_raises_does_not_end_the_relay(heard: Heard, caplog: Any) -> None:
    await heard.say({"type": "bad"}, {"type": "good"})
    assert len(heard.got) == 1
    assert "a bad message of the channel layer could not be delivered" in caplog.text


async def test_a_layer_that_fails_is_read_again(heard: Heard, monkeypatch: pytest.MonkeyPatch, caplog: Any) -> None:
    monkeypatch.setattr(relay_module, "RESTART_DELAY", 0.001)
    await heard.say(OSError("away"), {"type": "good"})
    async with asyncio.timeout(5):
        while not heard.got:
            await asyncio.sleep(0.01)
    assert "can't be read: away" in caplog.text


async def test_rooms_are_known_by_their_group_while_subscribed(heard: Heard) -> None:
    await heard.relay.subscribe(KEY)
    assert heard.relay.key_of(KEY.group) == KEY
    assert heard.layer.groups == {"processes", KEY.group}
    await heard.relay.unsubscribe(KEY)
    assert heard.relay.key_of(KEY.group) is None
    assert heard.layer.groups == {"processes"}


async def test_a_subscription_that_fails_is_not_known(heard: Heard) -> None:
    heard.layer.error = OSError("away")
    with pytest.raises(OSError, match="away"):
        await heard.relay.subscribe(KEY)
    assert heard.relay.key_of(KEY.group) is None


async def test_the_processes_own_groups_are_no_rooms(heard: Heard) -> None:
    assert heard.relay.key_of("processes") is None
    assert heard.relay.key_of("never heard of") is None
