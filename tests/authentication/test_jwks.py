"""Are tokens of an authentication service believed by its public keys, and by nothing else?"""

import json
import time
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from realtime.authentication import jwks
from realtime.authentication.admission import principal_of_token
from realtime.authentication.errors import AuthenticationFailed
from realtime.authentication.jwks import LIFETIME, PATIENCE, Jwks
from tests.authentication.tokens import FakeTenancy, directory, forged, tenant

KNOWN = directory(tenant("bakery", 1))
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER = rsa.generate_private_key(public_exponent=65537, key_size=2048)
CURVE = ec.generate_private_key(ec.SECP256R1())


class Service:
    """Publishes keys; counts who asks; fails as told. The clock is ours."""

    def __init__(self, **keys: Any) -> None:
        self.keys, self.asked, self.status, self.now = keys, 0, 200, 0.0

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        assert request.url.path == "/.well-known/jwks.json"
        return httpx.Response(self.status, json={"keys": [_public(kid, key) for kid, key in self.keys.items()]})

    def use(self, monkeypatch: pytest.MonkeyPatch) -> None:
        known = Jwks("http://auth.example/", lambda: self.now, httpx.MockTransport(self.answer))
        monkeypatch.setattr(jwks, "jwks", known)


def _public(kid: str, key: Any) -> dict[str, Any]:
    algorithm = jwt.algorithms.RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else jwt.algorithms.ECAlgorithm
    return {**json.loads(algorithm.to_jwk(key.public_key())), "kid": kid, "use": "sig"}


def signed(key: Any, kid: str | None, algorithm: str = "RS256", **claims: Any) -> str:
    everything = {"sub": "7", "role": "Admin", "negocio_id": "bakery", "exp": time.time() + 600} | claims
    return jwt.encode(everything, key, algorithm, headers={"kid": kid} if kid else None)


async def holds(token: str) -> list[str]:
    tenancy: Any = FakeTenancy(KNOWN)
    try:
        return list((await principal_of_token(token, tenancy)).holds)
    except AuthenticationFailed:
        return []


async def test_a_token_of_the_service_is_as_good_as_the_platforms(monkeypatch: pytest.MonkeyPatch) -> None:
    service = Service(a=RSA, b=CURVE)
    service.use(monkeypatch)
    assert await holds(signed(RSA, "a")) == ["bakery"]
    assert await holds(signed(CURVE, "b", "ES256")) == ["bakery"]
    assert service.asked == 1


async def test_nothing_else_is(monkeypatch: pytest.MonkeyPatch) -> None:
    service = Service(a=RSA, b=CURVE)
    service.use(monkeypatch)
    assert await holds(signed(OTHER, "a")) == [], "another key"
    assert await holds(signed(RSA, "b")) == [], "under another's id"
    assert await holds(signed(RSA, None)) == [], "of several keys, without an id"
    assert await holds(signed(RSA, "a", exp=1)) == []
    public = json.dumps(_public("a", RSA))
    assert (
        await holds(forged({"alg": "HS256", "kid": "a"}, {"sub": "7", "negocio_id": "bakery", "exp": 2e9}, public))
        == []
    )


async def test_a_service_makes_none_of_our_own_users(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    Service(a=RSA).use(monkeypatch)
    token = signed(RSA, "a", iss=settings.OWN_ISSUER, user_id="1", negocio_id=None)
    assert await holds(token) == []


async def test_without_a_service_asymmetric_tokens_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jwks, "jwks", None)
    assert await holds(signed(RSA, "a")) == []


async def test_a_new_key_is_asked_for_soon_but_not_by_every_token(monkeypatch: pytest.MonkeyPatch) -> None:
    service = Service(a=RSA)
    service.use(monkeypatch)
    for _ in range(5):
        assert await holds(signed(OTHER, "new")) == []
    assert service.asked == 1
    service.keys["new"] = OTHER
    service.now += PATIENCE
    assert await holds(signed(OTHER, "new")) == ["bakery"]


async def test_a_service_that_is_away_locks_nobody_out_whose_key_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    service = Service(a=RSA)
    service.use(monkeypatch)
    assert await holds(signed(RSA, "a")) == ["bakery"]
    service.status, service.now = 500, LIFETIME + 1
    assert await holds(signed(RSA, "a")) == ["bakery"]
    service.status, service.keys, service.now = 200, {"b": CURVE}, 2 * LIFETIME + 2
    assert await holds(signed(RSA, "a")) == [], "it was withdrawn"
