"""Does one event that can't be told hold up the others?"""

import datetime as dt
from typing import Any

import pytest

from notifications import journal
from notifications.journal import Numbered
from realtime import sequencer
from realtime.protocol.json import loads
from realtime.sequencer import Sequencer


def event(seq: int, data: Any) -> Numbered:
    return Numbered(seq, 1, "events", seq, "told", "", data, dt.datetime(2026, 1, 1, tzinfo=dt.UTC))


async def test_an_event_that_no_message_can_hold_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    deep: Any = {}
    for _ in range(400):
        deep = {"a": deep}
    batches = [[event(1, {}), event(2, deep), event(3, {})], []]
    monkeypatch.setattr(journal, "number", lambda: batches.pop(0))
    monkeypatch.setattr(sequencer, "POLL", 0.01)
    told: list[int] = []

    async def send(group: str, message: dict[str, Any]) -> None:
        told.append(loads(message["body"])["seq"])

    duty, *_ = Sequencer(send).duties()
    await duty.work()
    assert told == [1, 3]
