"""How does a view answer with a stream that outlives Django's part? The view decides, the stream goes on without it.

Django holds a thread for every answer that it is still sending (its middleware ran there): a thread a stream.
"""

from collections.abc import Awaitable, Callable
from typing import Any

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[Any], Awaitable[None]]
Scope = dict[str, Any]
Stream = Callable[[Scope, Receive, Send], Awaitable[None]]
Application = Callable[[Scope, Any, Send], Awaitable[None]]

KEY = "pulso.stream"
OK = 200


def stream_on(scope: Scope, stream: Stream) -> None:
    """The view's answer, an empty streaming one, is to be continued by `stream`, which ends it."""
    scope[KEY] = stream


def with_streams(application: Application) -> Application:
    """The application, whose answers may be continued by streams."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        answered = False

        async def forward(message: dict[str, Any]) -> None:
            nonlocal answered
            if message["type"] == "http.response.start" and message["status"] != OK:
                scope.pop(KEY, None)
            elif message["type"] == "http.response.body" and not message.get("more_body") and KEY in scope:
                answered, message = True, {**message, "more_body": True}
            await send(message)

        await application(scope, receive, forward)
        if answered:
            await scope.pop(KEY)(scope, receive, send)

    return serve
