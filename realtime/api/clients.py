"""Who is connected now? Counted by room, for the staff of a negocio."""

from collections.abc import Sequence

from asgiref.sync import async_to_sync
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET

from realtime.api.callers import Refused, caller_now
from realtime.authentication.principal import Standing
from realtime.authentication.session import principal_of_session
from realtime.census import Census
from realtime.node import node
from realtime.tenancy import Directory, Tenant, directory_now, tenancy

# What the marketplace's clients know their rooms by goes without it.
ROOM = "room:"


@csrf_exempt  # whoever posts is told that it can't be done
@never_cache
@require_GET
def clients(request: HttpRequest) -> JsonResponse:
    """GET /admin/clients: `{"clients":N,"rooms":{"<room>":n}}`, of the caller's negocios (of `?negocio=` only).

    Rooms of several negocios are named `<negocio>/<room>`.
    """
    directory = directory_now()
    try:
        tenants = _chosen(_staffed(request, directory), request.GET.get("negocio"))
    except Refused as refused:
        return JsonResponse({"error": refused.reason}, status=refused.status)
    try:
        census = async_to_sync(_census)([tenant.id for tenant in tenants])
    except Exception:
        return JsonResponse({"error": "temporarily unavailable"}, status=503)
    return JsonResponse(_document(census, alone=len(tenants) == 1))


async def _census(negocio_ids: Sequence[int]) -> Census:
    return await node().census.take(negocio_ids)


def _staffed(request: HttpRequest, directory: Directory) -> Sequence[Tenant]:
    """Those whose staff the caller is, by a session, or by token or key as on the ingest routes; raises Refused."""
    principal = principal_of_session(request.user, tenancy)
    if principal.user:
        codes = [code for code, standing in principal.holds.items() if standing >= Standing.STAFF]
        return [directory.by_code[code] for code in codes if code in directory.by_code]
    voice = caller_now(request).voice
    if voice.anywhere:  # a trusted network may tell, not ask
        raise Refused(401, "a service key or token is needed")
    return voice.tenants


def _chosen(tenants: Sequence[Tenant], code: str | None) -> Sequence[Tenant]:
    chosen = [tenant for tenant in tenants if code in (None, tenant.code)]
    if not chosen:
        raise Refused(403, "not for this negocio")
    return chosen


def _document(census: Census, alone: bool) -> dict[str, object]:
    rooms = {
        (topic if alone else f"{negocio}/{topic}"): members
        for (negocio, wire_topic), members in sorted(census.rooms.items())
        for topic in (wire_topic.removeprefix(ROOM),)
    }
    return {"clients": census.clients, "rooms": rooms}
