"""Who does a verified token speak of? The claims of five systems."""

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.authentication.claims import MOST_TEXT, Identity, identity_of
from realtime.authentication.errors import InvalidToken

EXP = time.time() + 3600


def identity(**claims: Any) -> Identity:
    return identity_of({"exp": EXP, **claims}, own=False)


@pytest.mark.parametrize(
    ("claims", "user"),
    [
        ({"id": "a", "user_id": "b", "sub": "c"}, "a"),
        ({"user_id": "b", "sub": "c"}, "b"),
        ({"sub": "c"}, "c"),
        ({"sub": 7}, "7"),
        ({"id": 7}, "7"),
        ({"id": 0}, "0"),
        ({"id": -3}, "-3"),
        ({"id": None, "user_id": 8}, "8"),
        ({"id": "", "sub": "c"}, "c"),
        ({"id": "550e8400-e29b-41d4-a716-446655440000"}, "550e8400-e29b-41d4-a716-446655440000"),
        ({"role": "client", "id_client": 5, "id_seller": 6}, "5"),
        ({"role": "Seller", "id_client": 5, "id_seller": 6}, "6"),
        ({"rol": "ADMIN", "id_admin": "9", "id_client": 5}, "9"),
        ({"role": "cliente", "id_client": 5}, "5"),
        ({"rol": "User", "id_client": 5, "id_admin": 6}, "5"),
        ({"role": "negocio", "id_seller": 6, "id_client": 5}, "6"),
        ({"rol": "admin_sistema", "id_admin": 9, "id_client": 5}, "9"),
        ({"role": "client", "reference_id": 11}, "11"),
        ({"role": "seller", "id_seller": 6, "reference_id": 11}, "6"),
    ],
)
def test_the_user_is_the_first_of_the_claims_that_name_one(claims: dict[str, Any], user: str) -> None:
    assert identity(**claims).user == user


@pytest.mark.parametrize("claims", [{}, {"email": "a@example.org"}, {"id_client": 5}, {"role": "client"}, {"id": ""}])
def test_a_token_of_nobody_is_refused(claims: dict[str, Any]) -> None:
    with pytest.raises(InvalidToken):
        identity(**claims)


@pytest.mark.parametrize(
    "value", [True, False, 1.5, [], {}, ["7"], {"id": 7}, "x" * (MOST_TEXT + 1), "a\x00b", "\ud800", 10**200]
)
@pytest.mark.parametrize("claim", ["id", "role", "seller_id", "negocio_id", "negocios"])
def test_a_claim_of_a_wrong_type_is_refused(claim: str, value: Any) -> None:
    if claim == "negocios" and value in ([], ["7"]):
        return
    with pytest.raises(InvalidToken):
        identity(**{"id": "7", claim: value})


@pytest.mark.parametrize(
    ("claims", "role"), [({"role": "Admin"}, "Admin"), ({"rol": "cliente"}, "cliente"), ({}, ""), ({"role": None}, "")]
)
def test_the_role_is_role_or_rol(claims: dict[str, Any], role: str) -> None:
    assert identity(id=7, **claims).role == role


@pytest.mark.parametrize(
    ("claims", "seller"),
    [
        ({"seller_id": "5"}, "5"), ({"seller_id": 5}, "5"), ({"id_seller": 5}, "5"), ({}, None),
        ({"seller_id": None, "id_seller": 6}, "6"), ({"seller_id": 5, "id_seller": 6}, "5"),
    ],
)  # fmt: skip
def test_the_seller_is_text_whatever_it_was(claims: dict[str, Any], seller: str | None) -> None:
    assert identity(id=7, **claims).seller == seller


@pytest.mark.parametrize(
    ("claims", "seller", "client"),
    [
        ({"id_client": 5}, None, "5"),
        ({"role": "client", "reference_id": 5}, None, "5"),
        ({"role": "Cliente", "reference_id": 5}, None, "5"),
        ({"role": "Seller", "reference_id": 5}, "5", None),
        ({"role": "seller", "seller_id": 6, "id_client": "9", "reference_id": 5}, "6", "9"),
        ({"role": "admin", "reference_id": 5}, None, None),
    ],
)
def test_a_seller_or_client_is_known_by_its_own_id_or_by_reference(
    claims: dict[str, Any], seller: str | None, client: str | None
) -> None:
    found = identity(id=7, **claims)
    assert (found.user, found.seller, found.client) == ("7", seller, client)


@pytest.mark.parametrize(
    ("claims", "negocios"),
    [
        ({}, ()),
        ({"negocio_id": "a"}, ("a",)),
        ({"negocio_id": 7}, ("7",)),
        ({"negocio_id": None}, ()),
        ({"negocio_id": ""}, ()),
        ({"negocios": ["a", "b"]}, ("a", "b")),
        ({"negocios": [1, "1", 2]}, ("1", "2")),
        ({"negocios": []}, ()),
        ({"negocios": None}, ()),
        ({"negocio_id": "b", "negocios": ["a", "b"]}, ("b", "a")),
    ],
)
def test_the_negocios_are_those_named_each_once(claims: dict[str, Any], negocios: tuple[str, ...]) -> None:
    assert identity(id=7, **claims).negocios == negocios


@pytest.mark.parametrize("wrong", [[None], [""], [["a"]], [True], "a,b", {"a": 1}, 7])
def test_negocios_that_are_none_are_refused(wrong: Any) -> None:
    with pytest.raises(InvalidToken):
        identity(id=7, negocios=wrong)


@pytest.mark.parametrize("exp", [10**400, float("inf"), "never", None, []])
def test_a_token_that_ends_at_no_time_is_refused(exp: Any) -> None:
    with pytest.raises(InvalidToken):
        identity_of({"id": 7, "exp": exp}, own=False)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8,
)  # fmt: skip
NAMES = st.sampled_from(
    ["id", "user_id", "sub", "role", "rol", "seller_id", "id_seller", "id_client", "negocio_id", "negocios", "exp"]
)


@given(st.dictionaries(NAMES, ANYTHING))
def test_any_claims_are_an_identity_or_refused(claims: dict[str, Any]) -> None:
    try:
        found = identity_of({"exp": EXP, **claims}, own=False)
    except InvalidToken:
        return
    assert found.user
    assert all(isinstance(code, str) and code for code in found.negocios)
    assert found.seller is None or isinstance(found.seller, str)
    assert isinstance(found.expires_at, float)
