"""Tokens as the teams' back-ends sign them, and as somebody forges them."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

import jwt
from django.conf import settings

from realtime.authentication.principal import Principal
from realtime.tenancy import Directory, Person, Tenant

NEGOCIO_SECRET = "the bakery's own secret, long enough for SHA-256"
OTHER_SECRET = "another team's secret, which is just as long as it"


def claims(**more: Any) -> dict[str, Any]:
    """Claims that are good; those given as None are left out."""
    now = int(time.time())
    everything = {"id": "7", "role": "Admin", "iat": now, "exp": now + 3600} | more
    return {name: value for name, value in everything.items() if value is not None}


def signed(secret: str | None = None, algorithm: str = "HS256", **more: Any) -> str:
    """A good token of these claims, of the platform's key unless another is named."""
    return jwt.encode(claims(**more), settings.JWT_SECRET if secret is None else secret, algorithm)


def segment(value: object) -> bytes:
    """JSON (or text that pretends to be some), as a token has it."""
    text = value if isinstance(value, str) else json.dumps(value)
    return base64.urlsafe_b64encode(text.encode("utf-8", "surrogatepass")).rstrip(b"=")


def forged(header: object, payload: object, secret: str | None = None, digest: str = "sha256") -> str:
    """A token put together by hand; HMAC-signed with the secret whatever the header says."""
    message = segment(header) + b"." + segment(payload)
    key = (settings.JWT_SECRET if secret is None else secret).encode()
    signature = hmac.new(key, message, getattr(hashlib, digest)).digest()
    return (message + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode()


def tenant(code: str, id: int, kind: str = "citas", **fields: Any) -> Tenant:
    values: dict[str, Any] = {
        "name": code, "time_zone": "UTC", "external_admin_id": "", "hosts": frozenset(), "anonymous_read": False,
    }  # fmt: skip
    return Tenant(id=id, code=code, kind=kind, **values | fields)


def directory(*tenants: Tenant, keys: Mapping[str, str] | None = None) -> Directory:
    """The directory of these negocios; keys: secret -> code."""
    by_admin: dict[str, tuple[Tenant, ...]] = {}
    for each in tenants:
        if each.external_admin_id:
            by_admin[each.external_admin_id] = (*by_admin.get(each.external_admin_id, ()), each)
    return Directory(
        by_code={each.code: each for each in tenants},
        by_id={each.id: each for each in tenants},
        by_host={host: each for each in tenants for host in each.hosts},
        by_admin=by_admin,
        keys=dict(keys or {}),
    )


class FakeTenancy:
    """A directory and memberships as given; counts how often it is asked for something newer."""

    def __init__(
        self,
        known: Directory,
        members: Mapping[Person, Mapping[str, str]] | None = None,
        newer: Directory | None = None,
    ) -> None:
        self.known, self.members, self.newest = known, dict(members or {}), newer or known
        self.asked_for_newer = 0
        self.asked_for: list[Person] = []

    async def directory(self) -> Directory:
        return self.known

    async def newer(self) -> Directory:
        self.asked_for_newer += 1
        self.known = self.newest
        return self.known

    async def memberships(self, person: Person) -> Mapping[str, str]:
        self.asked_for.append(person)
        return self.members.get(person, {})


def holds(principal: Principal) -> dict[str, str]:
    """Code -> standing, by name."""
    return {code: standing.name for code, standing in principal.holds.items()}


def of(*codes: str) -> Sequence[Tenant]:
    """Negocios of these codes, numbered."""
    return [tenant(code, number) for number, code in enumerate(codes, 1)]
