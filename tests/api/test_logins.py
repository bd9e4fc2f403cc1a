"""Are tour operators told who logs in here, and is a login never held up by it?"""

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import DatabaseError
from django.test import Client

from dashboards.models import Membership
from notifications import journal
from notifications.models import Event, Fact
from tests.api.callers import BackEnd, back_end

pytestmark = pytest.mark.django_db(transaction=True)

PASSWORD = {"username": "ana", "password": "una clave larga"}


@pytest.fixture
def operator() -> BackEnd:
    Event.objects.all().delete()
    Fact.objects.all().delete()
    user = get_user_model().objects.create_user(**PASSWORD, first_name="Ana", last_name="Lara")
    operator = back_end("viajes", "tourism")
    for code in (operator, back_end("fila", "citas")):
        Membership.objects.create(negocio=code.negocio, user=user, role="staff")
    return operator


def log_in(path: str, body: Any) -> int:
    return Client().post(path, body, headers={"Host": "localhost"}).status_code


def log_in_by_token(**wrong: str) -> int:
    return Client().post("/api/token", PASSWORD | wrong, "application/json", headers={"Host": "localhost"}).status_code


def test_a_login_on_a_page_or_for_a_token_is_told(operator: BackEnd) -> None:
    assert log_in("/session/login", PASSWORD) == 302
    user = get_user_model().objects.get()
    told = [("events", "usuario_inicio_sesion", {"userId": user.pk, "nombre": "Ana Lara", "rol": "staff"})]
    assert operator.told() == told
    assert Event.objects.count() == 1, "no other kind is told"
    assert log_in_by_token() == 200
    assert operator.told() == told, "within a minute it is the same fact"
    Fact.objects.all().delete()
    assert log_in_by_token() == 200
    assert operator.told() == told * 2
    assert log_in_by_token(password="otra") == 401
    assert len(operator.told()) == 2


def test_a_login_works_when_nobody_can_be_told(operator: BackEnd, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise DatabaseError("no journal today")

    monkeypatch.setattr(journal, "store", broken)
    assert log_in_by_token() == 200
    assert log_in("/session/login", PASSWORD) == 302
