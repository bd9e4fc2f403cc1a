"""What does a view answer before what was posted is stored? A promise, which whoever serves the request keeps."""

from collections.abc import Callable

from django.core.handlers.asgi import ASGIRequest
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse

from realtime.api.callers import Caller, Refused, caller_now
from realtime.intake import Outcome, Posted, store_now


class Promise(HttpResponse):
    """An answer without content until `keep()` is told what became of `posted`."""

    def __init__(self, posted: Posted, answer: Callable[[Outcome], HttpResponse]) -> None:
        super().__init__()
        self.posted, self._answer = posted, answer

    def keep(self, outcome: Outcome) -> None:
        """Be the answer to this. What middleware has added stays."""
        kept = self._answer(outcome)
        self.status_code, self.content = kept.status_code, kept.content
        for name, value in kept.items():
            self[name] = value
        self["Content-Length"] = str(len(kept.content))


class PostedRequest(ASGIRequest):
    """A request that is served on the event loop, where nothing can be waited for: `caller` was found out before, and
    promises are kept afterwards.
    """

    caller: Caller | Refused | DatabaseError


def caller_of(request: HttpRequest) -> Caller:
    """Who calls; raises Refused (401), DatabaseError."""
    caller = request.caller if isinstance(request, PostedRequest) else caller_now(request)
    if isinstance(caller, Exception):
        raise caller
    return caller


def promised(request: HttpRequest, posted: Posted, answer: Callable[[Outcome], HttpResponse]) -> HttpResponse:
    """The view's answer, kept at once where nobody else does."""
    promise = Promise(posted, answer)
    if not isinstance(request, PostedRequest):
        promise.keep(store_now(posted))
    return promise
