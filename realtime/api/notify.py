"""How do the teams' back-ends say that something happened? By the routes that they already post to (wire.md)."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, JsonResponse

from dashboards.instants import moment
from dashboards.kinds import Telling, kind_named
from dashboards.topics import user_topic
from realtime.api.callers import Caller, Refused, tenant_of
from realtime.api.ingest import MOST_TYPE, BadBody, IngestView, Taken, text
from realtime.intake import Posted
from realtime.rooms import Room
from realtime.tenancy import Tenant

Document = Mapping[str, Any]

MARKETPLACE, REPAIRS, TOURISM = "marketplace", "repairs", "tourism"
FULL_UPDATE = "DASHBOARD_FULL_UPDATE"
# The topic of all rooms that a marketplace's clients join by name.
ROOM = "room"


class CitaView(IngestView):
    """POST /notify/cita: a cita changed in the team's own system; its figures are computed and pushed anew."""

    def take(self, document: Document, caller: Caller, request: HttpRequest) -> Taken:
        code = document.get("negocio_id")
        if code is None or code == "":
            raise BadBody("negocio_id is required")
        if isinstance(code, bool) or not isinstance(code, str | int):
            raise BadBody(self.bad_body)
        tenant = tenant_of(caller, str(code), request)
        return _refreshed(tenant.id, "", "Notification processed")


class NotifyView(IngestView):
    """POST /notify: of dialect 3 or 4, as the negocio's kind decides."""

    wrong_method = "Método no permitido"
    bad_body = "JSON inválido"

    def take(self, document: Document, caller: Caller, request: HttpRequest) -> Taken:
        looks_like_repairs = document.get("event") == "DASHBOARD_UPDATE" or "resourceId" in document
        routes = (REPAIRS, TOURISM) if looks_like_repairs else (TOURISM, REPAIRS)
        tenant = tenant_of(caller, None, request, *routes)
        if tenant.kind == REPAIRS or (tenant.kind != TOURISM and looks_like_repairs):
            return self._dashboard(tenant.id, document)
        return self._notification(tenant, document)

    def _dashboard(self, negocio_id: int, document: Document) -> Taken:
        type = document.get("type") or FULL_UPDATE
        if not isinstance(type, str) or len(type) > MOST_TYPE:
            raise BadBody(self.bad_body)
        return _refreshed(negocio_id, type, f"Notificación recibida: {type}")

    def _notification(self, tenant: Tenant, document: Document) -> Taken:
        type, message, data = document.get("type"), document.get("message"), document.get("data")
        if not (isinstance(type, str) and type and isinstance(message, str) and message) or len(type) > MOST_TYPE:
            raise BadBody("Campos 'type' y 'message' son requeridos")
        if data is not None and not isinstance(data, dict):
            raise BadBody(self.bad_body)
        telling = kind_named(tenant.kind).posted(type, data or {}, message, moment(document.get("timestamp")))
        return _told(tenant, telling, "Notificación enviada a todos los clientes")


class RoomNotifyView(IngestView):
    """POST /api/notify: an event for a room of a marketplace, or for one of its users."""

    def take(self, document: Document, caller: Caller, request: HttpRequest) -> Taken:
        event = document.get("event")
        if not isinstance(event, str | None):
            raise BadBody(self.bad_body)
        *others, topic = self._topics(document)
        if not event or len(event) > MOST_TYPE:
            raise BadBody(self.bad_body)
        tenant = tenant_of(caller, None, request, MARKETPLACE)
        if not Room(tenant.id, tenant.code, topic).can_be_kept:
            raise BadBody(self.bad_body)
        if not caller.voice.may_publish(tenant, topic):
            raise Refused(403, "not for this negocio")
        return _told(tenant, Telling(event, document.get("data"), topics=(*others, topic)), "Notification sent")

    def _topics(self, document: Document) -> tuple[str, ...]:
        """The room that is meant, last; one named wins over the user's own, which comes after the user's topic."""
        room, user = document.get("room"), document.get("user_id")
        if not isinstance(room, str | None) or isinstance(user, bool) or not isinstance(user, str | int | None):
            raise BadBody(self.bad_body)
        if not room and not user:
            raise BadBody("Must specify user_id or room")
        return (f"{ROOM}:{room}",) if room else (user_topic(str(user)), f"{ROOM}:user-{user}")


def _refreshed(negocio_id: int, event: str, answer: str) -> Taken:
    return Taken(Posted(refreshes=[(negocio_id, event)]), lambda news: text(answer))


def _told(tenant: Tenant, telling: Telling, answer: str) -> Taken:
    document = {"status": "success", "message": answer}
    return Taken(Posted([(tenant.id, telling)]), lambda news: JsonResponse(document))
