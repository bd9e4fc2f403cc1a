"""Are the frames of pulso.v1 those of wire.md, section native?"""

import json
from typing import Any

import pytest

from realtime.protocol.commands import AskPresence, Authenticate, Malformed, Ping, Subscribe, Unsubscribe
from realtime.protocol.dialects import dialects, of_frame
from realtime.protocol.errors import (
    BAD_FIELD,
    BAD_VERSION,
    FORBIDDEN,
    INVALID_JSON,
    UNAVAILABLE,
    UNKNOWN_TYPE,
    CloseCode,
)
from realtime.protocol.messages import NOTHING
from tests.protocol.passings import passing
from tests.protocol.states import NEXT_DUE, state

DIALECT = dialects()["native"]
FIGURES = {"stats": {"totalCitas": 10}, "por_hora": {"porHora": []}}


def frame(type: str, **fields: Any) -> dict[str, Any]:
    return {"v": 1, "type": type, **fields}


@pytest.mark.parametrize(
    ("document", "command"),
    [
        (frame("auth", id=1, token="t"), Authenticate("t", 1)),
        (frame("subscribe", id=2, topic="stats"), Subscribe("stats", None, 2)),
        (
            frame("subscribe", id="x", negocio="123", topic="stats", since=0, epoch="e"),
            Subscribe("stats", "123", "x", 0, "e"),
        ),
        (frame("subscribe", topic="stats", negocio=None, since=None, epoch=None), Subscribe("stats")),
        (frame("unsubscribe", id=3, negocio="123", topic="stats"), Unsubscribe("stats", "123", 3)),
        (frame("presence", id=3, negocio="123", topic="stats"), AskPresence("stats", "123", 3)),
        (frame("ping", id=4), Ping(4)),
        (frame("ping"), Ping()),
    ],
)
def test_requests_are_read(document: dict[str, Any], command: object) -> None:
    assert of_frame(document) is DIALECT
    assert DIALECT.read(document) == command


@pytest.mark.parametrize("version", [2, 0, "1", None, True, [], 1.5])
def test_another_version_is_refused(version: Any) -> None:
    assert DIALECT.read({"v": version, "type": "ping", "id": 9}) == Malformed(BAD_VERSION, id=9)


@pytest.mark.parametrize("type", ["pang", "", None, 7, [], {}, "__class__"])
def test_an_unknown_type_is_refused_with_the_id(type: Any) -> None:
    assert DIALECT.read({"v": 1, "type": type, "id": "a"}) == Malformed(UNKNOWN_TYPE, id="a")


@pytest.mark.parametrize(
    ("document", "field"),
    [
        (frame("auth"), "token"),
        (frame("auth", token=""), "token"),
        (frame("auth", token=7), "token"),
        (frame("subscribe"), "topic"),
        (frame("subscribe", topic=["stats"]), "topic"),
        (frame("subscribe", topic="stats", negocio=7), "negocio"),
        (frame("subscribe", topic="stats", negocio=""), "negocio"),
        (frame("subscribe", topic="stats", since=-1), "since"),
        (frame("subscribe", topic="stats", since=1.5), "since"),
        (frame("subscribe", topic="stats", since=True), "since"),
        (frame("subscribe", topic="stats", since="1"), "since"),
        (frame("subscribe", topic="stats", epoch=1), "epoch"),
        (frame("unsubscribe", topic=None), "topic"),
    ],
)
def test_a_bad_field_is_named(document: dict[str, Any], field: str) -> None:
    command = DIALECT.read(document | {"id": 5})
    assert isinstance(command, Malformed)
    assert (command.failure, command.id) == (BAD_FIELD, 5)
    assert command.detail.startswith(f"{field} must be ")


@pytest.mark.parametrize("id", [True, 1.5, [], {}, "x" * 129])
def test_an_id_that_is_none_is_not_repeated(id: Any) -> None:
    command = DIALECT.read(frame("ping", id=id))
    assert isinstance(command, Malformed)
    assert (command.failure, command.id) == (BAD_FIELD, None)


def test_a_snapshot_is_full_with_all_figures() -> None:
    assert DIALECT.state(state(FIGURES, changed=(), full=True, next_due=NEXT_DUE)).frames == (
        b'{"v":1,"type":"state","room":"123/stats","full":true,'
        b'"data":{"stats":{"totalCitas":10},"por_hora":{"porHora":[]}},"version":7,'
        b'"as_of":"2025-11-10T10:30:00.250Z","next_due":"2025-11-10T10:30:05.250Z"}',
    )


def test_an_update_holds_the_metrics_that_changed_each_whole() -> None:
    assert DIALECT.state(state(FIGURES, changed=["por_hora"], causes=("REPAIR_ORDER_CREATED",))).frames == (
        b'{"v":1,"type":"state","room":"123/stats","full":false,"data":{"por_hora":{"porHora":[]}},"version":7,'
        b'"as_of":"2025-11-10T10:30:00.250Z","next_due":null}',
    )


def test_a_tick_that_changes_nothing_says_when_the_next_is_due() -> None:
    (text,) = DIALECT.state(state(FIGURES, changed=(), ticked=True, next_due=NEXT_DUE)).frames
    told = json.loads(text)
    assert (told["data"], told["next_due"]) == ({}, NEXT_DUE)


def test_a_change_that_changes_no_figure_is_not_told() -> None:
    assert DIALECT.state(state(FIGURES, changed=(), causes=("x",))) == NOTHING


def test_answers_repeat_the_id() -> None:
    fields = {"room": "123/stats", "seq": 0, "epoch": "e", "recovered": False}
    assert DIALECT.answer("subscribed", 0, fields) == (
        b'{"v":1,"type":"subscribed","id":0,"room":"123/stats","seq":0,"epoch":"e","recovered":false}'
    )
    assert DIALECT.answer("pong", None, {"now": "n"}) == b'{"v":1,"type":"pong","now":"n"}'


def test_errors_say_code_reason_and_whether_to_try_again() -> None:
    assert DIALECT.failure(INVALID_JSON) == (
        b'{"v":1,"type":"error","code":4400,"reason":"invalid json","retry":false}'
    )
    assert DIALECT.failure(FORBIDDEN, "stats", 5) == (
        b'{"v":1,"type":"error","id":5,"code":4103,"reason":"forbidden: stats","retry":false}'
    )
    assert DIALECT.failure(UNAVAILABLE) == (
        b'{"v":1,"type":"error","code":4000,"reason":"temporarily unavailable","retry":true}'
    )


def test_nothing_of_other_dialects_is_passed_on() -> None:
    assert DIALECT.passing(passing("123/stats", "nueva_cita", {})) is None


def test_tokens_are_taken_in_band_and_end_the_socket_with_4101() -> None:
    assert (DIALECT.unauthorized, DIALECT.authenticates_in_band, DIALECT.closes_on_expiry) == (
        CloseCode.TOKEN_EXPIRED, True, True,
    )  # fmt: skip
