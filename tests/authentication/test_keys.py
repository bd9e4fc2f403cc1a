"""Which tokens verify, and with whose key?"""

import base64
import json
import time
import warnings
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from realtime.authentication.errors import InvalidToken, UnknownKey
from realtime.authentication.keys import MOST_TOKEN, verify
from realtime.tenancy import Directory
from tests.authentication.tokens import (
    NEGOCIO_SECRET,
    OTHER_SECRET,
    claims,
    directory,
    forged,
    of,
    segment,
    signed,
)

HS256 = {"alg": "HS256", "typ": "JWT"}


@pytest.fixture
def known() -> Directory:
    return directory(*of("bakery", "garage"), keys={NEGOCIO_SECRET: "bakery", OTHER_SECRET: "garage"})


def refused(token: str, known: Directory) -> None:
    with pytest.raises(InvalidToken):
        verify(token, known)


@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
def test_hmac_is_accepted(known: Directory, algorithm: str) -> None:
    verified = verify(signed(algorithm=algorithm, sub="x"), known)
    assert (verified.negocio, verified.claims["id"]) == (None, "7")
    assert verify(signed(NEGOCIO_SECRET, algorithm), known).negocio == "bakery"


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "", None, 7, [], {}, "HS1", "hs256", "RS256", "dir"])
def test_any_other_algorithm_is_refused_however_it_is_signed(known: Directory, algorithm: Any) -> None:
    refused(forged({"alg": algorithm, "typ": "JWT"}, claims()), known)
    unsigned = f"{segment({'alg': algorithm}).decode()}.{segment(claims()).decode()}."
    refused(unsigned, known)


def test_a_name_that_was_cut_within_a_letter_is_accepted(known: Directory) -> None:
    assert verify(signed(name="Ana \ud83d"), known).claims["name"] == "Ana \ud83d"


def test_claims_that_are_nested_too_deep_are_refused(known: Directory) -> None:
    refused(forged(HS256, '{"a":' + "[" * 2000 + "]" * 2000 + "}"), known)


def test_a_token_without_an_algorithm_is_refused(known: Directory) -> None:
    refused(forged({"typ": "JWT"}, claims()), known)


@pytest.mark.parametrize(("algorithm", "digest"), [("RS256", "sha256"), ("ES256", "sha256"), ("PS512", "sha512")])
def test_the_secret_is_no_public_key(known: Directory, algorithm: str, digest: str) -> None:
    refused(forged({"alg": algorithm, "typ": "JWT"}, claims(), digest=digest), known)
    refused(forged({"alg": algorithm, "typ": "JWT"}, claims(), NEGOCIO_SECRET, digest), known)


def test_asymmetric_signatures_are_refused(known: Directory) -> None:
    keys: dict[str, Any] = {
        "RS256": rsa.generate_private_key(65537, 2048), "ES256": ec.generate_private_key(ec.SECP256R1()),
    }  # fmt: skip
    for algorithm, key in keys.items():
        refused(jwt.encode(claims(), key, algorithm), known)
        refused(jwt.encode(claims(), key, algorithm, headers={"jwk": {"kty": "oct", "k": "AAAA"}}), known)


def test_a_header_that_names_another_hash_is_not_believed(known: Directory) -> None:
    refused(forged({"alg": "HS512"}, claims(), digest="sha256"), known)


@pytest.mark.parametrize("header", [{"kid": "../../etc/passwd"}, {"jku": "https://evil.example"}, {"x5u": "x"}])
def test_headers_that_lead_elsewhere_lead_nowhere(known: Directory, header: dict[str, str]) -> None:
    assert verify(forged(HS256 | header, claims()), known).negocio is None


def test_critical_extensions_that_we_do_not_know_are_refused(known: Directory) -> None:
    refused(forged(HS256 | {"crit": ["b64"], "b64": False}, claims()), known)
    refused(forged(HS256 | {"crit": ["made-up"], "made-up": 1}, claims()), known)


@pytest.mark.parametrize(
    "wrong",
    [
        {"exp": 1}, {"exp": None}, {"exp": "soon"}, {"exp": []}, {"exp": {}}, {"exp": False}, {"exp": ""},
        {"nbf": time.time() + 3600}, {"nbf": "later"}, {"nbf": []},
        {"token_type": "refresh"},
    ],
)  # fmt: skip
def test_expired_early_and_refresh_tokens_are_refused(known: Directory, wrong: dict[str, Any]) -> None:
    for secret in (None, NEGOCIO_SECRET):
        refused(signed(secret, **wrong), known)


def test_clocks_may_differ_a_little(known: Directory) -> None:
    now = time.time()
    verify(signed(exp=now - 5, nbf=now + 5), known)
    refused(signed(exp=now - 30), known)


@pytest.mark.parametrize(
    "fine",
    [
        {"jti": None}, {"token_type": None}, {"token_type": "access"}, {"sub": 7}, {"sub": None}, {"iat": None},
        {"iat": "yesterday"}, {"iat": 99999999999}, {"iss": "anyone"}, {"iss": 7}, {"aud": "anyone"},
        {"aud": ["a", "b"]}, {"aud": 7}, {"jti": 7}, {"jti": "x"}, {"email": "a@example.org"},
    ],
)  # fmt: skip
def test_what_old_systems_leave_out_or_say_otherwise_is_no_matter(known: Directory, fine: dict[str, Any]) -> None:
    token = forged(HS256, claims(**fine))
    assert verify(token, known).negocio is None


