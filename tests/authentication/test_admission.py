"""Which negocios does a token hold, and as what? The order of wire.md, "Which negocio"."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from realtime.authentication.admission import anonymous_principal, principal_of_token
from realtime.authentication.errors import InvalidToken, NoNegocio
from realtime.authentication.principal import NOBODY, Principal
from realtime.tenancy import Directory, Person
from tests.authentication.tokens import (
    NEGOCIO_SECRET,
    FakeTenancy,
    claims,
    directory,
    forged,
    holds,
    signed,
    tenant,
)

BAKERY, GARAGE, PARK = tenant("bakery", 1), tenant("garage", 2, "repairs"), tenant("park", 3, "parking")
KNOWN = directory(BAKERY, GARAGE, PARK, keys={NEGOCIO_SECRET: "bakery"})


async def principal(
    token: str, known: Directory = KNOWN, members: Any = None, newer: Directory | None = None, **request: str
) -> Principal:
    tenancy: Any = FakeTenancy(known, members, newer)
    return await principal_of_token(token, tenancy, **request)


# -- The key ------------------------------------------------------------------------------------------


async def test_the_key_that_verified_decides_whatever_the_claims_say() -> None:
    token = signed(NEGOCIO_SECRET, negocio_id="garage", negocios=["park", "garage"])
    assert holds(await principal(token)) == {"bakery": "ADMIN"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=8)
    | st.sampled_from(["bakery", "garage", "park", "admin", "Admin", "7", "pulso"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3), max_leaves=6,
)  # fmt: skip
NAMES = st.sampled_from(
    ["id", "user_id", "sub", "role", "rol", "negocio_id", "negocios", "seller_id", "iss", "aud", "token_type", "own"]
)


@given(st.dictionaries(NAMES | st.text(max_size=5), JSON, max_size=8))
async def test_no_claims_make_a_negocios_key_speak_for_another(more: dict[str, Any]) -> None:
    members = {
        Person(user, own): {"garage": "admin", "park": "staff"} for user in ("7", "admin") for own in (True, False)
    }
    known = directory(
        BAKERY, tenant("garage", 2, external_admin_id="7", hosts=frozenset({"garage.example"})), PARK,
        keys={NEGOCIO_SECRET: "bakery"},
    )  # fmt: skip
    token = forged({"alg": "HS256"}, json.loads(json.dumps(claims() | more)), NEGOCIO_SECRET)
    try:
        found = await principal(token, known, members, host="garage.example", kind="parking")
    except InvalidToken:
        return
    assert set(found.holds) == {"bakery"}


@pytest.mark.parametrize(
    ("role", "standing"),
    [
        ("Admin", "ADMIN"), ("ADMIN_SISTEMA", "ADMIN"), ("Negocio", "ADMIN"), ("Technician", "STAFF"),
        ("cliente", "CLIENT"), ("User", "CLIENT"), ("seller", "CLIENT"), ("who knows", "CLIENT"), (None, "CLIENT"),
    ],
)  # fmt: skip
async def test_the_role_says_as_what(role: str | None, standing: str) -> None:
    assert holds(await principal(signed(NEGOCIO_SECRET, role=role))) == {"bakery": standing}
    assert holds(await principal(signed(role=role, negocio_id="garage"))) == {"garage": standing}


async def test_of_a_negocios_key_membership_and_administration_raise_the_standing() -> None:
    token = signed(NEGOCIO_SECRET, role="cliente")
    assert holds(await principal(token, members={Person("7", False): {"bakery": "staff"}})) == {"bakery": "STAFF"}
    administered = directory(tenant("bakery", 1, external_admin_id="7"), keys={NEGOCIO_SECRET: "bakery"})
    assert holds(await principal(token, administered)) == {"bakery": "ADMIN"}


async def test_a_membership_does_not_lower_what_the_key_says() -> None:
    found = await principal(signed(NEGOCIO_SECRET), members={Person("7", False): {"bakery": "client"}})
    assert holds(found) == {"bakery": "ADMIN"}


# -- Claims of the platform's key ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("named", "held"),
    [
        ({"negocio_id": "bakery"}, {"bakery"}),
        ({"negocios": ["bakery", "garage"]}, {"bakery", "garage"}),
        ({"negocio_id": "park", "negocios": ["garage"]}, {"park", "garage"}),
        ({"negocio_id": "bakery", "negocios": ["nowhere"]}, {"bakery"}),
    ],
)
async def test_the_platforms_key_names_negocios(named: dict[str, Any], held: set[str]) -> None:
    assert set((await principal(signed(**named))).holds) == held


async def test_a_claim_comes_before_memberships_host_and_default(settings: Settings) -> None:
    settings.DEFAULT_NEGOCIO = {"citas": "garage"}
    known = directory(
        tenant("bakery", 1, external_admin_id="7"), tenant("garage", 2, hosts=frozenset({"g.example"})), PARK
    )
    found = await principal(
        signed(negocio_id="park"), known, {Person("7", False): {"garage": "admin"}}, host="g.example", kind="citas"
    )
    assert holds(found) == {"park": "ADMIN"}


@pytest.mark.parametrize("named", [{"negocio_id": "nowhere"}, {"negocios": ["nowhere"]}, {"negocio_id": "None"}])
async def test_a_claim_of_no_negocio_is_an_error_and_never_a_default(settings: Settings, named: dict[str, Any]) -> None:
    settings.DEFAULT_NEGOCIO = {"citas": "bakery"}
    with pytest.raises(NoNegocio):
        await principal(signed(**named), members={Person("7", False): {"bakery": "admin"}}, kind="citas")


# -- Looked up ----------------------------------------------------------------------------------------


async def test_without_a_claim_the_user_holds_what_it_is_a_member_of() -> None:
    """The citas tokens are {id,email,iat,exp}."""
    token = signed(role=None, email="a@example.org")
    members = {Person("7", False): {"bakery": "staff", "garage": "client", "closed": "admin"}}
    assert holds(await principal(token, members=members)) == {"bakery": "STAFF", "garage": "CLIENT"}


async def test_without_a_claim_the_user_holds_what_it_administers() -> None:
    known = directory(tenant("bakery", 1, external_admin_id="7"), tenant("garage", 2, external_admin_id="7"), PARK)
    found = await principal(signed(role=None), known, {Person("7", False): {"bakery": "client", "park": "client"}})
    assert holds(found) == {"bakery": "ADMIN", "garage": "ADMIN", "park": "CLIENT"}


async def test_memberships_come_before_host_and_default(settings: Settings) -> None:
    settings.DEFAULT_NEGOCIO = {"citas": "garage"}
    known = directory(BAKERY, GARAGE, tenant("park", 3, hosts=frozenset({"park.example"})))
    found = await principal(
        signed(), known, {Person("7", False): {"bakery": "staff"}}, host="park.example", kind="citas"
    )
    assert holds(found) == {"bakery": "STAFF"}


# -- Host and DEFAULT_NEGOCIO -------------------------------------------------------------------------


async def test_a_host_makes_a_client_and_no_more() -> None:
    """The Host header is the client's own word."""
    known = directory(BAKERY, tenant("garage", 2, hosts=frozenset({"g.example"})))
    for role in ("Admin", "Technician", "cliente", None):
        assert holds(await principal(signed(role=role), known, host="g.example")) == {"garage": "CLIENT"}


