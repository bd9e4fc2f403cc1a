"""Events that come in one turn of the loop are told in runs of a room, in their order, and none is held back."""

import logging
from collections.abc import Sequence
from typing import Any

import pytest

from realtime.hub.arrivals import Arrivals
from realtime.hub.rooms import RoomKey
from realtime.protocol.messages import Event
from tests.hub.fakes import KEY, Key, turn

OTHER = Key("n1.t.events", "123", "123/events")


def event(seq: int) -> Event:
    return Event("", "", seq, "test", "", {}, "2026-01-01T00:00:00Z")


class Told:
    """Keeps what is handed over; fails for a room as told."""

    def __init__(self) -> None:
        self.runs: list[tuple[RoomKey, list[int]]] = []
        self.fails: Any = None

    def __call__(self, key: RoomKey, events: Sequence[Event]) -> None:
        if key == self.fails:
            raise ValueError("a dialect's fault")
        self.runs.append((key, [event.seq for event in events]))


async def test_runs_of_one_room_go_together_and_rooms_keep_their_order() -> None:
    told = Told()
    arrivals = Arrivals(told)
    for key, seq in ((KEY, 1), (KEY, 2), (OTHER, 1), (KEY, 3)):
        arrivals.add(key, [event(seq)])
    assert told.runs == []
    await turn(1)
    assert told.runs == [(KEY, [1, 2]), (OTHER, [1]), (KEY, [3])]
    arrivals.add(OTHER, [event(2)])
    await turn(1)
    assert told.runs[3:] == [(OTHER, [2])]


async def test_a_room_that_cannot_be_told_keeps_nobody_else_from_it(caplog: pytest.LogCaptureFixture) -> None:
    told = Told()
    told.fails = KEY
    arrivals = Arrivals(told)
    arrivals.add(KEY, [event(1)])
    arrivals.add(OTHER, [event(1)])
    with caplog.at_level(logging.ERROR):
        await turn(1)
    assert told.runs == [(OTHER, [1])]
    assert "events of 123/stats could not be delivered" in caplog.text
