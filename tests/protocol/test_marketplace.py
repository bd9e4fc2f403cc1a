"""Does dialect 5 speak as wire.md has it: rooms by name, plain-text acknowledgements, events and the stats feed?"""

import json
from typing import Any

import pytest

from realtime.protocol import errors
from realtime.protocol.commands import Malformed, PassOn, Subscribe, Unsubscribe
from realtime.protocol.dialects import dialects, of_frame
from realtime.protocol.dialects.marketplace import DIALECT
from realtime.protocol.errors import Failure
from realtime.protocol.listeners import Listener
from realtime.protocol.messages import Event
from tests.protocol.passings import passing
from tests.protocol.states import state

AT = "2026-01-02T03:04:05.000Z"


def frame(type: object, **payload: Any) -> dict[str, Any]:
    return {"type": type, "payload": payload}


def told(topic: str, data: Any, type: str = "order_updated") -> Any:
    text = DIALECT.event(Event(f"tienda/{topic}", topic, 3, type, "", data, AT))
    return None if text is None else json.loads(text)


def error(failure: Failure, detail: str = "", id: Any = None) -> bytes:
    return DIALECT.failure(failure, detail, id)


def test_join_leave_and_broadcast_are_commands() -> None:
    assert DIALECT.read(frame("join", room="order-123")) == Subscribe("room:order-123", id="order-123")
    assert DIALECT.read(frame("leave", room="order-123")) == Unsubscribe("room:order-123", id="order-123")
    assert DIALECT.read(frame("broadcast", room="order-123", body={"a": 1}, more=2)) == PassOn(
        "room:order-123", None, "broadcast", {"room": "order-123", "body": {"a": 1}}, echo=True, members_only=True
    )


@pytest.mark.parametrize("type", ["join", "leave", "broadcast"])
def test_its_first_frames_tell_it_apart(type: str) -> None:
    assert of_frame(frame(type, room="x")) is dialects()["marketplace"]
    assert of_frame(frame(type)) is dialects()["marketplace"]
    assert of_frame({"type": type}) is None
    assert of_frame(frame(type, room="x") | {"v": 1}) is not dialects()["marketplace"]


@pytest.mark.parametrize("type", ["join", "leave", "broadcast"])
@pytest.mark.parametrize(
    "payload", [None, [], "x", {}, {"room": None}, {"room": ""}, {"room": 7}, {"room": ["a"]}, {"room": "a\0b"},
                {"room": "r" * 196}],
)  # fmt: skip
def test_a_room_that_is_no_name_is_said_to_be_missing(type: str, payload: Any) -> None:
    command = DIALECT.read({"type": type, "payload": payload})
    assert isinstance(command, Malformed)
    text = error(command.failure, command.detail, command.id)
    assert json.loads(text) == {"type": "error", "payload": {"error": f"missing or invalid room for {type}"}}


@pytest.mark.parametrize("type", [None, "", "subscribe", "JOIN", 7, [], {}])
def test_another_type_is_not_supported(type: object) -> None:
    command = DIALECT.read(frame(type, room="x"))
    assert command == Malformed(errors.UNKNOWN_TYPE)
    assert error(errors.UNKNOWN_TYPE) == b'{"type":"error","payload":{"error":"unsupported message type"}}'


@pytest.mark.parametrize(
    ("failure", "text"),
    [
        (errors.INVALID_JSON, "invalid json"),
        (errors.NOT_AN_OBJECT, "invalid json"),
        (errors.BINARY_FRAME, "invalid json"),
        (errors.FORBIDDEN, "not authorized"),
        (errors.NOT_AUTHENTICATED, "not authorized"),
        (errors.NEGOCIO_NEEDED, "not authorized"),
        (errors.TOO_MANY_ROOMS, "not authorized"),
        (errors.UNAVAILABLE, "server error"),
    ],
)
def test_errors_have_the_old_texts(failure: Failure, text: str) -> None:
    assert json.loads(error(failure, "{detail}", "id")) == {"type": "error", "payload": {"error": text}}


