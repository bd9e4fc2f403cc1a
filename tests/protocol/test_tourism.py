"""Are the tourism frames those of wire.md, 3?"""

import json

import pytest

from realtime.protocol.commands import Authenticate, Ignored
from realtime.protocol.dialects import dialects, of_frame
from realtime.protocol.messages import Event

DIALECT = dialects()["tourism"]


def test_a_notification_is_type_message_data_and_timestamp() -> None:
    event = Event(
        "agencia/events", "events", 9, "reserva_creada", "Nueva reserva", {"reservaId": 5}, "2026-01-02T03:04:05.000Z"
    )
    frame = DIALECT.event(event)
    assert frame is not None
    assert json.loads(frame) == {
        "type": "reserva_creada",
        "message": "Nueva reserva",
        "data": {"reservaId": 5},
        "timestamp": "2026-01-02T03:04:05.000Z",
    }


def test_data_are_an_object_whatever_was_stored() -> None:
    frame = DIALECT.event(Event("a/events", "events", 1, "test", "hola", None, "2026-01-02T03:04:05.000Z"))
    assert frame is not None
    assert json.loads(frame)["data"] == {}


def test_a_system_message_with_a_token_authenticates() -> None:
    frame = {"type": "system_message", "data": {"action": "auth", "user_id": 7, "token": "abc"}, "timestamp": "x"}
    assert of_frame(frame) is DIALECT
    assert DIALECT.read(frame) == Authenticate("abc")


@pytest.mark.parametrize("token", [None, 7, ["x"], {}])
def test_a_token_that_is_no_text_is_a_bad_token(token: object) -> None:
    assert DIALECT.read({"type": "system_message", "data": {"action": "auth", "token": token}}) == Authenticate("")


@pytest.mark.parametrize(
    "frame", [{}, {"type": "ping"}, {"type": "system_message"}, {"type": "system_message", "data": []}]
)
def test_whatever_else_it_sends_is_ignored(frame: dict[str, object]) -> None:
    assert DIALECT.read(frame) == Ignored()
    assert not DIALECT.recognises(frame)
