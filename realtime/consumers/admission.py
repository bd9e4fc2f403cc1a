"""Is an upgrade let in, and as whom? Origin, dialect and token, before anything is accepted."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import validate_host

from realtime.authentication.admission import anonymous_principal, principal_of_token
from realtime.authentication.credentials import Credentials, credentials_of, host_name
from realtime.authentication.errors import AuthenticationFailed
from realtime.authentication.principal import NOBODY, Principal
from realtime.protocol.dialects import Dialect, dialects, of_kind
from realtime.protocol.silent import Silent
from realtime.tenancy import tenancy

SUBPROTOCOL = "pulso.v1"
NATIVE = "native"
INVALID_TOKEN = Silent.refusal


@dataclass(frozen=True, slots=True)
class Refusal:
    """An HTTP answer instead of a 101."""

    status: int
    text: str


@dataclass(frozen=True, slots=True)
class Admission:
    """Who was let in. `dialect` is None where the first frame decides."""

    credentials: Credentials
    principal: Principal
    dialect: Dialect | None
    subprotocol: str | None


async def admit(scope: dict[str, Any]) -> Admission | Refusal:
    """The admission of an upgrade, or why not."""
    credentials = credentials_of(scope)
    if not host_allowed(credentials.host):
        return Refusal(400, "Host not allowed")
    if not origin_allowed(credentials):
        return Refusal(403, "Origin not allowed")
    named = _dialect_name(scope)
    if named and named not in dialects():
        return Refusal(404, "Not found")
    dialect = dialects()[named] if named else None
    kind = (dialect.kind if dialect is not None else None) or ""
    subprotocol = SUBPROTOCOL if SUBPROTOCOL in scope.get("subprotocols", ()) else None
    if credentials.token is not None:
        try:
            principal = await principal_of_token(credentials.token, tenancy, credentials.host, kind, credentials.user)
        except AuthenticationFailed:
            return await _unauthorized(dialect, credentials)
    else:
        principal = await anonymous_principal(tenancy, credentials.host, kind)
        if principal is NOBODY and dialect is not None and not dialect.authenticates_in_band:
            return await _unauthorized(dialect, credentials)
    return Admission(credentials, principal, dialect, subprotocol)


async def _unauthorized(dialect: Dialect | None, credentials: Credentials) -> Refusal:
    """In the words of the dialect that was named, else of that of the Host's negocio."""
    if dialect is None:
        bound = (await tenancy.directory()).by_host.get(credentials.host)
        dialect = of_kind(bound.kind) if bound is not None else None
    return Refusal(401, dialect.refusal if dialect is not None else INVALID_TOKEN)


def _dialect_name(scope: dict[str, Any]) -> str:
    """The dialect that path, `?dialect=` or subprotocol fixes at once; empty where none does."""
    offered: list[str] = scope.get("subprotocols", [])
    path = scope.get("url_route", {}).get("kwargs", {}).get("dialect")
    if path:
        return str(path)
    for pair in scope.get("query_string", b"").decode("latin-1").split("&"):
        name, _, value = pair.partition("=")
        if name == "dialect" and value:
            return str(value)
    return NATIVE if SUBPROTOCOL in offered else ""


def host_allowed(host: str) -> bool:
    """As Django has it for HTTP, which compares with one pattern after the other."""
    name = f"[{host}]" if ":" in host else host
    return name in settings.ALLOWED_HOSTS or validate_host(name, settings.ALLOWED_HOSTS)


def origin_allowed(credentials: Credentials) -> bool:
    """Same origin, or one of ALLOWED_ORIGINS; none at all only with a token (mobile apps, back-ends)."""
    origin = credentials.origin
    if origin is None:
        return True  # nothing is held without a token, and no browser leaves Origin out
    allowed = settings.ALLOWED_ORIGINS
    return "*" in allowed or origin in allowed or _host_of(origin) == credentials.host


def _host_of(origin: str) -> str | None:
    try:
        return host_name(urlsplit(origin).netloc) or None
    except ValueError:  # half an IPv6 address
        return None
