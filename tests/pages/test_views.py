"""Who gets which page, and which token, from the views?"""

import re
from collections.abc import Mapping
from typing import Any

import jwt
import pytest
from asgiref.sync import async_to_sync
from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.test import Client

from dashboards.kinds import kinds
from dashboards.models import Membership, Negocio
from realtime.authentication.admission import principal_of_token
from realtime.authentication.errors import NoNegocio
from realtime.authentication.own import page_token
from realtime.authentication.principal import NOBODY, Standing
from realtime.authentication.session import principal_of_session
from realtime.tenancy import tenancy

# The directory is read by another thread, which sees only what is committed.
pytestmark = pytest.mark.django_db(transaction=True)

BOUND = re.compile(r'data-(?:metric|list|chart|empty)="([^"]+)"')
LABELS = re.compile(r'data-labels="([^"]+)"')


def new_negocio(kind: str, code: str = "", **fields: Any) -> Negocio:
    return Negocio.objects.create(code=code or kind, name=f"Negocio {kind}", kind=kind, **fields)


def new_user(name: str, *negocios: Negocio, role: str = "staff", **fields: Any) -> User:
    user = User.objects.create_user(name, **fields)
    for negocio in negocios:
        Membership.objects.create(negocio=negocio, user=user, role=role)
    return user


def logged_in(user: User, **options: Any) -> Client:
    client = Client(**options)
    client.force_login(user)
    return client


def held(user: User) -> Mapping[str, Standing]:
    return principal_of_session(user, tenancy).holds


def test_home_lists_what_the_user_holds_and_nothing_else() -> None:
    mine, other = new_negocio("citas", "mio"), new_negocio("repairs", "ajeno")
    text = logged_in(new_user("ana", mine)).get("/").content.decode()
    assert "/mio/" in text
    assert other.name not in text


def test_home_says_so_when_there_is_nothing() -> None:
    assert "Todavía no tiene ningún negocio" in logged_in(new_user("ana")).get("/").content.decode()


def test_a_stranger_is_sent_to_the_login() -> None:
    new_negocio("citas")
    answer = Client().get("/citas/")
    assert answer.status_code == 302
    assert answer["Location"] == "/session/login?next=/citas/"


def test_a_stranger_at_the_front_door_sees_the_way_in_and_no_negocio() -> None:
    negocio = new_negocio("citas")
    answer = Client().get("/")
    text = answer.content.decode()
    assert answer.status_code == 200
    assert 'action="/session/login"' in text
    assert "Probar las notificaciones" in text
    assert negocio.name not in text


@pytest.mark.parametrize(
    ("kind", "active", "role"),
    [
        pytest.param("repairs", True, None, id="another's"),
        pytest.param(None, True, None, id="unknown"),
        pytest.param("repairs", False, "admin", id="inactive"),
        pytest.param("florist", True, "admin", id="of an unknown kind"),
        pytest.param("repairs", True, "client", id="not for clients"),
    ],
)
def test_a_page_that_is_not_the_users_does_not_exist(kind: str | None, active: bool, role: str | None) -> None:
    user = new_user("ana", new_negocio("citas"))
    negocio = new_negocio(kind, "otro", active=active) if kind else None
    if negocio and role:
        Membership.objects.create(user=user, negocio=negocio, role=role)
    client = logged_in(user)
    assert client.get("/citas/").status_code == 200
    assert client.get("/otro/").status_code == 404


@pytest.mark.parametrize("kind", sorted(kinds()))
def test_every_page_binds_only_figures_and_labels_that_there_are(kind: str) -> None:
    new_negocio(kind)
    answer = logged_in(new_user("jefa", is_superuser=True)).get(f"/{kind}/")
    text = answer.content.decode()
    paths = BOUND.findall(text)
    assert paths
    for path in paths:
        metric, _, field = path.partition(".")
        figure = answer.context["figures"][metric]
        assert field in figure if field else isinstance(figure, list), path
    assert set(LABELS.findall(text)) <= answer.context["config"]["labels"].keys()


def test_a_page_runs_nothing_but_what_we_serve() -> None:
    new_negocio("citas")
    answer = logged_in(new_user("jefa", is_superuser=True)).get("/citas/")
    assert "default-src 'self'" in answer["Content-Security-Policy"]
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert "no-store" in answer["Cache-Control"]


# -- Tokens --------------------------------------------------------------------------------------------


def test_the_token_is_short_lived_and_of_our_own_issuer() -> None:
    user = new_user("ana", new_negocio("citas"))
    answer = logged_in(user).post("/session/token").json()
    claims = jwt.decode(answer["token"], settings.JWT_SECRET, ["HS256"])
    assert claims["iss"] == settings.OWN_ISSUER
    assert claims["token_type"] == "access"
    assert claims["exp"] - claims["iat"] == answer["expires_in"] == 300


def test_a_token_needs_a_session_a_negocio_a_post_and_the_csrf_token() -> None:
    user = new_user("ana", new_negocio("citas"))
    assert Client().post("/session/token").status_code == 401
    assert logged_in(new_user("sola")).post("/session/token").status_code == 403
    assert logged_in(user).get("/session/token").status_code == 405
    assert logged_in(user, enforce_csrf_checks=True).post("/session/token").status_code == 403


# -- Principals ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("superuser", [False, True])
def test_session_and_token_of_a_user_hold_the_same(superuser: bool) -> None:
    negocios = [new_negocio("citas"), new_negocio("repairs")]
    user = new_user("ana", negocios[0], role="client", is_superuser=superuser)
    principal = async_to_sync(principal_of_token)(page_token(user), tenancy)
    assert principal.holds == held(user)
    assert principal.user == principal_of_session(user, tenancy).user


def test_an_active_superuser_administers_every_active_negocio() -> None:
    new_negocio("citas")
    repairs = new_negocio("repairs")
    new_negocio("citas", "cerrado", active=False)
    user = new_user("jefa", repairs, role="client", is_superuser=True)
    assert held(user) == {"citas": Standing.ADMIN, "repairs": Standing.ADMIN}


def test_a_deactivated_superuser_holds_nothing() -> None:
    new_negocio("citas")
    user = new_user("jefa", is_superuser=True, is_active=False)
    assert held(user) == {}
    with pytest.raises(NoNegocio):
        async_to_sync(principal_of_token)(page_token(user), tenancy)


def test_what_a_superuser_holds_is_looked_up_once() -> None:
    new_negocio("citas")
    user = new_user("jefa", is_superuser=True)
    first = held(user)
    Negocio.objects.all().delete()
    assert held(user) == first


def test_nobody_logged_in_is_nobody() -> None:
    assert principal_of_session(AnonymousUser(), tenancy) is NOBODY
