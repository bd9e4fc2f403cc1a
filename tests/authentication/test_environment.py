"""Is every environment variable read strictly, and named where its value can't be read?"""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis import ConnectionPool

from realtime.environment import BadVariable, Environment, database, redis_url

Reader = Callable[[Environment], Any]


def env(**variables: str) -> Environment:
    return Environment(variables)


@pytest.mark.parametrize(
    ("value", "read", "result"),
    [
        (" x ", lambda e: e.text("X"), "x"),
        ("", lambda e: e.text("X", "default"), "default"),
        ("true", lambda e: e.flag("X"), True),
        ("SÍ", lambda e: e.flag("X"), True),
        ("on", lambda e: e.flag("X"), True),
        ("0", lambda e: e.flag("X", True), False),
        ("", lambda e: e.flag("X", True), False),
        ("12", lambda e: e.whole("X", 1), 12),
        ("", lambda e: e.whole("X", 1), 1),
        ("8080", lambda e: e.port("X", 1), 8080),
        ("54s", lambda e: e.seconds("X", 1), 54.0),
        ("1m", lambda e: e.seconds("X", 1), 60.0),
        ("250ms", lambda e: e.seconds("X", 1), 0.25),
        ("2h", lambda e: e.seconds("X", 1), 7200.0),
        ("7", lambda e: e.seconds("X", 1), 7.0),
        ("1.5s", lambda e: e.seconds("X", 1), 1.5),
        ("0", lambda e: e.seconds("X", 1, zero=True), 0.0),
        ("a, b,,c ", lambda e: e.words("X"), ["a", "b", "c"]),
        ("", lambda e: e.words("X", "d"), ["d"]),
        ("WARN", lambda e: e.choice("X", "info", "info", "warn"), "warn"),
        ("parking:A, tourism:b-1", lambda e: e.pairs("X"), {"parking": "A", "tourism": "b-1"}),
        ("parking:a:b", lambda e: e.pairs("X"), {"parking": "a:b"}),
    ],
)
def test_values_are_read(value: str, read: Reader, result: Any) -> None:
    assert read(env(X=value)) == result


def test_what_is_not_there_has_its_default() -> None:
    nothing = env()
    assert (nothing.text("X"), nothing.flag("X", True), nothing.whole("X", 3)) == ("", True, 3)
    assert (nothing.seconds("X", 5), nothing.words("X"), nothing.pairs("X")) == (5, [], {})


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("maybe", lambda e: e.flag("X")),
        ("2", lambda e: e.flag("X")),
        ("x", lambda e: e.whole("X", 1)),
        ("-1", lambda e: e.whole("X", 1)),
        ("1.5", lambda e: e.whole("X", 1)),
        ("٣", lambda e: e.whole("X", 1)),
        ("0", lambda e: e.whole("X", 5, least=1)),
        ("9" * 5000, lambda e: e.whole("X", 1)),
        ("65536", lambda e: e.port("X", 1)),
        ("http", lambda e: e.port("X", 1)),
        ("54 s", lambda e: e.seconds("X", 1)),
        ("0", lambda e: e.seconds("X", 1)),
        ("0ms", lambda e: e.seconds("X", 1)),
        ("-5", lambda e: e.seconds("X", 1)),
        ("5d", lambda e: e.seconds("X", 1)),
        ("1e9", lambda e: e.seconds("X", 1)),
        ("٣", lambda e: e.seconds("X", 1)),
        ("loud", lambda e: e.choice("X", "info", "info", "warn")),
        ("parking", lambda e: e.pairs("X")),
        (":A", lambda e: e.pairs("X")),
        ("parking:", lambda e: e.pairs("X")),
    ],
)
def test_a_value_that_cannot_be_read_is_named_with_its_variable(value: str, read: Reader) -> None:
    with pytest.raises(BadVariable) as caught:
        read(env(X=value))
    assert (caught.value.name, caught.value.value) == ("X", value)
    assert "X=" in str(caught.value)
    assert value[:100] in str(caught.value)


