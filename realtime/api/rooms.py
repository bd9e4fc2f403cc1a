"""What is in a room now? The snapshot of wire.md over HTTP, with an ETag."""

import hashlib

from django.http import HttpRequest
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from dashboards.kinds import kind_named
from realtime.authentication.principal import Principal
from realtime.authorization import Action, may
from realtime.protocol.json import dumps
from realtime.rooms import Room
from realtime.snapshots import document_of, read_now
from realtime.tenancy import directory_now


class RoomView(APIView):
    """GET /api/rooms/<negocio>/<topic>: `{room,full,data,version,as_of,next_due}`; 404 where it may not be read."""

    def get(self, request: Request, negocio: str, topic: str) -> Response:
        principal: Principal | None = request.auth  # type: ignore[assignment]  # BearerAuthentication's
        tenant = directory_now().by_code.get(negocio)
        room = Room(tenant.id, tenant.code, topic) if tenant is not None else None
        # The same answer for what isn't there and what isn't theirs: nobody learns which negocios exist.
        if tenant is None or room is None or not may(principal, Action.READ, room, tenant):
            raise NotFound("no such room")
        if topic not in kind_named(tenant.kind).state_topics():
            raise NotFound("this room carries no state")
        update = read_now(kind_named(tenant.kind), room)
        if not update.versions:
            return Response({"detail": "not available now"}, status=503)
        tag = f'"{hashlib.sha256(dumps(update.figures)).hexdigest()[:32]}"'
        if tag in _tags(request._request):
            return Response(status=304, headers={"ETag": tag})
        return Response(document_of(room, update), headers={"ETag": tag, "Cache-Control": "private, no-cache"})


def _tags(request: HttpRequest) -> set[str]:
    return {tag.strip().removeprefix("W/") for tag in request.headers.get("If-None-Match", "").split(",")}