async def test_default_negocio_is_the_operators_word(settings: Settings) -> None:
    settings.DEFAULT_NEGOCIO = {"citas": "bakery", "parking": "park", "tourism": "nowhere"}
    assert holds(await principal(signed(), kind="citas")) == {"bakery": "ADMIN"}
    assert holds(await principal(signed(role="cliente"), kind="parking")) == {"park": "CLIENT"}
    for kind in ("tourism", "other"):
        with pytest.raises(NoNegocio):
            await principal(signed(), kind=kind)


async def test_until_the_dialect_is_known_every_default_is_held(settings: Settings) -> None:
    settings.DEFAULT_NEGOCIO = {"citas": "bakery", "parking": "park", "tourism": "nowhere"}
    assert holds(await principal(signed(role="cliente"))) == {"bakery": "CLIENT", "park": "CLIENT"}


async def test_a_host_comes_before_the_default(settings: Settings) -> None:
    settings.DEFAULT_NEGOCIO = {"citas": "bakery"}
    known = directory(BAKERY, tenant("garage", 2, hosts=frozenset({"g.example"})))
    assert holds(await principal(signed(), known, host="g.example", kind="citas")) == {"garage": "CLIENT"}


async def test_without_any_of_them_there_is_no_negocio() -> None:
    with pytest.raises(NoNegocio):
        await principal(signed())


# -- Our own users ------------------------------------------------------------------------------------


async def test_our_own_users_hold_what_is_looked_up_not_what_is_claimed(settings: Settings) -> None:
    settings.DEFAULT_NEGOCIO = {"citas": "park"}
    known = directory(
        tenant("bakery", 1, external_admin_id="7"), tenant("garage", 2, hosts=frozenset({"g.example"})), PARK
    )
    token = signed(id=None, user_id="7", role="Admin", iss=settings.OWN_ISSUER, negocios=["bakery", "park"])
    found = await principal(token, known, {Person("7", True): {"garage": "client"}}, host="g.example", kind="citas")
    assert holds(found) == {"garage": "CLIENT"}
    with pytest.raises(NoNegocio):
        await principal(token, known, {Person("7", False): {"bakery": "admin"}}, host="g.example", kind="citas")


