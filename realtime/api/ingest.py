"""How does another program's POST become what people are told? Read, allowed, and stored before it is answered."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.db import DatabaseError, DataError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.request import UnreadablePostError
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request
from rest_framework.views import APIView

from realtime.api.callers import Caller, Refused
from realtime.api.promises import caller_of, promised
from realtime.intake import Outcome, Posted
from realtime.protocol.json import dumps, loads

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


# From which of what was told were news.
Answer = Callable[[Sequence[bool]], HttpResponse]


@dataclass(frozen=True, slots=True)
class Taken:
    """What is to be stored, and what is said then."""

    posted: Posted
    answer: Answer


class AlwaysJson(BaseContentNegotiation):
    """Whatever the caller says that it accepts: it expects what it always got."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type


class IngestView(APIView):
    """POST only; answers in the old systems' words. Subclasses take a document that the caller may speak about."""

    authentication_classes = ()
    permission_classes = ()
    content_negotiation_class = AlwaysJson
    wrong_method = "Method not allowed"
    bad_body = "Invalid request body"
    most_body = MOST_EVENT

    def perform_authentication(self, request: Request) -> None:
        """Nobody is a user here; who calls is asked otherwise (realtime/api/callers.py)."""

    def refuse(self, reason: str, status: int) -> HttpResponse:
        """The answer to what isn't as it should be: in plain text."""
        return text(reason, status)

    def http_method_not_allowed(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:  # type: ignore[override]
        answer = self.refuse(self.wrong_method, 405)
        answer["Allow"] = "POST, OPTIONS"
        return answer

    def post(self, request: Request, **_: Any) -> HttpResponse:
        asked = request._request
        try:
            caller = caller_of(asked)
            taken = self.take(self.read(asked), caller, asked)
        except BadBody as error:
            return self.refuse(error.answer, error.status)
        except Refused as refused:
            return JsonResponse({"error": refused.reason}, status=refused.status)
        except DatabaseError as error:
            return self._answer(None, error)
        return promised(asked, taken.posted, partial(self._answer, taken.answer))

    def take(self, document: Any, caller: Caller, request: HttpRequest) -> Taken:
        """What is to be stored of what was said. Waits for nothing; raises BadBody, Refused."""
        raise NotImplementedError

    def _answer(self, answer: Answer | None, outcome: Outcome) -> HttpResponse:
        if isinstance(outcome, DataError):  # a character that PostgreSQL doesn't take
            return self.refuse(self.bad_body, 400)
        if isinstance(outcome, DatabaseError) or answer is None:
            # Nothing is acknowledged that isn't stored.
            return JsonResponse({"error": "temporarily unavailable"}, status=503)
        return answer(outcome)

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


def text(body: str, status: int = 200) -> HttpResponse:
    """A plain-text answer."""
    return HttpResponse(body, status=status, content_type="text/plain; charset=utf-8")
