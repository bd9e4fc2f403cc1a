"""Is what verified before still verified anew where that matters?"""

import time

import pytest
from pytest_django import Settings

from realtime.authentication import keys
from realtime.authentication.errors import InvalidToken, UnknownKey
from realtime.authentication.keys import verify
from realtime.authentication.signed import MOST_BYTES, Signed, SignedTokens
from realtime.tenancy import Directory
from tests.authentication.tokens import NEGOCIO_SECRET, OTHER_SECRET, directory, of, signed

OURS = {NEGOCIO_SECRET: "bakery"}


def known(**keys: str) -> Directory:
    return directory(*of("bakery", "garage"), keys={secret: code for code, secret in keys.items()})


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tokens that were taken apart."""
    seen: list[str] = []
    whole = keys._signed

    def counting(token: str, directory: Directory) -> Signed:
        seen.append(token)
        return whole(token, directory)

    monkeypatch.setattr(keys, "_signed", counting)
    monkeypatch.setattr(keys, "_known", SignedTokens())
    return seen


def test_who_comes_back_is_known(counted: list[str]) -> None:
    token, ours = signed(NEGOCIO_SECRET), known(bakery=NEGOCIO_SECRET)
    first = verify(token, ours)
    assert verify(token, known(bakery=NEGOCIO_SECRET)) == first  # a directory that was read again
    assert (first.negocio, counted) == ("bakery", [token])


def test_a_key_that_was_taken_back_vouches_for_nobody(counted: list[str]) -> None:
    token = signed(NEGOCIO_SECRET)
    verify(token, known(bakery=NEGOCIO_SECRET))
    with pytest.raises(UnknownKey):
        verify(token, known(bakery=OTHER_SECRET))


def test_a_key_that_is_another_negocio_s_vouches_for_that(counted: list[str]) -> None:
    token = signed(NEGOCIO_SECRET)
    assert verify(token, known(bakery=NEGOCIO_SECRET)).negocio == "bakery"
    assert verify(token, known(garage=NEGOCIO_SECRET)).negocio == "garage"


def test_another_secret_of_the_platform(counted: list[str], settings: Settings) -> None:
    token, nobody = signed(), known()
    verify(token, nobody)
    settings.JWT_SECRET = "another secret of the platform, as long as they are"
    with pytest.raises(UnknownKey):
        verify(token, nobody)


def test_it_expires_all_the_same(counted: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    token, nobody = signed(exp=time.time() + 60), known()
    verify(token, nobody)
    monkeypatch.setattr(time, "time", lambda now=time.time: now() + 3600)
    with pytest.raises(InvalidToken):
        verify(token, nobody)


def test_of_what_doesn_t_verify_nothing_is_kept(counted: list[str]) -> None:
    token, nobody = signed(OTHER_SECRET), known()
    for _ in range(2):
        with pytest.raises(UnknownKey):
            verify(token, nobody)
    assert counted == [token, token]


def test_the_oldest_go_and_long_ones_aren_t_kept() -> None:
    tokens = SignedTokens(most=2)
    assert tokens.find("a", OURS, "s") is None
    for token in "abc":
        tokens.keep(token, Signed(token.encode(), "s", None), OURS, "s")
    tokens.keep("long", Signed(b"x" * (MOST_BYTES + 1), "s", None), OURS, "s")
    assert [tokens.find(token, OURS, "s") is not None for token in ("a", "b", "c", "long")] == [
        False,
        True,
        True,
        False,
    ]


def test_what_verified_with_keys_that_have_gone_meanwhile_is_not_kept() -> None:
    """Another thread may have read the directory anew."""
    tokens, gone = SignedTokens(), Signed(b"{}", NEGOCIO_SECRET, "bakery")
    assert tokens.find("a", OURS, "s") is None
    assert tokens.find("b", {}, "s") is None
    tokens.keep("a", gone, OURS, "s")
    assert tokens.find("a", {}, "s") is None
