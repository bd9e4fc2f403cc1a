"""How does a back-end's POST reach its view? On the event loop, through the same middleware, and at once.

Django starts a thread for each request, and goes there and back for each half of each middleware: two milliseconds of
work for a view that takes a fifth of one.
"""

from collections.abc import Callable, Mapping
from os import SEEK_END
from typing import Any, cast

from asgiref.sync import iscoroutinefunction
from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed, RequestAborted
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.base import BaseHandler
from django.core.handlers.exception import convert_exception_to_response
from django.db import DatabaseError
from django.http import HttpResponseBase
from django.utils.module_loading import import_string
from servestatic.middleware import ServeStaticMiddleware

from realtime.api.callers import Callers, Refused
from realtime.api.promises import PostedRequest, Promise
from realtime.database import in_thread
from realtime.node import node

# What browsers of people need, and programs that post don't.
FOR_PEOPLE = frozenset({
    "realtime.requests.StaticFiles",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
})  # fmt: skip
INGEST = frozenset({"/notify", "/notify/cita", "/api/notify", "/api/publish"})
# A larger body is read beside the loop, whose sockets would wait. Bytes.
MOST_ON_THE_LOOP = 64 * 1024


class StaticFiles(ServeStaticMiddleware):  # type: ignore[misc]
    """servestatic's; left out of a chain that is not asynchronous, where nobody asks for files."""

    sync_capable = True

    def __init__(self, get_response: Callable[..., Any]) -> None:
        if not iscoroutinefunction(get_response):
            raise MiddlewareNotUsed
        super().__init__(get_response)


class RequestHandler(ASGIHandler):
    """Django's, with a short way for what back-ends post."""

    def __init__(self) -> None:
        super().__init__()
        self._ingest = IngestHandler()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if _is_ingest(scope):
            await self._ingest(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


class IngestHandler(ASGIHandler):
    """Serves what back-ends post, whose views need nothing but CPU: what they want stored is stored afterwards.

    What a client has posted is stored though it went.
    """

    request_class = PostedRequest

    def __init__(self) -> None:
        BaseHandler.__init__(self)
        self.load_middleware()
        self._callers = Callers()

    def load_middleware(self, is_async: bool = False) -> None:
        """Django's, in its order, without what is there for people."""
        self._view_middleware = self._template_response_middleware = self._exception_middleware = ()
        handler = convert_exception_to_response(self._get_response)  # type: ignore[attr-defined]
        for path in reversed(settings.MIDDLEWARE):
            if path not in FOR_PEOPLE:
                handler = convert_exception_to_response(import_string(path)(handler))
        self._middleware_chain = handler

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            body = await self.read_body(receive)
        except RequestAborted:
            return
        with body:
            is_large = body.seek(0, SEEK_END) > MOST_ON_THE_LOOP
            body.seek(0)
            request, refusal = self.create_request(scope, body)
            response = refusal if request is None else await self._answer(cast(PostedRequest, request), is_large)
            await self.send_response(cast(HttpResponseBase, response), send)

    async def _answer(self, request: PostedRequest, is_large: bool) -> HttpResponseBase:
        try:
            request.caller = await self._callers.caller_of(request)
        except (Refused, DatabaseError) as error:
            request.caller = error
        response = await in_thread(self.get_response, request) if is_large else self.get_response(request)
        if isinstance(response, Promise):
            response.keep(await node().intake.store(response.posted))
        return response


def _is_ingest(scope: Mapping[str, Any]) -> bool:
    path = scope["path"].removeprefix(scope.get("root_path", ""))
    return scope.get("method") == "POST" and path.removesuffix("/") in INGEST