@pytest.mark.parametrize("bad", ["somebody", "", None, 7, ["us"], {"us": 1}])
def test_iss_is_checked_where_it_is_configured(known: Directory, settings: Settings, bad: Any) -> None:
    settings.JWT_ISSUER = "us"
    verify(signed(iss="us"), known)
    refused(forged(HS256, claims(iss=bad)), known)
    refused(forged(HS256, claims(iss=bad), NEGOCIO_SECRET), known)


@pytest.mark.parametrize("bad", ["somebody", "", None, 7, [], ["a", "b"], [["us"]], {"us": 1}, "xus"])
def test_aud_is_checked_where_it_is_configured(known: Directory, settings: Settings, bad: Any) -> None:
    settings.JWT_AUDIENCE = "us"
    verify(signed(aud="us"), known)
    verify(signed(aud=["them", "us"]), known)
    refused(forged(HS256, claims(aud=bad)), known)


def test_our_own_tokens_need_no_other_issuer_or_audience(known: Directory, settings: Settings) -> None:
    settings.JWT_ISSUER, settings.JWT_AUDIENCE = "them", "them"
    verify(signed(iss=settings.OWN_ISSUER), known)
    refused(signed(NEGOCIO_SECRET, iss=settings.OWN_ISSUER), known)


def test_a_key_that_nobody_knows_is_refused_as_such(known: Directory) -> None:
    with pytest.raises(UnknownKey):
        verify(signed("nobody's secret, as long as it may be, verifies"), known)
    with pytest.raises(UnknownKey):
        verify(forged(HS256, claims(), ""), known)


def test_several_keys_of_a_negocio_are_good_at_once() -> None:
    known = directory(*of("bakery"), keys={"old secret of the bakery" * 2: "bakery", "new one" * 9: "bakery"})
    for secret in known.keys:
        assert verify(signed(secret), known).negocio == "bakery"


def test_a_negocio_with_the_platforms_secret_holds_less_not_more(settings: Settings) -> None:
    known = directory(*of("bakery", "garage"), keys={settings.JWT_SECRET: "bakery"})
    assert verify(signed(negocio_id="garage"), known).negocio == "bakery"


@pytest.mark.parametrize("secret", ["s", "secret", "ñandú", "mi_clave_secreta"])
def test_short_secrets_of_old_teams_work_without_a_word(secret: str) -> None:
    known = directory(*of("bakery"), keys={secret: "bakery"})
    for algorithm in ("HS256", "HS384", "HS512"):
        token = signed(secret, algorithm)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            warnings.filterwarnings("ignore", category=jwt.warnings.InsecureKeyLengthWarning)
            assert verify(token, known).negocio == "bakery"


@pytest.mark.parametrize("secret", ["-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", '{"kty":"oct"}'])
def test_a_secret_that_looks_like_a_key_file_is_refused_not_raised(secret: str) -> None:
    known = directory(*of("bakery"), keys={secret: "bakery"})
    refused(forged(HS256, claims(), secret), known)


@pytest.mark.parametrize(
    "token",
    [
        "", ".", "..", "...", "a", "a.b", "a.b.c", "a.b.c.d", "Bearer x", "null", "\x00", "é.ñ.ü", "\ud800.a.b",
        "e30.e30.", "e30.W10.AA", "eyJhbGciOiJIUzI1NiJ9.e30", "x" * MOST_TOKEN, "x" * (MOST_TOKEN + 1), "x" * 10**6,
    ],
)  # fmt: skip
def test_what_is_no_token_is_refused(known: Directory, token: str) -> None:
    refused(token, known)


@pytest.mark.parametrize(
    "payload", [[], "x", 7, None, True, "{", '{"exp":', "[" * 5000, '{"a":' * 1000, '{"exp":1e999}', '{"exp":NaN}']
)
def test_a_payload_that_is_no_object_is_refused(known: Directory, payload: Any) -> None:
    for secret in (None, NEGOCIO_SECRET):
        refused(forged(HS256, payload, secret), known)
    refused(f"{segment(HS256).decode()}.{segment(payload).decode()}.AAAA", known)


@pytest.mark.parametrize("header", [[], "x", 7, None, "{", "[" * 5000, '{"alg":' * 1000])
def test_a_header_that_is_no_object_is_refused(known: Directory, header: Any) -> None:
    refused(forged(header, claims()), known)


def test_a_changed_token_is_refused(known: Directory) -> None:
    header, payload, signature = signed().split(".")
    richer = base64.urlsafe_b64encode(json.dumps(claims(id="1")).encode()).rstrip(b"=").decode()
    refused(f"{header}.{richer}.{signature}", known)
    refused(f"{header}.{payload}.{signature[:-4]}", known)
    refused(f"{header}.{payload}.", known)
    refused(f"{header}.{payload}", known)
    refused(f"{header}.{payload}.{signature}.{signature}", known)


@given(st.text() | st.binary().map(lambda data: base64.urlsafe_b64encode(data).decode()))
def test_nothing_that_is_no_token_is_more_than_refused(text: str) -> None:
    known = directory(*of("bakery"), keys={NEGOCIO_SECRET: "bakery"})
    for token in (text, f"{text}.{text}.{text}", f"{segment(HS256).decode()}.{text}.{text}"):
        refused(token, known)
