"""Who may join which room of a marketplace (wire.md, 5): by a token's claims, or by what its own back-end answers?"""

from collections.abc import Callable, Mapping
from urllib.parse import quote, urlencode

from django.conf import settings

from dashboards.kinds import Claims

Rule = Callable[[Claims, str], bool]

# Rooms of one order, seller, client or user: `<family>-<id>`.
FAMILIES: Mapping[str, Rule] = {
    "order": lambda claims, id: claims.user == id,
    "seller": lambda claims, id: claims.seller == id,
    "client": lambda claims, id: id in (claims.user, claims.client),
    "user": lambda claims, id: claims.user == id,
}
# Rooms of all who have a role.
ROLES: Mapping[str, frozenset[str]] = {"sellers": frozenset({"seller"}), "clients": frozenset({"client", "cliente"})}
ADMINS = frozenset({"admins", "admin"})
EVERYBODY = "broadcast"
# What of a room's family the back-end is asked.
RESOURCES = {"order": "orders", "seller": "sellers"}


def may_join(claims: Claims, name: str) -> bool:
    """Whether the room of that name is for who has these claims; one of no known sort is for all of the negocio."""
    family, id = _parts(name)
    if settings.MARKETPLACE_LEGACY_ROOMS:
        return family != "seller" or claims.admin or claims.role == "seller"
    if name in ADMINS:
        return claims.admin
    if name in ROLES:
        return claims.role in ROLES[name]
    if family:
        return bool(id) and (claims.admin or FAMILIES[family](claims, id))
    return True


def is_own(claims: Claims, name: str) -> bool:
    """Is it one of the rooms that this person is in without asking?"""
    if name in ADMINS:
        return claims.admin
    if name in ROLES:
        return claims.role in ROLES[name]
    family, id = _parts(name)
    if family in ("", "order"):
        return name == EVERYBODY
    return bool(id) and FAMILIES[family](claims, id)


def question(name: str, user: str) -> str:
    """Path and query that ask the team's back-end whether the user may join."""
    family, id = _parts(name)
    if family in RESOURCES and id.strip("."):  # no path has a segment `..`
        return f"/{RESOURCES[family]}/{quote(id, safe='')}/can_access?{urlencode({'user_id': user})}"
    return f"/ws/can_join?{urlencode({'room': name, 'user_id': user})}"


def _parts(name: str) -> tuple[str, str]:
    """Family and id; two empty texts for a room of none."""
    family, dash, id = name.partition("-")
    return (family, id) if dash and family in FAMILIES else ("", "")
