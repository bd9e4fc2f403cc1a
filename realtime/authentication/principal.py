"""What is a principal: who a client is, and as what it holds which negocios?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from realtime.authentication.claims import Identity


class Standing(IntEnum):
    """What someone is to a negocio; each may all that the ones below may."""

    CLIENT = 1
    STAFF = 2
    ADMIN = 3


# The roles of all systems, compared case-insensitively. What isn't here is a client.
STANDING_OF_ROLE: Mapping[str, Standing] = {
    "cliente": Standing.CLIENT,
    "client": Standing.CLIENT,
    "user": Standing.CLIENT,
    "seller": Standing.CLIENT,
    "technician": Standing.STAFF,
    "staff": Standing.STAFF,
    "negocio": Standing.ADMIN,
    "admin": Standing.ADMIN,
    "admin_sistema": Standing.ADMIN,
}


def standing_of(role: str) -> Standing:
    """The standing that a role claim gives; the least where the role says nothing."""
    return STANDING_OF_ROLE.get(role.lower(), Standing.CLIENT)


@dataclass(frozen=True, slots=True)
class Proof:
    """What a token proved, so that it can be judged again without it: its claims, and whose `key` verified it."""

    identity: Identity
    negocio: str | None
    key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Principal:
    """Who a client is. `holds`: code of each negocio it holds -> as what.

    `expires_at`: Unix seconds, None for a session without a token. `user` is empty for an anonymous reader.
    """

    user: str
    holds: Mapping[str, Standing]
    role: str = ""
    seller: str | None = None
    client: str | None = None
    expires_at: float | None = None
    anonymous: bool = False
    proof: Proof | None = field(default=None, repr=False, compare=False)


NOBODY = Principal(user="", holds={}, anonymous=True)
