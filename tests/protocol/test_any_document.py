"""Does every dialect take every document, and say what it says as JSON?"""

import json
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.protocol.commands import Command, Ignored, Malformed, Subscribe
from realtime.protocol.dialects import Dialect, dialects, of_frame, of_kind
from realtime.protocol.errors import CloseCode
from realtime.protocol.json import DecodeError, dumps, loads
from realtime.protocol.listeners import Listener
from tests.protocol.states import NEXT_DUE, state

COMMANDS = get_args(Command)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
ANYTHING = st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)
# The names that some dialect looks at, so that the search gets behind the first question.
KEYS = st.sampled_from([
    "v", "id", "type", "action", "data", "channel", "negocioId", "token", "topic", "negocio", "since", "epoch",
    "payload", "room", "filters",
])  # fmt: skip
WORDS = st.sampled_from([
    "subscribe", "unsubscribe", "auth", "ping", "nueva_cita", "join", "system_message", "estadisticas:1", "stats",
    "get_dashboard", 1,
])  # fmt: skip
VALUES = WORDS | ANYTHING | st.dictionaries(KEYS, WORDS | ANYTHING)
# As they come off the wire: huge numbers have become floats there.
DOCUMENTS = st.dictionaries(KEYS | st.text(), VALUES, max_size=8).map(json.dumps).map(loads)
FIGURES = ANYTHING.map(json.dumps).map(loads)
EVERY = pytest.mark.parametrize("dialect", dialects().values(), ids=lambda dialect: dialect.name)


@given(DOCUMENTS)
def test_any_document_is_a_command_in_any_dialect(document: dict[str, Any]) -> None:
    for dialect in dialects().values():
        assert isinstance(dialect.recognises(document), bool)
        command = dialect.heard(document).read(document)
        assert isinstance(command, COMMANDS)
        if isinstance(command, Malformed):
            answer = dialect.failure(command.failure, command.detail, command.id)
            assert answer is None or loads(answer)
    of_frame(document)


@given(DOCUMENTS)
def test_what_a_command_names_is_text(document: dict[str, Any]) -> None:
    for dialect in dialects().values():
        command = dialect.read(document)
        if isinstance(command, Subscribe):
            assert isinstance(command.topic, str)
            assert command.negocio is None or isinstance(command.negocio, str)


@given(FIGURES, FIGURES)
def test_any_figure_is_rendered_as_json(one: Any, other: Any) -> None:
    for dialect in dialects().values():
        for marks in ({"full": True}, {"ticked": True, "next_due": NEXT_DUE}, {"causes": ("X",)}):
            for text in dialect.state(state({"some": one, "other": other}, **marks)).frames:
                assert isinstance(loads(text), dict)


@EVERY
def test_each_dialect_keeps_the_contract(dialect: Dialect) -> None:
    assert dialects()[dialect.name] is dialect
    assert dialect.kind is None or of_kind(dialect.kind) is dialect
    assert isinstance(dialect.unauthorized, CloseCode)
    assert isinstance(dialect.own_topics(Listener()), tuple)
    assert dialect.gives_unasked or not dialect.own_topics(Listener())
    assert hash(dialect) == hash(dialect), "the hub keeps its rooms by renderer"
    assert not dialect.recognises({})
    assert isinstance(dialect.read({}), Ignored | Malformed)


def test_the_dialects_are_found_by_their_files() -> None:
    assert {"citas", "repairs", "native"} <= dialects().keys()
    assert of_kind("there is none") is None


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('{"type":"subscribe","data":{"channel":"estadisticas:1"}}', "citas"),
        ('{"type":"subscribe","channel":"estadisticas:1"}', "citas"),
        ('{"v":1,"type":"subscribe","topic":"stats","channel":"x"}', "native"),
        ('{"v":2}', "native"),
    ],
)
def test_the_first_recognised_frame_decides(text: str, name: str) -> None:
    dialect = of_frame(json.loads(text))
    assert dialect is not None
    assert dialect.name == name


@pytest.mark.parametrize(
    "text", ["", "{", "nul", "NaN", '{"a":1}{"b":2}', '"\\ud800"', "[" * 2000 + "]" * 2000, "\x00", '{"a":01}']
)
def test_what_is_no_json_is_not_read(text: str) -> None:
    with pytest.raises(DecodeError):
        loads(text)


def test_what_is_no_json_is_not_written() -> None:
    with pytest.raises(TypeError):
        dumps({1, 2})
