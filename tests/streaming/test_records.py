"""Are native frames written as server-sent events, and do their ids say where a client resumes?"""

import pytest

from realtime.places import BadParameter, Place, place_of_id, place_of_query
from realtime.protocol import errors
from realtime.protocol.event_stream import failed, stream_of, subscribed
from realtime.protocol.messages import Event, State

EVENT = Event("a/events", "events", 7, "test", "", {"text": "two\nlines"}, "2026-01-01T00:00:00.000Z")
STATE = State("a", "a/stats", {"total": 1}, {"total"}, 5, "2026-01-01T00:00:00.000Z", full=True)


def test_an_event_is_one_record_with_its_place() -> None:
    assert stream_of("e-1").event(EVENT) == (
        b'id: e-1:7\nevent: event\ndata: {"v":1,"type":"test","room":"a/events","seq":7,'
        b'"data":{"text":"two\\nlines"},"ts":"2026-01-01T00:00:00.000Z"}\n\n'
    )
    assert place_of_id("e-1:7") == Place(7, "e-1")


def test_state_has_no_place() -> None:
    (record,) = stream_of("e").state(STATE).frames
    assert isinstance(record, bytes)
    assert record.startswith(b'event: state\ndata: {"v":1,"type":"state","room":"a/stats","full":true,')


def test_the_first_record_says_when_to_come_back() -> None:
    first = subscribed({"room": "a/events", "seq": 3}, "e:3", 1500)
    assert first == (
        b'retry: 1500\nid: e:3\nevent: subscribed\ndata: {"v":1,"type":"subscribed","room":"a/events","seq":3}\n\n'
    )


def test_an_end_says_why() -> None:
    assert failed(errors.FORBIDDEN).startswith(b'event: error\ndata: {"v":1,"type":"error","code":4103,')


@pytest.mark.parametrize("text", ["", "7", ":7", "e:", "e:-1", "e:x", "e:" + "9" * 19, "e:²"])
def test_an_id_that_is_not_ours_is_no_place(text: str) -> None:
    assert place_of_id(text) == Place()


def test_a_query_is_read_strictly() -> None:
    assert place_of_query({"token": "x"}) == Place()
    assert place_of_query({"since": "0", "epoch": "e"}) == Place(0, "e")
    with pytest.raises(BadParameter, match="since: 'x' is not a whole number of 0 or more"):
        place_of_query({"since": "x"})