def test_acknowledgements_are_plain_text() -> None:
    assert DIALECT.answer("subscribed", "order-123", {"room": "tienda/room:order-123"}) == b"joined order-123"
    assert DIALECT.answer("unsubscribed", "order-123", {}) == b"left order-123"
    assert DIALECT.answer("authenticated", None, {}) is None
    assert DIALECT.answer("pong", None, {}) is None


def test_who_leaves_a_room_that_it_is_not_in_has_left_it() -> None:
    assert error(errors.NOT_SUBSCRIBED, "room:order-123", "order-123") == b"left order-123"


def test_a_broadcast_says_who_where_and_when() -> None:
    text = DIALECT.passing(passing("tienda/room:order-123", "broadcast", {"room": "x", "body": [1, None]}, "c0ffee"))
    assert text is not None
    assert json.loads(text) == {
        "from": "c0ffee", "room": "order-123", "ts": "2026-01-01T00:00:00.000Z", "body": [1, None],
    }  # fmt: skip


@pytest.mark.parametrize(("topic", "type"), [("agenda", "broadcast"), ("room:x", "nueva_cita")])
def test_what_others_say_otherwise_is_not_heard(topic: str, type: str) -> None:
    assert DIALECT.passing(passing(f"tienda/{topic}", type, {"body": 1})) is None


@pytest.mark.parametrize("data", [{"order_id": 5, "total_amount": 15.5}, [], None, "text", 0, [{"a": None}]])
def test_an_event_says_what_and_to_which_room_or_user(data: Any) -> None:
    assert told("room:order-123", data) == {"event": "order_updated", "data": data, "to": "order-123"}
    assert told("user:7", data) == {"event": "order_updated", "data": data, "to": "7"}
    assert told("events", data) is None


def test_the_feed_has_fields_of_its_own() -> None:
    metadata = {"order_id": 5, "status": "paid", "action": "created"}
    assert told("room:admins", {"metadata": metadata}, "ADMIN_STATS_UPDATED") == {
        "type": "ADMIN_STATS_UPDATED", "timestamp": AT, "metadata": metadata,
    }  # fmt: skip
    assert told("room:seller-7", {"seller_id": "7", "metadata": metadata}, "SELLER_STATS_UPDATED") == {
        "type": "SELLER_STATS_UPDATED", "seller_id": "7", "timestamp": AT, "metadata": metadata,
    }  # fmt: skip


def test_what_a_back_end_notifies_under_a_name_of_the_feed_is_an_event() -> None:
    assert told("room:admins", {"a": 1}, "ADMIN_STATS_UPDATED") == {
        "event": "ADMIN_STATS_UPDATED", "data": {"a": 1}, "to": "admins",
    }  # fmt: skip


def test_states_are_not_shown() -> None:
    assert DIALECT.state(state({"admin_stats": {}}, full=True)).frames == ()


@pytest.mark.parametrize(
    ("listener", "names"),
    [
        (Listener("7"), ["broadcast", "user-7"]),
        (Listener("7", "admin", admin=True), ["admins", "admin", "broadcast", "user-7"]),
        (Listener("7", "seller", seller="9"), ["sellers", "seller-9", "broadcast", "user-7"]),
        (Listener("7", "seller"), ["sellers", "broadcast", "user-7"]),
        (Listener("7", "client"), ["clients", "client-7", "broadcast", "user-7"]),
        (Listener("7", "cliente", client="3"), ["clients", "client-3", "client-7", "broadcast", "user-7"]),
        (Listener("7", "client", client="7"), ["clients", "client-7", "broadcast", "user-7"]),
        (Listener("7", "admin"), ["broadcast", "user-7"]),
        (Listener(), ["broadcast"]),
    ],
)
def test_each_role_is_in_its_rooms_unasked(listener: Listener, names: list[str]) -> None:
    assert DIALECT.own_topics(listener) == ("user", *(f"room:{name}" for name in names))
