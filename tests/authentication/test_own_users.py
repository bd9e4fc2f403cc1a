"""Do our own users get tokens that open REST routes and sockets, for what they hold and as long as they hold it?"""

import asyncio
import time
from typing import Any

import jwt
import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from pytest_django import Settings

from dashboards.models import Membership, Negocio, NegocioKey
from realtime.authentication.admission import principal_of_token
from realtime.authentication.errors import AuthenticationFailed
from realtime.authentication.own import PAGE_LIFETIME, page_token
from realtime.tenancy import Tenancy, tenancy
from tests.authentication.tokens import NEGOCIO_SECRET, holds, signed

pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "correct horse battery staple"
OVERVIEW = "/repair-orders/stats/overview"


@pytest.fixture(autouse=True)
def quick_passwords(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def shop() -> Negocio:
    return Negocio.objects.create(code="shop", name="Shop", kind="repairs")


@pytest.fixture
def ana(shop: Negocio) -> Any:
    user = get_user_model().objects.create_user("ana", password=PASSWORD)
    Membership.objects.create(negocio=shop, user=user, role="staff")
    return user


def log_in(password: str = PASSWORD, user: str = "ana") -> Any:
    return Client().post("/api/token", {"username": user, "password": password}, content_type="application/json")


def refreshed(token: str) -> Any:
    return Client().post("/api/token/refresh", {"refresh": token}, content_type="application/json")


def get(path: str, token: str | None = None, **headers: str) -> Any:
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    return Client().get(path, headers=headers)


def changed() -> None:
    """What a worker tells the web processes."""
    tenancy.forget()


def judged(token: str) -> dict[str, str]:
    """What the token holds, as a socket would have it."""
    return holds(asyncio.run(principal_of_token(token, Tenancy())))


def test_a_user_gets_tokens_that_open_everything(ana: Any) -> None:
    tokens = log_in().json()
    assert set(tokens) == {"access", "refresh"}
    assert jwt.decode(tokens["access"], options={"verify_signature": False})["negocios"] == ["shop"]
    assert judged(tokens["access"]) == {"shop": "STAFF"}
    figures = {"totalOrders": 0, "activeOrders": 0, "rejectedOrders": 0, "completedOrders": 0}
    assert get(OVERVIEW, tokens["access"]).json() == figures
    assert get(f"{OVERVIEW}?token={tokens['access']}").json() == figures
    assert get("/api/rooms/shop/stats", tokens["access"]).status_code == 200
    new = refreshed(tokens["refresh"]).json()
    assert get(OVERVIEW, new["access"]).json() == figures


def test_a_wrong_password_gets_nothing(ana: Any) -> None:
    for password, user in (("wrong", "ana"), (PASSWORD, "eva"), ("", "ana"), ("\x00", "ana")):
        answer = log_in(password, user)
        assert answer.status_code in (400, 401)
        assert "access" not in answer.json()


def test_a_bad_body_is_answered() -> None:
    for body in (b"", b"{", b"[]", b"7", b'{"username":[]}', b'{"username":{"a":1},"password":7}', b"\xff"):
        for path in ("/api/token", "/api/token/refresh"):
            assert Client().post(path, body, content_type="application/json").status_code in (400, 401), body


def test_a_refresh_token_opens_nothing(ana: Any) -> None:
    token = log_in().json()["refresh"]
    assert get(OVERVIEW, token).status_code == 401
    with pytest.raises(AuthenticationFailed):
        judged(token)


def test_an_access_token_refreshes_nothing(ana: Any) -> None:
    assert refreshed(log_in().json()["access"]).status_code == 401


def test_memberships_are_looked_up_not_believed(ana: Any, shop: Negocio) -> None:
    tokens = log_in().json()
    other = Negocio.objects.create(code="other", name="Other", kind="repairs")
    Membership.objects.filter(user=ana).update(negocio=other)
    changed()
    assert get(f"{OVERVIEW}?negocio=shop", tokens["access"]).status_code == 403
    assert get(f"{OVERVIEW}?negocio=other", tokens["access"]).status_code == 200
    assert get("/api/rooms/shop/stats", tokens["access"]).status_code == 404
    assert judged(tokens["access"]) == {"other": "STAFF"}


def test_claims_that_our_users_token_is_given_are_not_believed(ana: Any, settings: Settings) -> None:
    """Were they, who can sign as the platform could say so anyway; a user can't add them."""
    other = Negocio.objects.create(code="other", name="Other", kind="repairs")
    token = signed(id=None, user_id=str(ana.pk), iss=settings.OWN_ISSUER, negocio_id="other", negocios=[other.code])
    assert judged(token) == {"shop": "STAFF"}


@pytest.mark.parametrize("end", ["membership", "user", "negocio", "deleted"])
def test_what_ends_ends_the_right_at_once(ana: Any, shop: Negocio, end: str) -> None:
    token = log_in().json()["access"]
    assert get(OVERVIEW, token).status_code == 200
    if end == "membership":
        Membership.objects.all().delete()
    elif end == "user":
        get_user_model().objects.update(is_active=False)
    elif end == "negocio":
        Negocio.objects.update(active=False)
    else:
        ana.delete()
    changed()
    assert get(OVERVIEW, token).status_code == 401


def test_an_inactive_user_gets_no_token(ana: Any) -> None:
    refresh = log_in().json()["refresh"]
    get_user_model().objects.update(is_active=False)
    assert log_in().status_code == 401
    assert refreshed(refresh).status_code == 401


def test_a_page_gets_a_short_token(ana: Any) -> None:
    token = page_token(ana)
    assert judged(token) == {"shop": "STAFF"}
    exp = jwt.decode(token, options={"verify_signature": False})["exp"]
    assert 0 < exp - time.time() <= PAGE_LIFETIME.total_seconds() + 1


def test_a_bad_token_is_refused_wherever_it_stands(ana: Any) -> None:
    for token in ("", "x", "a.b.c", "null", signed(exp=1), signed(token_type="refresh", negocio_id="shop")):
        for answer in (get(OVERVIEW, token), get(f"{OVERVIEW}?token={token}"), get("/api/rooms/shop/stats", token)):
            assert answer.status_code == 401, token
            assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_no_token_is_refused(shop: Negocio) -> None:
    assert get(OVERVIEW).status_code == 401
    assert get("/api/rooms/shop/stats").status_code == 401
    assert get(OVERVIEW, Authorization="Basic YW5hOng=").status_code == 401


def test_tokens_of_others_open_rest_too(shop: Negocio) -> None:
    NegocioKey.objects.create(negocio=shop, secret=NEGOCIO_SECRET)
    assert get(OVERVIEW, signed(NEGOCIO_SECRET)).status_code == 200
    assert get(OVERVIEW, signed(negocio_id="shop")).status_code == 200
    assert get(OVERVIEW, signed(negocio_id="shop", role="cliente")).status_code == 403
    assert get(OVERVIEW, signed(negocio_id="nowhere")).status_code == 401
    assert get(OVERVIEW, signed(negocio_id="shop"), **{"User-Id": "7"}).status_code == 200
    assert get(OVERVIEW, signed(negocio_id="shop"), **{"User-Id": "8"}).status_code == 401


def test_who_holds_several_says_which(shop: Negocio) -> None:
    Negocio.objects.create(code="other", name="Other", kind="repairs")
    Negocio.objects.create(code="salon", name="Salon", kind="citas")
    several = signed(negocios=["shop", "other", "salon"])
    assert get(OVERVIEW, several).status_code == 403
    assert get(f"{OVERVIEW}?negocio=other", several).status_code == 200
    assert get(f"{OVERVIEW}?negocio=salon", several).status_code == 403
    assert get(OVERVIEW, signed(negocios=["shop", "salon"])).status_code == 200


def test_a_bad_limit_is_named(shop: Negocio) -> None:
    for limit in ("0", "-1", "101", "x", "", "1.5", "٣", "9" * 5000, "1e2", " 1"):
        answer = get(f"/repair-orders/stats/recent?limit={limit}", signed(negocio_id="shop"))
        assert (answer.status_code, list(answer.json())) == (400, ["limit"]), limit


def test_a_negocio_that_is_none_is_refused_like_one_that_is_not_held(shop: Negocio) -> None:
    Negocio.objects.create(code="other", name="Other", kind="repairs")
    headers = {"Authorization": f"Bearer {signed(negocio_id='shop')}"}
    theirs = Client().get(OVERVIEW, {"negocio": "other"}, headers=headers)
    assert theirs.status_code == 403
    for code in ("", "nowhere", "SHOP", "shop\x00", "' OR 1=1", "x" * 5000, "shop,other"):
        answer = Client().get(OVERVIEW, {"negocio": code}, headers=headers)
        assert (answer.status_code, answer.content) == (403, theirs.content), code


def test_a_snapshot_has_a_tag_and_is_not_sent_twice(shop: Negocio) -> None:
    token = signed(negocio_id="shop")
    first = get("/api/rooms/shop/stats", token)
    assert first.json()["full"]
    assert len(first.json()["data"]) == 14
    for tag in (first.headers["ETag"], f'"x", W/{first.headers["ETag"]}'):
        again = get("/api/rooms/shop/stats", token, **{"If-None-Match": tag})
        assert (again.status_code, again.content) == (304, b"")
    assert get("/api/rooms/shop/stats", token, **{"If-None-Match": '"x"'}).status_code == 200


def test_a_room_without_state_or_right_is_not_found(shop: Negocio) -> None:
    Negocio.objects.create(code="other", name="Other", kind="repairs")
    for room in ("shop/events", "shop/user", "shop/none", "shop/stats:x", "other/stats", "none/stats"):
        assert get(f"/api/rooms/{room}", signed(negocio_id="shop")).status_code == 404, room
