"""Which frames of clients are never passed on?"""

from typing import Any

import pytest

from realtime.passing import carries_token
from realtime.protocol.json import loads


@pytest.mark.parametrize(
    "document",
    [{"token": "x"}, {"data": {"accessToken": 1}}, {"data": [1, [{"a": {"TOKEN": None}}]]}, [{"b": [], "my_token": 0}]],
)
def test_a_token_is_found_wherever_it_stands(document: Any) -> None:
    assert carries_token(document)


@pytest.mark.parametrize("document", [{}, {"data": "a token"}, [[], 1, None], {"data": {"turno": [{"a": 1}]}}])
def test_what_has_none_carries_none(document: Any) -> None:
    assert not carries_token(document)


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_a_frame_as_deep_as_can_be_is_looked_through(opening: str, closing: str) -> None:
    deep = '{"data":' + opening * 1_000 + '{"token":1}' + closing * 1_000 + "}"
    assert carries_token(loads(deep))
