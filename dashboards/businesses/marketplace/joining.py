"""Who may join which room of a marketplace, by the claims of a token (wire.md, section 5)?"""

from collections.abc import Callable, Mapping

from dashboards.kinds import Claims

# Rooms of one order, seller, client or user: `<family>-<id>`.
FAMILIES: Mapping[str, Callable[[Claims, str], bool]] = {
    "order": lambda claims, id: claims.user == id,
    "seller": lambda claims, id: claims.seller == id,
    "client": lambda claims, id: claims.user == id,
    "user": lambda claims, id: claims.user == id,
}
# Rooms of all who have a role.
ROLES: Mapping[str, frozenset[str]] = {"sellers": frozenset({"seller"}), "clients": frozenset({"client", "cliente"})}
ADMINS = frozenset({"admins", "admin"})


def may_join(claims: Claims, name: str) -> bool:
    """Whether the room of that name is for who has these claims; one of no known sort is for all of the negocio."""
    if claims.admin:
        return True
    if name in ADMINS:
        return False
    if name in ROLES:
        return claims.role in ROLES[name]
    family, dash, id = name.partition("-")
    if dash and family in FAMILIES:
        return bool(id) and FAMILIES[family](claims, id)
    return True
