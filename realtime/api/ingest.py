"""How does another program's POST become what people are told? Read, allowed, and stored in one transaction."""

import logging
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.db import DataError, transaction
from django.db import Error as DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.request import UnreadablePostError
from rest_framework.request import Request
from rest_framework.views import APIView

from realtime import publishing
from realtime.api.callers import Refused, Voice, voice_of
from realtime.changes import doorbell, outbox
from realtime.changes.refreshing import JOURNAL_DOORBELL
from realtime.complaints import in_a_line
from realtime.protocol.json import dumps, loads
from realtime.rooms import WORKERS
from realtime.tenancy import Directory, directory_now

logger = logging.getLogger(__name__)

TOO_LARGE = "Request body too large"

# As the journal keeps them.
MOST_TYPE, MOST_TOPIC = 100, 200
# An event goes out whole, and a socket's buffer holds 256 KiB.
MOST_EVENT = 128 * 1024


class BadBody(Exception):
    """The body can't be understood, or (413) is too large; carries the answer."""

    def __init__(self, answer: str, status: int = 400) -> None:
        self.answer, self.status = answer, status
        super().__init__(answer)


class IngestView(APIView):
    """POST only; answers in the old systems' words. Subclasses take a document that the caller may speak about."""

    authentication_classes = ()
    permission_classes = ()
    wrong_method = "Method not allowed"
    bad_body = "Invalid request body"
    most_body = MOST_EVENT

    def refuse(self, reason: str, status: int) -> HttpResponse:
        """The answer to what isn't as it should be: in plain text."""
        return text(reason, status)

    def http_method_not_allowed(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:  # type: ignore[override]
        answer = self.refuse(self.wrong_method, 405)
        answer["Allow"] = "POST, OPTIONS"
        return answer

    def post(self, request: Request, **_: Any) -> HttpResponse:
        try:
            directory = directory_now()
            voice = voice_of(request._request, directory)
            document = self.read(request._request)
            with transaction.atomic():
                return self.take(document, voice, request._request, directory)
        except BadBody as error:
            return self.refuse(error.answer, error.status)
        except Refused as refused:
            return JsonResponse({"error": refused.reason}, status=refused.status)
        except DataError:  # a character that PostgreSQL doesn't take
            return self.refuse(self.bad_body, 400)
        except DatabaseError as error:
            # Nothing is acknowledged that isn't stored.
            logger.warning("a notification could not be stored: %s", in_a_line(error))
            return JsonResponse({"error": "temporarily unavailable"}, status=503)

    def take(self, document: Any, voice: Voice, request: HttpRequest, directory: Directory) -> HttpResponse:
        """Store what was said, in a transaction; raises BadBody, Refused."""
        raise NotImplementedError

    def read(self, request: HttpRequest) -> Any:
        """The document of the body; raises BadBody."""
        document = self.load(request)
        try:
            dumps(document)  # what is nested too deep could be stored, but never told
        except (ValueError, TypeError):
            raise BadBody(self.bad_body) from None
        if not isinstance(document, dict):
            raise BadBody(self.bad_body)
        return document

    def load(self, request: HttpRequest) -> Any:
        """Whatever JSON the body is; raises BadBody."""
        try:
            body = request.body
        except RequestDataTooBig:
            raise BadBody(TOO_LARGE, 413) from None
        except UnreadablePostError:
            raise BadBody(self.bad_body) from None
        if len(body) > self.most_body:
            raise BadBody(TOO_LARGE, 413)
        try:
            return loads(body)
        except ValueError:
            raise BadBody(self.bad_body) from None


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
