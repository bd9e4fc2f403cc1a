"""Are numbered events sent in one go, and does one that can't be told hold up the others?"""

import datetime as dt
import json
from collections.abc import Sequence
from typing import Any

import pytest

from realtime import sequencer
from realtime.protocol.json import loads
from realtime.sequencer import Sequencer

AT = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
Sent = Sequence[tuple[str, dict[str, Any]]]


class Line:
    """A database that has numbered these events, by number and data."""

    def __init__(self, *events: tuple[int, Any]) -> None:
        self.batches: list[list[Any]] = [[self._row(*event) for event in events], []]

    async def ask(self, statement: str, parameters: Any) -> Any:
        return self.batches.pop(0)

    def _row(self, seq: int, data: Any) -> Any:
        return seq, 1, "events", seq, "told", "", json.dumps(data), AT, None


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sequencer, "POLL", 0.01)


async def round(line: Any, send_all: Any) -> None:
    duty, *_ = Sequencer(send_all, line).duties()
    await duty.work()


async def test_an_event_that_no_message_can_hold_is_passed_over() -> None:
    deep: Any = {}
    for _ in range(400):
        deep = {"a": deep}
    told: list[int] = []

    async def send_all(messages: Sent) -> None:
        told.extend(event["seq"] for _, message in messages for event in loads(message["events"]))

    await round(Line((3, {}), (1, {}), (2, deep)), send_all)
    assert told == [1, 3], "in the order of their ids"


async def test_events_of_a_room_go_together_up_to_a_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sequencer, "MOST_BYTES", 250)
    pieces: list[list[int]] = []

    async def send_all(messages: Sent) -> None:
        pieces.extend([event["seq"] for event in loads(message["events"])] for _, message in messages)

    await round(Line((1, {}), (2, {}), (3, {"text": "x" * 300}), (4, {}), (5, {})), send_all)
    assert pieces == [[1, 2], [3], [4, 5]]


async def test_what_cannot_be_sent_waits_in_the_journal() -> None:
    tries = 0

    async def send_all(messages: Sent) -> None:
        nonlocal tries
        tries += 1
        raise TimeoutError

    await round(Line((1, {}), (2, {})), send_all)
    assert tries == 1


async def test_nothing_is_sent_where_nothing_was_told() -> None:
    async def send_all(messages: Sent) -> None:
        raise AssertionError(messages)

    await round(Line(), send_all)
