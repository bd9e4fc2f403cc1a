"""How do the teams' back-ends say that something happened? By the routes that they already post to (wire.md)."""

import logging
from collections.abc import Mapping
from typing import Any

from django.db import DataError, transaction
from django.db import Error as DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from rest_framework.request import Request
from rest_framework.views import APIView

from dashboards.kinds import Telling
from notifications import journal
from realtime import publishing
from realtime.api.callers import Refused, Voice, tenant_of, voice_of
from realtime.changes import doorbell, outbox
from realtime.changes.refreshing import JOURNAL_DOORBELL
from realtime.complaints import in_a_line
from realtime.protocol.json import dumps, loads
from realtime.rooms import WORKERS
from realtime.tenancy import Directory, directory_now

logger = logging.getLogger(__name__)

REPAIRS, TOURISM = "repairs", "tourism"
FULL_UPDATE = "DASHBOARD_FULL_UPDATE"
MOST_TYPE = 100


class BadBody(Exception):
    """The body can't be understood; carries the old system's answer."""


class IngestView(APIView):
    """POST only; answers in the old systems' words. Subclasses take a document that the caller may speak about."""

    authentication_classes = ()
    permission_classes = ()
    wrong_method = "Method not allowed"
    bad_body = "Invalid request body"

    def http_method_not_allowed(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:  # type: ignore[override]
        return text(self.wrong_method, 405)

    def post(self, request: Request, **_: Any) -> HttpResponse:
        try:
            directory = directory_now()
            voice = voice_of(request._request, directory)
            with transaction.atomic():
                return self.take(self._document(request._request), voice, request._request, directory)
        except BadBody as error:
            return text(str(error), 400)
        except Refused as refused:
            return JsonResponse({"error": refused.reason}, status=refused.status)
        except DataError:  # a character that PostgreSQL doesn't take
            return text(self.bad_body, 400)
        except DatabaseError as error:
            # Nothing is acknowledged that isn't stored.
            logger.warning("a notification could not be stored: %s", in_a_line(error))
            return JsonResponse({"error": "temporarily unavailable"}, status=503)

    def take(
        self, document: Mapping[str, Any], voice: Voice, request: HttpRequest, directory: Directory
    ) -> HttpResponse:
        """Store what was said, in a transaction; raises BadBody, Refused."""
        raise NotImplementedError

    def _document(self, request: HttpRequest) -> Mapping[str, Any]:
        try:
            document = loads(request.body)
            dumps(document)  # what is nested too deep could be stored, but never told
        except (ValueError, TypeError):
            raise BadBody(self.bad_body) from None
        if not isinstance(document, dict):
            raise BadBody(self.bad_body)
        return document


class CitaView(IngestView):
    """POST /notify/cita: a cita changed in the team's own system; its figures are computed and pushed anew."""

    def take(
        self, document: Mapping[str, Any], voice: Voice, request: HttpRequest, directory: Directory
    ) -> HttpResponse:
        code = document.get("negocio_id")
        if code is None or code == "":
            raise BadBody("negocio_id is required")
        if isinstance(code, bool) or not isinstance(code, str | int):
            raise BadBody(self.bad_body)
        tenant = tenant_of(voice, str(code), request, directory)
        refresh(tenant.id)
        return text("Notification processed")


class NotifyView(IngestView):
    """POST /notify: of dialect 3 or 4, as the negocio's kind decides."""

    wrong_method = "Método no permitido"
    bad_body = "JSON inválido"

    def take(
        self, document: Mapping[str, Any], voice: Voice, request: HttpRequest, directory: Directory
    ) -> HttpResponse:
        looks_like_repairs = document.get("event") == "DASHBOARD_UPDATE" or "resourceId" in document
        routes = (REPAIRS, TOURISM) if looks_like_repairs else (TOURISM, REPAIRS)
        tenant = tenant_of(voice, None, request, directory, *routes)
        if tenant.kind == REPAIRS or (tenant.kind != TOURISM and looks_like_repairs):
            return self._dashboard(tenant.id, document)
        return self._notification(tenant.id, document)

    def _dashboard(self, negocio_id: int, document: Mapping[str, Any]) -> HttpResponse:
        type = document.get("type") or FULL_UPDATE
        if not isinstance(type, str) or len(type) > MOST_TYPE:
            raise BadBody(self.bad_body)
        refresh(negocio_id, type)
        return text(f"Notificación recibida: {type}")

    def _notification(self, negocio_id: int, document: Mapping[str, Any]) -> HttpResponse:
        type, message, data = document.get("type"), document.get("message"), document.get("data")
        if not (isinstance(type, str) and type and isinstance(message, str) and message) or len(type) > MOST_TYPE:
            raise BadBody("Campos 'type' y 'message' son requeridos")
        if data is not None and not isinstance(data, dict):
            raise BadBody(self.bad_body)
        journal.store(negocio_id, [Telling(type, data or {}, message)])
        transaction.on_commit(ring_sequencer, robust=True)
        return JsonResponse({"status": "success", "message": "Notificación enviada a todos los clientes"})


def refresh(negocio_id: int, event: str = "") -> None:
    """Have the negocio's figures computed and told anew once this transaction is committed."""
    outbox.request_refresh(negocio_id, event)
    transaction.on_commit(doorbell.ring, robust=True)


def ring_sequencer() -> None:
    """Wake the sequencer."""
    publishing.send_soon(WORKERS, {"type": JOURNAL_DOORBELL})


def text(body: str, status: int = 200) -> HttpResponse:
    """A plain-text answer."""
    return HttpResponse(body, status=status, content_type="text/plain; charset=utf-8")
