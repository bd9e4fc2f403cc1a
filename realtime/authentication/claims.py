"""What do the claims of the five systems' tokens say: who, as what, of which negocios?"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from realtime.authentication.errors import InvalidToken

USER_CLAIMS = ("id", "user_id", "sub")
# The old marketplace form, by role: whom every system's spelling means there.
MARKETPLACE_ROLE = {
    "client": "client", "cliente": "client", "user": "client",
    "seller": "seller", "negocio": "seller",
    "admin": "admin", "admin_sistema": "admin",
}  # fmt: skip
MOST_TEXT = 128


@dataclass(frozen=True, slots=True)
class Identity:
    """The claims that matter, typed. `own`: of a token that this service issued to one of its own users."""

    user: str
    role: str
    seller: str | None
    client: str | None
    negocios: tuple[str, ...]
    expires_at: float
    own: bool


def identity_of(claims: Mapping[str, Any], own: bool) -> Identity:
    """The identity in verified claims; raises InvalidToken where one is missing or of a wrong type."""
    role = _text(claims, "role") or _text(claims, "rol") or ""
    return Identity(
        user=_user(claims, role.lower()),
        role=role,
        seller=_text(claims, "seller_id") or _reference(claims, role.lower(), "seller"),
        client=_reference(claims, role.lower(), "client"),
        negocios=_negocios(claims),
        expires_at=_expiry(claims),
        own=own,
    )


def _user(claims: Mapping[str, Any], role: str) -> str:
    for name in (*USER_CLAIMS, f"id_{MARKETPLACE_ROLE.get(role, '')}", "reference_id"):
        if user := _text(claims, name):
            return user
    raise InvalidToken


def _reference(claims: Mapping[str, Any], role: str, who: str) -> str | None:
    """The id that the marketplace knows a seller or client by; in one of its forms the `reference_id` of that role."""
    return _text(claims, f"id_{who}") or (_text(claims, "reference_id") if MARKETPLACE_ROLE.get(role) == who else None)


def _negocios(claims: Mapping[str, Any]) -> tuple[str, ...]:
    one = _text(claims, "negocio_id")
    several = claims.get("negocios")
    if several is None:
        several = []  # a Go back-end says null for an empty list
    if not isinstance(several, list):
        raise InvalidToken
    codes = [_as_text(value) for value in several]
    return tuple(dict.fromkeys(([one] if one else []) + codes))


def _expiry(claims: Mapping[str, Any]) -> float:
    try:
        expires_at = float(claims["exp"])
    except (TypeError, ValueError, OverflowError):
        raise InvalidToken from None
    if not math.isfinite(expires_at):
        raise InvalidToken
    return expires_at


def _text(claims: Mapping[str, Any], name: str) -> str | None:
    """A string or number claim as text; None where it is absent or null."""
    value = claims.get(name)
    return None if value is None or value == "" else _as_text(value)


def _as_text(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise InvalidToken
    text = str(value)
    # Control characters and lone surrogates mean nothing here, and the database refuses some of them.
    if len(text) > MOST_TEXT or not text or not text.isprintable():
        raise InvalidToken
    return text
