"""Where may a token stand, and which place wins?"""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.authentication.credentials import Credentials, bearer_token, credentials_of, host_name


def scope(query: str = "", subprotocols: list[str] | None = None, **headers: str) -> dict[str, Any]:
    return {
        "headers": [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in headers.items()],
        "query_string": query.encode(),
        "subprotocols": subprotocols or [],
        "client": ("192.0.2.7", 50000),
    }


def test_a_header_wins_over_the_query_and_that_over_the_subprotocol() -> None:
    everything = scope("token=query", ["jwt.sub"], authorization="Bearer header")
    assert credentials_of(everything).token == "header"
    assert credentials_of(scope("token=query", ["jwt.sub"])).token == "query"
    assert credentials_of(scope("", ["pulso.v1", "jwt.sub"])).token == "sub"
    assert credentials_of(scope("x=1", ["pulso.v1"])).token is None


@pytest.mark.parametrize(
    ("where", "token"),
    [
        (scope("token="), ""),
        (scope("token"), ""),
        (scope("token=&token=second"), ""),
        (scope("a=b&token=e.y.j&c=d"), "e.y.j"),
        (scope("token=a%2Eb"), "a.b"),
        (scope("user_id=7&token=t"), "t"),
        (scope("", ["jwt."]), ""),
        (scope(authorization="Bearer "), ""),
        (scope(authorization="bearer t"), "t"),
        (scope(authorization="BEARER  t "), "t"),
        (scope("token=query", authorization="Basic dTpw"), "query"),
        (scope("token=query", authorization="Bearish t"), "query"),
        (scope("token=%FF%FE"), "\ufffd\ufffd"),
    ],
)
def test_an_empty_token_is_a_token_and_another_scheme_is_none(where: dict[str, Any], token: str) -> None:
    assert credentials_of(where).token == token


@pytest.mark.parametrize(
    ("header", "token"),
    [
        (None, None), ("", None), ("Basic x", None), ("Bearer", ""), ("Bearer x", "x"), ("bearer\tx", "x"),
        ("Bearerx", None), ("Bearer-Like x", None),
    ],
)  # fmt: skip
def test_only_the_bearer_scheme_brings_a_token(header: str | None, token: str | None) -> None:
    assert bearer_token(header) == token


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("Panaderia.Example", "panaderia.example"), ("a.example:8080", "a.example"), ("[::1]:8080", "::1"),
        ("[::1]", "::1"), ("127.0.0.1", "127.0.0.1"), ("", ""), ("a:b", "a:b"),
    ],
)  # fmt: skip
def test_a_host_has_no_port_and_no_capitals(host: str, name: str) -> None:
    assert host_name(host) == name


def test_what_else_says_who_is_asking() -> None:
    found = credentials_of(
        scope(host="A.example:80", origin="https://a.example", user_id=" 7 ", user_agent="Mozilla/5.0")
    )
    assert found == Credentials(None, "7", "a.example", "https://a.example", "192.0.2.7", "Mozilla/5.0")


def test_a_bare_scope_has_no_credentials() -> None:
    assert credentials_of({}) == Credentials(None)
    assert credentials_of({"client": None}) == Credentials(None)


@given(st.binary(), st.lists(st.tuples(st.binary(), st.binary())), st.lists(st.text()))
def test_no_request_is_too_odd(query: bytes, headers: list[tuple[bytes, bytes]], subprotocols: list[str]) -> None:
    found = credentials_of({"query_string": query, "headers": headers, "subprotocols": subprotocols})
    assert found.token is None or isinstance(found.token, str)