READERS = [
    lambda e: e.text("X"), lambda e: e.flag("X"), lambda e: e.whole("X", 1), lambda e: e.port("X", 1),
    lambda e: e.seconds("X", 1), lambda e: e.words("X"), lambda e: e.choice("X", "a", "a"), lambda e: e.pairs("X"),
]  # fmt: skip


def named(read: Reader, **variables: str) -> str | None:
    """The variable that can't be read."""
    try:
        read(env(**variables))
    except BadVariable as error:
        return error.name
    return None


@given(st.text(alphabet=st.characters(exclude_characters="\0")))
def test_any_value_is_read_or_named(value: str) -> None:
    for read in READERS:
        assert named(read, X=value) in (None, "X")
    for name, parse in (("DATABASE_URL", database), ("REDIS_URL", redis_url)):
        for text in (value, f"postgres://{value}", f"redis://{value}"):
            assert named(parse, **{name: text}) in (None, name)


def test_database_url_wins_and_is_taken_apart() -> None:
    url = "postgresql://ana:p%40ss%2Fw%C3%B3rd@db.example:5433/shop?sslmode=require"
    assert database(env(DATABASE_URL=url, DB_HOST="other")) == {
        "HOST": "db.example", "PORT": "5433", "USER": "ana", "PASSWORD": "p@ss/wórd", "NAME": "shop",
        "SSLMODE": "require",
    }  # fmt: skip


def test_database_variables_of_old_deployments() -> None:
    assert database(env()) is None
    assert database(env(DB_NAME="x", DB_USER="y")) is None
    assert database(env(DB_HOST="db")) == {
        "HOST": "db", "PORT": "5432", "USER": "postgres", "PASSWORD": "", "NAME": "pulso", "SSLMODE": "",
    }  # fmt: skip
    old = {"DB_HOST": "db", "DB_PORT": "5433", "DB_USER": "u", "DB_PASSWORD": "p/@%", "DB_NAME": "n"}
    assert database(env(**old, DB_SSL_MODE="disable")) == {
        "HOST": "db", "PORT": "5433", "USER": "u", "PASSWORD": "p/@%", "NAME": "n", "SSLMODE": "disable",
    }  # fmt: skip


@pytest.mark.parametrize("url", ["mysql://u:geheim@h/d", "nonsense", "postgres://u:geheim@h:port/d", "postgres://[::1"])
def test_a_bad_database_url_is_named_but_its_password_is_not(url: str) -> None:
    with pytest.raises(BadVariable, match="DATABASE_URL") as caught:
        database(env(DATABASE_URL=url))
    assert "geheim" not in str(caught.value)


def test_redis_url_wins_over_the_address_of_old_deployments() -> None:
    assert redis_url(env()) is None
    assert redis_url(env(REDIS_URL="rediss://r/1", REDIS_ADDR="other:1")) == "rediss://r/1"
    assert redis_url(env(REDIS_ADDR="redis:6379")) == "redis://redis:6379/0"


@pytest.mark.parametrize("password", ["secret", "p@ss", "a/b", "a#b?c", "100%", "ñ:ü", " "])
def test_any_password_of_redis_arrives(password: str) -> None:
    url = redis_url(env(REDIS_ADDR="redis:6379", REDIS_PASSWORD=password))
    assert url is not None
    parsed = ConnectionPool.from_url(url).connection_kwargs
    assert (parsed.get("password", ""), parsed["host"], parsed["port"]) == (password.strip(), "redis", 6379)


@pytest.mark.parametrize("url", ["http://:geheim@r", "r:6379", "redis://[::1"])
def test_a_bad_redis_url_is_named_but_its_password_is_not(url: str) -> None:
    with pytest.raises(BadVariable, match="REDIS_URL") as caught:
        redis_url(env(REDIS_URL=url))
    assert "geheim" not in str(caught.value)
