"""For which negocio may the caller of an ingest route speak? By key, by token, or by where it calls from."""

import ipaddress
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest

from notifications import service_keys
from realtime.authentication.admission import principal_now
from realtime.authentication.credentials import bearer_token, host_name
from realtime.authentication.errors import AuthenticationFailed
from realtime.authentication.principal import Standing
from realtime.tenancy import Directory, Tenant


class Refused(Exception):
    """The caller may not speak; `status` is 401 without proof and 403 with somebody else's."""

    def __init__(self, status: int, reason: str) -> None:
        self.status, self.reason = status, reason
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Voice:
    """Whom a caller speaks for: the negocios that its key or token holds; `anywhere`, from a trusted network."""

    tenants: tuple[Tenant, ...] = ()
    anywhere: bool = False

    def may_speak_for(self, tenant: Tenant) -> bool:
        return self.anywhere or tenant in self.tenants


def voice_of(request: HttpRequest, directory: Directory) -> Voice:
    """The caller's voice; raises Refused (401)."""
    text = request.headers.get("X-API-Key") or bearer_token(request.headers.get("Authorization"))
    if not text:
        if _is_trusted(request.META.get("REMOTE_ADDR", "")):
            return Voice(anywhere=True)
        raise Refused(401, "a service key or token is needed")
    if text.startswith(service_keys.PREFIX):
        tenant = directory.by_id.get(service_keys.negocio_of(text) or 0)
        if tenant is None:
            raise Refused(401, "unknown service key")
        return Voice((tenant,))
    try:
        principal = principal_now(text, host_name(request.headers.get("Host", "")))
    except AuthenticationFailed as error:
        raise Refused(401, error.reason) from None
    spoken_for = [code for code, standing in principal.holds.items() if standing >= Standing.STAFF]
    return Voice(tuple(directory.by_code[code] for code in spoken_for if code in directory.by_code))


def tenant_of(voice: Voice, named: str | None, request: HttpRequest, directory: Directory, *routes: str) -> Tenant:
    """The negocio that a call is about: the one named, the only one spoken for, the Host's, the route's default.

    Raises Refused (403).
    """
    if named is not None:
        tenant = directory.by_code.get(named)
    elif len(voice.tenants) == 1:
        tenant = voice.tenants[0]
    else:
        host = host_name(request.headers.get("Host", ""))
        defaults = (directory.default_for(route) for route in routes)
        tenant = directory.by_host.get(host) or next((tenant for tenant in defaults if tenant), None)
    if tenant is None or not voice.may_speak_for(tenant):
        raise Refused(403, "not for this negocio")
    return tenant


def _is_trusted(address: str) -> bool:
    try:
        peer = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(peer in network for network in settings.NOTIFY_TRUSTED_NETWORKS)