async def test_a_negocios_key_makes_none_of_our_users(settings: Settings) -> None:
    token = signed(NEGOCIO_SECRET, id=None, user_id="1", role="cliente", iss=settings.OWN_ISSUER)
    found = await principal(token, members={Person("1", True): {"bakery": "admin", "garage": "admin"}})
    assert holds(found) == {"bakery": "CLIENT"}


# -- Who it is ----------------------------------------------------------------------------------------


async def test_a_principal_knows_user_role_seller_and_end() -> None:
    found = await principal(signed(negocio_id="bakery", role="Seller", seller_id=5, exp=2_000_000_000))
    assert (found.user, found.role, found.seller, found.expires_at) == ("7", "Seller", "5", 2_000_000_000)
    assert (found.anonymous, list(found.holds)) == (False, ["bakery"])


async def test_a_user_header_must_agree_with_the_token() -> None:
    token = signed(negocio_id="bakery")
    assert (await principal(token, user_header="7")).user == "7"
    for other in ("8", "07", " 7", "7 "):
        with pytest.raises(InvalidToken):
            await principal(token, user_header=other)


# -- What has just been entered -----------------------------------------------------------------------


async def test_a_key_or_negocio_entered_a_moment_ago_is_looked_for_once() -> None:
    before = directory(GARAGE)
    for token in (signed(NEGOCIO_SECRET), signed(negocio_id="bakery")):
        assert set((await principal(token, before, newer=KNOWN)).holds) == {"bakery"}
    tenancy: Any = FakeTenancy(before)
    with pytest.raises(InvalidToken):
        await principal_of_token(signed(NEGOCIO_SECRET), tenancy)
    assert tenancy.asked_for_newer == 1


async def test_what_cannot_become_good_is_refused_at_once() -> None:
    tenancy: Any = FakeTenancy(KNOWN)
    for token in ("", "x", signed(exp=1), signed(NEGOCIO_SECRET, token_type="refresh"), signed(id=[])):
        with pytest.raises(InvalidToken):
            await principal_of_token(token, tenancy)
    assert tenancy.asked_for_newer == 0


async def test_a_good_token_with_claims_costs_no_look_up_of_people() -> None:
    tenancy: Any = FakeTenancy(KNOWN)
    await principal_of_token(signed(negocio_id="bakery"), tenancy)
    assert (tenancy.asked_for, tenancy.asked_for_newer) == ([], 0)


# -- Nobody -------------------------------------------------------------------------------------------


async def anonymous(known: Directory, host: str = "", kind: str = "") -> Principal:
    tenancy: Any = FakeTenancy(known)
    return await anonymous_principal(tenancy, host, kind)


async def test_who_has_no_token_is_nobody() -> None:
    known = directory(tenant("bakery", 1, hosts=frozenset({"b.example"})), GARAGE)
    for host in ("", "b.example", "g.example"):
        assert await anonymous(known, host) is NOBODY


def open_to_all(code: str, id: int, kind: str = "citas", **fields: Any) -> Any:
    return tenant(code, id, kind, anonymous_read=True, **fields)


async def test_anonymous_reading_is_for_the_negocio_of_the_host_or_the_default(settings: Settings) -> None:
    settings.DEFAULT_NEGOCIO = {"repairs": "garage", "parking": "park"}
    known = directory(
        open_to_all("bakery", 1, hosts=frozenset({"b.example"})), open_to_all("garage", 2, "repairs"), PARK
    )
    reader = await anonymous(known, "b.example", "citas")
    assert (holds(reader), reader.anonymous, reader.user) == ({"bakery": "CLIENT"}, True, "")
    assert holds(await anonymous(known, "elsewhere.example", "repairs")) == {"garage": "CLIENT"}
    assert await anonymous(known, kind="parking") is NOBODY


async def test_an_anonymous_reader_of_no_host_and_no_default_holds_what_everybody_may_read() -> None:
    known = directory(open_to_all("bakery", 1), open_to_all("garage", 2, "repairs"), PARK)
    assert holds(await anonymous(known)) == {"bakery": "CLIENT", "garage": "CLIENT"}
    assert holds(await anonymous(known, kind="repairs")) == {"garage": "CLIENT"}
    assert await anonymous(known, kind="parking") is NOBODY


async def test_a_host_that_may_not_be_read_does_not_fall_through_to_the_default(settings: Settings) -> None:
    settings.DEFAULT_NEGOCIO = {"citas": "garage"}
    known = directory(tenant("bakery", 1, hosts=frozenset({"b.example"})), open_to_all("garage", 2))
    assert await anonymous(known, "b.example", "citas") is NOBODY
    assert holds(await anonymous(known, "elsewhere.example", "citas")) == {"garage": "CLIENT"}
