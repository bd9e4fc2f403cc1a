"""What becomes of a connection when frames come behind its close, or while the database is away?"""

import json
from collections import Counter
from types import SimpleNamespace
from typing import Any

import pytest

from realtime.authentication.credentials import Credentials
from realtime.authentication.errors import InvalidToken
from realtime.consumers import obeying
from realtime.consumers.client import ClientConsumer
from realtime.hub.frames import Frame
from realtime.hub.outlet import Outcome
from realtime.protocol.dialects import dialects


class Paper:
    """An outlet that keeps what is written."""

    on_drain = None

    def __init__(self) -> None:
        self.written: list[Any] = []

    def insist(self, *frames: Frame) -> Outcome:
        self.written += [json.loads(frame.payload) for frame in frames]
        return Outcome.SENT

    async def flush(self) -> None:
        pass

    def closed(self) -> None:
        pass


class Connection:
    """A consumer that speaks native, in front of a server that notes what it is sent."""

    def __init__(self) -> None:
        self.sent: list[Any] = []
        self.outlet = Paper()
        consumer: Any = ClientConsumer()
        consumer.outlet, consumer.base_send = self.outlet, self._send
        consumer._node, consumer.credentials = SimpleNamespace(counts=Counter()), Credentials(None)
        consumer._speak(dialects()["native"])
        self.consumer = consumer

    async def _send(self, message: Any) -> None:
        self.sent.append(message)

    async def says(self, **fields: Any) -> None:
        await self.consumer.received({"type": "websocket.receive", "text": json.dumps({"v": 1, **fields})})


async def test_frames_behind_the_close_are_not_read_and_it_is_sent_once(monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(*_: Any) -> None:
        raise InvalidToken

    monkeypatch.setattr(obeying, "principal_of_token", refuse)
    connection = Connection()
    for _ in range(3):
        await connection.says(type="auth", token="bad")
    await connection.says(type="ping", id=1)
    assert connection.sent == [{"type": "websocket.close", "code": 4101}]
    assert connection.outlet.written == []


async def test_a_frame_that_meets_an_absent_database_is_answered_and_the_connection_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def fail(*_: Any) -> None:
        raise RuntimeError("the server closed the connection unexpectedly")

    monkeypatch.setattr(obeying, "principal_of_token", fail)
    connection = Connection()
    await connection.says(type="auth", token="good", id="a")
    await connection.says(type="ping", id="b")
    error, pong = connection.outlet.written
    assert (error["type"], error["id"], error["retry"]) == ("error", "a", True)
    assert (pong["type"], pong["id"]) == ("pong", "b")
    assert connection.sent == []
