"""Are the frames of dialect 1 those of wire.md, section 1?"""

from typing import Any

import pytest

from realtime.protocol.commands import Ignored, PassOn, Subscribe, Unsubscribe
from realtime.protocol.dialects import dialects, of_frame
from realtime.protocol.errors import INVALID_JSON, CloseCode
from realtime.protocol.messages import NOTHING
from tests.protocol.passings import passing
from tests.protocol.states import NEXT_DUE, state

DIALECT = dialects()["citas"]
STATS = {"totalCitas": 10, "citasHoy": 3, "citasCompletadas": 8, "citasCanceladas": 2}
FRAME = (
    b'{"type":"stats","data":{"negocio_id":"123",'
    b'"totalCitas":10,"citasHoy":3,"citasCompletadas":8,"citasCanceladas":2,'
    b'"total_citas":10,"citas_hoy":3,"citas_completadas":8,"citas_canceladas":2,'
    b'"timestamp":1762770600},"timestamp":"2025-11-10T10:30:00.250Z"}'
)


@pytest.mark.parametrize(
    "marks", [{"full": True}, {"ticked": True, "next_due": NEXT_DUE}, {"causes": ("x",)}, {"changed": ()}]
)
def test_stats_are_one_frame_with_both_spellings_and_both_times(marks: dict[str, Any]) -> None:
    """Unix seconds inside, RFC 3339 outside."""
    assert DIALECT.state(state({"stats": STATS, "por_estado": {"porEstado": []}}, **marks)).frames == (FRAME,)


def test_nothing_is_left_for_later() -> None:
    assert DIALECT.state(state({"stats": STATS})).later == frozenset()


def test_a_state_without_the_four_figures_is_no_frame() -> None:
    assert DIALECT.state(state({"por_hora": {"porHora": []}})) == NOTHING


@pytest.mark.parametrize(
    "document",
    [
        {"type": "subscribe", "data": {"channel": "estadisticas:123"}},
        {"type": "subscribe", "channel": "estadisticas:123"},
    ],
)
def test_a_subscription_names_a_negocio_by_its_channel(document: dict[str, Any]) -> None:
    assert of_frame(document) is DIALECT
    assert DIALECT.read(document) == Subscribe("stats", "123")
    assert DIALECT.read(document | {"type": "unsubscribe"}) == Unsubscribe("stats", "123")


def test_a_negocio_may_be_called_anything() -> None:
    code = "550e8400-e29b-41d4-a716-446655440000"
    assert DIALECT.read({"type": "subscribe", "channel": f"estadisticas:{code}"}) == Subscribe("stats", code)


@pytest.mark.parametrize("channel", ["", "estadisticas:", "otra:123", "123", None, 7, [], {"a": 1}])
def test_a_channel_that_is_none_is_ignored(channel: Any) -> None:
    assert DIALECT.read({"type": "subscribe", "data": {"channel": channel}}) == Ignored()
    assert DIALECT.read({"type": "subscribe", "channel": channel}) == Ignored()


@pytest.mark.parametrize("type", ["nueva_cita", "avance_fila", "cerrar_fila", "usuario_en_fila"])
def test_queue_events_are_passed_on_as_they_are(type: str) -> None:
    document = {"type": type, "data": {"posición": 3}, "negocioId": "123"}
    assert DIALECT.read(document) == PassOn("stats", "123", type, document)
    assert DIALECT.passing(passing("123/stats", type, document)) == (
        f'{{"type":"{type}","data":{{"posición":3}},"negocioId":"123"}}'.encode()
    )


@pytest.mark.parametrize(
    ("fields", "negocio"),
    [
        ({"negocioId": 123}, "123"),
        ({"channel": "estadisticas:123"}, "123"),
        ({"data": {"channel": "estadisticas:123"}}, "123"),
        ({"negocioId": None, "channel": "estadisticas:123"}, "123"),
        ({"negocioId": [1]}, None),
        ({}, None),
    ],
)
def test_a_queue_event_says_its_negocio_in_several_ways(fields: dict[str, Any], negocio: str | None) -> None:
    command = DIALECT.read({"type": "nueva_cita", **fields})
    assert isinstance(command, PassOn)
    assert command.negocio == negocio


def test_what_other_systems_tell_each_other_is_not_passed_on() -> None:
    assert DIALECT.passing(passing("123/stats", "broadcast", {"type": "broadcast"})) is None


@pytest.mark.parametrize("type", ["ping", "stats", "", None, 7, [], {}])
def test_everything_else_is_ignored(type: Any) -> None:
    assert DIALECT.read({"type": type, "data": {}}) == Ignored()


def test_no_answer_and_no_error_is_ever_sent() -> None:
    assert DIALECT.failure(INVALID_JSON) is None
    assert DIALECT.answer("subscribed", 1, {}) is None


def test_tokens_are_refused_with_4401_and_do_not_end_a_socket() -> None:
    assert (DIALECT.unauthorized, DIALECT.closes_on_expiry) == (CloseCode.UNAUTHORIZED, False)
    assert not DIALECT.authenticates_in_band
