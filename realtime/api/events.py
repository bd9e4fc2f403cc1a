"""What was told in a room since somebody was last there? The resume of wire.md over HTTP."""

from typing import Any

from asgiref.sync import async_to_sync
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from realtime.authentication.principal import Principal
from realtime.backends import BackendUnavailable
from realtime.history import carries_events, read_missed
from realtime.places import BadParameter, place_of_query, whole
from realtime.protocol.messages import Event
from realtime.reading import readable_room
from realtime.tenancy import directory_now

USUAL, MOST = 100, 1_000


class EventsView(APIView):
    """GET /api/rooms/<negocio>/<topic>/events?since=&epoch=&limit=: `{room,epoch,seq,recovered,events}`.

    The oldest `limit` after `since`, or without it the newest; 404 where the room may not be read.
    """

    def get(self, request: Request, negocio: str, topic: str) -> Response:
        principal: Principal = request.auth  # type: ignore[assignment]  # BearerAuthentication's
        try:
            query = request.query_params
            place, limit = place_of_query(query), whole(query, "limit", 1, MOST) if "limit" in query else USUAL
            readable = async_to_sync(readable_room)(principal, negocio, topic)
        except BadParameter as error:
            raise ValidationError({error.name: error.complaint}) from None
        except BackendUnavailable:
            return Response({"detail": "not available now"}, status=503)
        if readable is None:
            raise NotFound("no such room")
        if not carries_events(readable.room, directory_now()):
            raise NotFound("this room carries no events")
        missed = read_missed(readable.room, place, limit)
        document = {
            "room": readable.room.name, "epoch": missed.epoch, "seq": missed.seq, "recovered": missed.recovered,
            "events": [_document(event) for event in missed.events],
        }  # fmt: skip
        return Response(document, headers={"Cache-Control": "private, no-store"})


def _document(event: Event) -> dict[str, Any]:
    message = {"message": event.message} if event.message else {}
    return {"seq": event.seq, "type": event.type, **message, "data": event.data, "ts": event.at}
