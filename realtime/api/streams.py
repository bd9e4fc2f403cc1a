"""How does a client listen to a room whose network blocks WebSocket? Server-sent events, for state and events alike."""

import logging
from collections.abc import AsyncIterator, Mapping
from typing import cast

from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET

from realtime.authentication.errors import AuthenticationFailed
from realtime.complaints import in_a_line
from realtime.history import carries_events
from realtime.node import Node, node
from realtime.places import BadParameter, Place, place_of_id, place_of_query
from realtime.reading import readable_room
from realtime.streaming.callers import caller_of
from realtime.streaming.client import StreamClient
from realtime.streaming.handover import Scope, stream_on
from realtime.tenancy import tenancy

logger = logging.getLogger(__name__)

# nginx would keep back what is small.
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


@csrf_exempt  # whoever posts is told that it can't be done
@require_GET
async def room_stream(request: ASGIRequest, negocio: str, topic: str) -> HttpResponseBase:
    """GET /sse/<negocio>/<topic>: the room as `text/event-stream`; Last-Event-ID, else `?since=&epoch=`, resumes."""
    own = node()
    await own.ensure_started()
    if own.stopping or own.connections >= settings.MAX_CONNECTIONS:
        own.counts["connections_refused"] += 1
        return _refused(503, "too many connections")
    try:
        client = await _admitted(request, own, negocio, topic)
    except AuthenticationFailed as error:
        return _refused(401, error.reason, {"WWW-Authenticate": "Bearer"})
    except BadParameter as error:
        return JsonResponse({error.name: error.complaint}, status=400)
    except Exception as error:
        logger.warning("a stream can't be opened now: %s", in_a_line(error))
        return _refused(503, "temporarily unavailable")
    if client is None:
        return _refused(404, "no such room")
    if not own.occupancy.has_room(client.principal):
        own.counts["connections_refused"] += 1
        return _refused(429, "too many connections")
    stream_on(cast(Scope, request.scope), client.serve)
    return StreamingHttpResponse(_nothing(), content_type="text/event-stream", headers=HEADERS)


async def _admitted(request: ASGIRequest, own: Node, negocio: str, topic: str) -> StreamClient | None:
    """The client to be served; None where it may not read the room."""
    place, caller = _place(request), await caller_of(request)
    readable = await readable_room(caller.principal, negocio, topic)
    if readable is None:
        return None
    return StreamClient(own, caller, readable, place, carries_events(readable.room, await tenancy.directory()))


def _place(request: ASGIRequest) -> Place:
    """A browser repeats the query with which it came first when it comes back, so the header counts."""
    last = request.headers.get("Last-Event-ID")
    return place_of_id(last) if last else place_of_query(request.GET.dict())


def _refused(status: int, reason: str, headers: Mapping[str, str] | None = None) -> JsonResponse:
    return JsonResponse({"error": reason}, status=status, headers={**HEADERS, **(headers or {})})


async def _nothing() -> AsyncIterator[bytes]:
    """What Django sends of the stream."""
    return
    yield b""
