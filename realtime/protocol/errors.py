"""Which close codes and error reasons are there, and what should a client do about each?

4000-4099: reconnect and resume. 4100-4199: mend something first. docs/error-codes.md is held against this table.
"""

from dataclasses import dataclass
from enum import IntEnum


class CloseCode(IntEnum):
    """Why the server closes a socket."""

    GOING_AWAY = 1012
    TOO_BIG = 1009
    TRY_LATER = 1013
    SLOW = 4008
    RESTART = 4010
    TOKEN_EXPIRED = 4101
    FORBIDDEN = 4103
    TOO_MANY_CONNECTIONS = 4109
    # What dialects 1-5 say where native says 4101.
    UNAUTHORIZED = 4401


# After these the client shall come back by itself.
COME_BACK = frozenset({CloseCode.GOING_AWAY, CloseCode.TRY_LATER, CloseCode.SLOW, CloseCode.RESTART})


@dataclass(frozen=True, slots=True)
class Failure:
    """An error answer: a stable `reason`, and whether trying again unchanged can help."""

    code: int
    reason: str
    retry: bool


INVALID_JSON = Failure(4400, "invalid json", False)
NOT_AN_OBJECT = Failure(4400, "a frame is a JSON object", False)
BINARY_FRAME = Failure(4400, "binary frames are not understood", False)
UNKNOWN_TYPE = Failure(4400, "unknown type", False)
BAD_FIELD = Failure(4400, "bad field", False)
BAD_VERSION = Failure(4400, "v must be 1", False)
NOT_AUTHENTICATED = Failure(CloseCode.TOKEN_EXPIRED, "authenticate first", False)
INVALID_TOKEN = Failure(CloseCode.TOKEN_EXPIRED, "invalid token", False)
OTHER_USER = Failure(CloseCode.FORBIDDEN, "a token of another user", False)
FORBIDDEN = Failure(CloseCode.FORBIDDEN, "forbidden", False)
NEGOCIO_NEEDED = Failure(4400, "negocio is needed: the token holds none or several", False)
NOT_SUBSCRIBED = Failure(4400, "not subscribed", False)
TOO_MANY_ROOMS = Failure(CloseCode.TOO_MANY_CONNECTIONS, "too many rooms on one connection", False)
TOO_MANY_CONNECTIONS = Failure(CloseCode.TOO_MANY_CONNECTIONS, "too many connections", False)
TOO_MANY_JOINS = Failure(4000, "too many rooms joined at once", True)
UNAVAILABLE = Failure(4000, "temporarily unavailable", True)
