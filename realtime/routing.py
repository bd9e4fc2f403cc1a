"""Which application does a connection belong to? Channels' routers, which hand over by a return.

Theirs await what they hand over to: two frames, and a copy of the scope, for as long as a socket is open.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import markcoroutinefunction
from channels.routing import ProtocolTypeRouter, URLRouter

Application = Callable[[dict[str, Any], Any, Any], Awaitable[None]]


class ByProtocol(ProtocolTypeRouter):  # type: ignore[misc]
    """HTTP, WebSocket, lifespan."""

    def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> Awaitable[None]:
        application: Application = self.application_mapping[scope["type"]]
        return application(scope, receive, send)


class ByPath(URLRouter):  # type: ignore[misc]
    """WebSockets; the last route has to take every path."""

    def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> Awaitable[None]:
        path = scope["path"].removeprefix(scope.get("root_path", "")).lstrip("/")
        route, found = next((route, found) for route in self.routes if (found := route.pattern.match(path)))
        scope["url_route"] = {"args": found[1], "kwargs": found[2]}
        application: Application = route.callback
        return application(scope, receive, send)


# Servers look whether an application has to be called once or twice.
markcoroutinefunction(ByProtocol.__call__)
markcoroutinefunction(ByPath.__call__)
