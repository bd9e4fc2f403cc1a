"""Are passwords guessed slowly, and does nobody else wait for it?"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.test import Client

pytestmark = pytest.mark.django_db

GOOD = "una clave larga"
LOGIN = "Demasiados intentos"


@pytest.fixture(autouse=True)
def no_failures(settings: Any) -> Iterator[None]:
    settings.LOGIN_FAILURES_A_MINUTE = 3
    for name in ("ana", "luis"):
        get_user_model().objects.create_user(name, password=GOOD, is_staff=True)
    cache.clear()
    yield
    cache.clear()


def token(name: str, password: str, address: str = "10.0.0.1", **headers: str) -> int:
    body = {"username": name, "password": password}
    return Client(REMOTE_ADDR=address).post("/api/token", body, "application/json", headers=headers).status_code


@pytest.mark.parametrize("path", ["/session/login", "/admin/login/"])
def test_after_some_wrong_passwords_the_right_one_waits_too(path: str) -> None:
    client = Client(REMOTE_ADDR="10.0.0.1")
    for _ in range(3):
        assert LOGIN not in client.post(path, {"username": "ana", "password": "x"}).content.decode()
    assert LOGIN in client.post(path, {"username": "ana", "password": GOOD}).content.decode()
    assert token("ana", GOOD) == 429
    assert client.post(path, {"username": "luis", "password": GOOD}).status_code == 302
    assert Client(REMOTE_ADDR="10.0.0.2").post(path, {"username": "ana", "password": GOOD}).status_code == 302


def test_tokens_are_waited_for_whatever_the_headers_say() -> None:
    for number in range(3):
        assert token("ana", "x", **{"X-Forwarded-For": f"10.0.0.{number}"}) == 401
    assert token("Ana", GOOD, **{"X-Forwarded-For": "10.0.0.9"}) == 429
    assert token("ana", GOOD, address="10.0.0.2") == 200
    cache.clear()  # a minute later
    assert token("ana", GOOD) == 200


def test_who_knows_the_password_never_waits() -> None:
    assert [token("ana", GOOD) for _ in range(6)] == [200] * 6
