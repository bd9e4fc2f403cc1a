"""What does a person get to see? The negocios that they hold, and of each one the live page of its kind."""

from collections.abc import Iterator

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from dashboards.kinds import kind_named
from realtime.authentication.own import PAGE_LIFETIME, page_token
from realtime.authentication.principal import Principal
from realtime.authentication.session import principal_of_session
from realtime.authorization import Action, may
from realtime.pages.first_paint import choice_labels, snapshots
from realtime.pages.policy import own_content_only
from realtime.rooms import Room
from realtime.tenancy import Tenant, directory_now, tenancy

# The topic that every kind has (wire.md, native); who may not read it has no page.
MAIN_TOPIC = "stats"


@own_content_only
@never_cache
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """GET /: the negocios whose page the user may see, or the way in; and a place to try notifications."""
    if not request.user.is_authenticated:
        return render(request, "pulso/start.html")
    principal = _principal(request)
    known = directory_now().by_code
    tenants = sorted((known[code] for code in principal.holds if code in known), key=lambda tenant: tenant.name)
    negocios = [(tenant, kind_named(tenant.kind)) for tenant in tenants if _has_page(principal, tenant)]
    return render(request, "pulso/home.html", {"negocios": negocios})


@own_content_only
@never_cache
@require_safe
@login_required
def dashboard(request: HttpRequest, code: str) -> HttpResponse:
    """GET /<negocio>/: the live page of any kind; 404 for what isn't there and, just so, for what isn't theirs."""
    principal = _principal(request)
    tenant = directory_now().by_code.get(code)
    if tenant is None or not _has_page(principal, tenant):
        raise Http404
    kind = kind_named(tenant.kind)
    rooms = list(_readable_rooms(principal, tenant))
    states = snapshots(kind, rooms)
    context = {
        "negocio": tenant,
        "kind": kind,
        "topics": [room.topic for room in rooms],
        "figures": {name: figure for state in states for name, figure in state["data"].items()},
        "config": {
            "negocio": tenant.code,
            "timeZone": tenant.time_zone,
            "topics": [room.topic for room in rooms],
            "states": states,
            "labels": choice_labels(kind),
            "tokenUrl": reverse("session-token"),
        },
    }
    return render(request, kind.page, context)


@never_cache
@require_POST
def token(request: HttpRequest) -> JsonResponse:
    """POST /session/token: `{token,expires_in}` for the page's socket; 401 without a session, 403 without a negocio."""
    principal = _principal(request)
    if principal.anonymous:
        return JsonResponse({"error": "not logged in"}, status=401)
    if not principal.holds:
        return JsonResponse({"error": "no negocio"}, status=403)
    return JsonResponse({"token": page_token(request.user), "expires_in": PAGE_LIFETIME.total_seconds()})


def _principal(request: HttpRequest) -> Principal:
    return principal_of_session(request.user, tenancy)


def _has_page(principal: Principal, tenant: Tenant) -> bool:
    return may(principal, Action.READ, Room(tenant.id, tenant.code, MAIN_TOPIC), tenant)


def _readable_rooms(principal: Principal, tenant: Tenant) -> Iterator[Room]:
    """The rooms of the negocio that carry state and that the principal may read."""
    for topic in kind_named(tenant.kind).state_topics():
        room = Room(tenant.id, tenant.code, topic)
        if may(principal, Action.READ, room, tenant):
            yield room
