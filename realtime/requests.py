"""How does a back-end's POST reach its view? In one thread, once, and back.

Django starts a thread for each request, and goes there and back for each half of each middleware: two milliseconds of
work for a view that takes one.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from asgiref.sync import ThreadSensitiveContext, iscoroutinefunction, sync_to_async
from django.core.exceptions import MiddlewareNotUsed
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.base import BaseHandler
from django.http import HttpResponseBase
from servestatic.middleware import ServeStaticMiddleware

# Their views are synchronous and short.
INGEST = ("/notify", "/api/notify", "/api/publish")
MOST_IDLE = 32


class StaticFiles(ServeStaticMiddleware):  # type: ignore[misc]
    """servestatic's; left out of a chain that is not asynchronous, where nobody asks for files."""

    sync_capable = True

    def __init__(self, get_response: Callable[..., Any]) -> None:
        if not iscoroutinefunction(get_response):
            raise MiddlewareNotUsed
        super().__init__(get_response)


class OneThread(ThreadPoolExecutor):
    """A thread that serves requests, one at a time; `busy` while it has work."""

    def __init__(self) -> None:
        super().__init__(1, thread_name_prefix="request")
        self._last: Future[Any] | None = None

    @property
    def busy(self) -> bool:
        return self._last is not None and not self._last.done()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        self._last = super().submit(fn, *args, **kwargs)
        return self._last


class RequestHandler(ASGIHandler):
    """Django's, with a short way for what back-ends post, in threads that are used again.

    Other requests may leave tasks behind (a stream, a room that opens), which need the thread of theirs for longer.
    """

    def __init__(self) -> None:
        super().__init__()
        self._ingest = BaseHandler()
        self._ingest.load_middleware(is_async=False)
        self._idle: list[OneThread] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if not _is_ingest(scope):
            await super().__call__(scope, receive, send)
            return
        thread = self._idle.pop() if self._idle else OneThread()
        try:
            async with ThreadSensitiveContext(executor=thread):
                await self.handle(scope, receive, send)
        finally:
            # A client that went may have left its view at work.
            if thread.busy or len(self._idle) >= MOST_IDLE:
                thread.shutdown(wait=False)
            else:
                self._idle.append(thread)

    async def get_response_async(self, request: Any) -> HttpResponseBase:
        if _is_ingest(request.scope):
            return await sync_to_async(self._ingest.get_response, thread_sensitive=True)(request)
        response: HttpResponseBase = await super().get_response_async(request)
        return response


def _is_ingest(scope: Mapping[str, Any]) -> bool:
    path = scope["path"].removeprefix(scope.get("root_path", ""))
    return scope.get("method") == "POST" and path.startswith(INGEST)
