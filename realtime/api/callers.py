"""For which negocio may the caller of an ingest route speak? By key, by token, or by where it calls from."""

import asyncio
import ipaddress
from dataclasses import dataclass

from asgiref.sync import async_to_sync
from django.conf import settings
from django.http import HttpRequest

from notifications import service_keys
from realtime.authentication.admission import principal_of_token
from realtime.authentication.credentials import bearer_token, host_name
from realtime.authentication.errors import AuthenticationFailed
from realtime.authentication.principal import Principal, Standing
from realtime.authorization import Action, may
from realtime.database import in_thread
from realtime.demo import is_loopback
from realtime.rooms import Room
from realtime.tenancy import Directory, Tenant, tenancy


class Refused(Exception):
    """The caller may not speak; `status` is 401 without proof and 403 with somebody else's."""

    def __init__(self, status: int, reason: str) -> None:
        self.status, self.reason = status, reason
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Voice:
    """Whom a caller speaks for: the negocios that its key or token holds; `anywhere`, from a trusted network.

    `principal`: whose token it is; None for a key and a network, which speak as the negocio's staff.
    """

    tenants: tuple[Tenant, ...] = ()
    anywhere: bool = False
    principal: Principal | None = None

    def may_speak_for(self, tenant: Tenant) -> bool:
        return self.anywhere or tenant in self.tenants

    def may_publish(self, tenant: Tenant, topic: str) -> bool:
        """May the caller tell something in that room?"""
        if not self.may_speak_for(tenant):
            return False
        principal = self.principal or Principal(user="", holds={tenant.code: Standing.STAFF})
        return may(principal, Action.PUBLISH, Room(tenant.id, tenant.code, topic), tenant)


@dataclass(frozen=True, slots=True)
class Caller:
    """Whom a request speaks for, and the negocios as they were known then."""

    voice: Voice
    directory: Directory


class Callers:
    """Finds out who calls. Who calls with the same key meanwhile shares the question to the database."""

    def __init__(self) -> None:
        self._asking: dict[str, asyncio.Future[int | None]] = {}

    async def caller_of(self, request: HttpRequest) -> Caller:
        """Who calls; waits only for what isn't known. Raises Refused (401), DatabaseError."""
        directory = await tenancy.directory()
        return Caller(await self._voice(request, directory), directory)

    async def _voice(self, request: HttpRequest, directory: Directory) -> Voice:
        text = request.headers.get("X-API-Key") or bearer_token(request.headers.get("Authorization"))
        if not text:
            return _voice_of_address(request.META.get("REMOTE_ADDR", ""), directory)
        if text.startswith(service_keys.PREFIX):
            tenant = directory.by_id.get(await self._negocio_of_key(text) or 0)
            if tenant is None:
                raise Refused(401, "unknown service key")
            return Voice((tenant,))
        try:
            principal = await principal_of_token(text, tenancy, host_name(request.headers.get("Host", "")))
        except AuthenticationFailed as error:
            raise Refused(401, error.reason) from None
        spoken_for = [code for code, standing in principal.holds.items() if standing >= Standing.STAFF]
        tenants = tuple(directory.by_code[code] for code in spoken_for if code in directory.by_code)
        return Voice(tenants, principal=principal)

    async def _negocio_of_key(self, text: str) -> int | None:
        if (known := service_keys.remembered(text)) is not None:
            return known
        if text not in self._asking:
            self._asking[text] = asyncio.ensure_future(in_thread(service_keys.negocio_of, text))
            self._asking[text].add_done_callback(lambda _: self._asking.pop(text))
        return await asyncio.shield(self._asking[text])


def caller_now(request: HttpRequest) -> Caller:
    """Who calls, from synchronous code."""
    return async_to_sync(Callers().caller_of)(request)


def _voice_of_address(address: str, directory: Directory) -> Voice:
    if _is_trusted(address):
        return Voice(anywhere=True)
    if settings.UNKEYED_FROM_LOOPBACK and is_loopback(address):
        return Voice(tuple(filter(None, map(directory.by_code.get, settings.UNKEYED_FROM_LOOPBACK))))
    raise Refused(401, "a service key or token is needed")


def tenant_of(caller: Caller, named: str | None, request: HttpRequest, *routes: str) -> Tenant:
    """The negocio that a call is about: the one named, the only one spoken for (of the route's kind, where there are
    several), the Host's, the route's default.

    Raises Refused (403).
    """
    voice, directory = caller.voice, caller.directory
    if named is not None:
        tenant = directory.by_code.get(named)
    else:
        host = host_name(request.headers.get("Host", ""))
        defaults = (directory.default_for(route) for route in routes)
        candidates = (_only_one(voice, routes), directory.by_host.get(host), *defaults)
        tenant = next((tenant for tenant in candidates if tenant is not None), None)
    if tenant is None or not voice.may_speak_for(tenant):
        raise Refused(403, "not for this negocio")
    return tenant


def _only_one(voice: Voice, kinds: tuple[str, ...]) -> Tenant | None:
    for tenants in (voice.tenants, *([each for each in voice.tenants if each.kind == kind] for kind in kinds)):
        if len(tenants) == 1:
            return tenants[0]
    return None


def _is_trusted(address: str) -> bool:
    try:
        peer = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(peer in network for network in settings.NOTIFY_TRUSTED_NETWORKS)
