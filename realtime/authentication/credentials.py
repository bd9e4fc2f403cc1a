"""Where in a request does a token stand, and what else there says who is asking?"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

BEARER = "bearer"
SUBPROTOCOL = "jwt."


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a request brought. `token` is None where it brought none, and may be empty where it brought an empty one."""

    token: str | None
    user: str = ""
    host: str = ""
    origin: str | None = None
    address: str = ""
    agent: str = ""


def credentials_of(scope: dict[str, Any]) -> Credentials:
    """The credentials of an ASGI scope; the token from `Authorization`, `?token=`, subprotocol `jwt.<token>`."""
    headers = {name.lower(): value.decode("latin-1") for name, value in scope.get("headers", ())}
    host = headers.get(b"host", "")
    return Credentials(
        token=_token(headers.get(b"authorization"), scope.get("query_string", b""), scope.get("subprotocols", ())),
        user=headers.get(b"user-id", "").strip(),
        host=host_name(host),
        origin=headers.get(b"origin"),
        address=str((scope.get("client") or ("",))[0]),
        agent=headers.get(b"user-agent", ""),
    )


def host_name(host: str) -> str:
    """A Host header's name, lower case, without the port."""
    name, colon, port = host.rpartition(":")
    return (name if colon and port.isdigit() else host).lower().strip("[]")


def bearer_token(header: str | None) -> str | None:
    """The token of an Authorization header; None where it isn't a Bearer one."""
    words = (header or "").split(maxsplit=1)
    if not words or words[0].lower() != BEARER:
        return None
    return words[1].strip() if len(words) > 1 else ""


def _token(authorization: str | None, query: bytes, subprotocols: Iterable[str]) -> str | None:
    token = bearer_token(authorization)
    if token is not None:
        return token
    values = parse_qs(query.decode("latin-1"), keep_blank_values=True).get("token")
    if values is not None:
        return values[0]
    offered = (name.removeprefix(SUBPROTOCOL) for name in subprotocols if name.startswith(SUBPROTOCOL))
    return next(offered, None)
