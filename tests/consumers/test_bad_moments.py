"""What becomes of a connection when frames come behind its close, while the database is away, or at its last moment?"""

import json
import time
from collections import Counter
from types import SimpleNamespace
from typing import Any

import pytest

from realtime.authentication.credentials import Credentials
from realtime.authentication.errors import InvalidToken
from realtime.authentication.principal import NOBODY, Principal
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


@pytest.mark.parametrize(
    ("principal", "known_in", "ends"),
    [
        (Principal("7", {}, expires_at=time.time() + 3600), -1, []),  # authenticated as its time was over
        (Principal("7", {}, expires_at=time.time() - 1), -1, [4101]),
        (NOBODY, -1, [4401]),
        (NOBODY, 60, []),
    ],
)
async def test_who_is_judged_overdue_is_looked_at_again(principal: Principal, known_in: float, ends: list[int]) -> None:
    connection = Connection()
    connection.consumer.principal, connection.consumer._unknown_until = principal, time.time() + known_in
    await connection.consumer.overdue()
    assert [message["code"] for message in connection.sent] == ends
