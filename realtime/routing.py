"""Which application does a connection belong to? Channels' routers, which hand over by a return.

Theirs await what they hand over to: two frames, and a copy of the scope, for as long as a socket is open.
"""

from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import Any

from asgiref.sync import markcoroutinefunction
from channels.routing import ProtocolTypeRouter, URLRouter

# Clients come by few paths; whatever else is asked for is soon forgotten.
MOST_PATHS = 64

Application = Callable[[dict[str, Any], Any, Any], Awaitable[None]]


class ByProtocol(ProtocolTypeRouter):  # type: ignore[misc]
    """HTTP, WebSocket, lifespan."""

    def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> Awaitable[None]:
        application: Application = self.application_mapping[scope["type"]]
        return application(scope, receive, send)


class ByPath(URLRouter):  # type: ignore[misc]
    """WebSockets; the last route has to take every path."""

    def __init__(self, routes: Any) -> None:
        super().__init__(routes)
        self._found = lru_cache(MOST_PATHS)(self._looked_up)

    def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> Awaitable[None]:
        application, args, kwargs = self._found(scope["path"].removeprefix(scope.get("root_path", "")).lstrip("/"))
        scope["url_route"] = {"args": args, "kwargs": dict(kwargs)}
        return application(scope, receive, send)

    def _looked_up(self, path: str) -> tuple[Application, Any, Any]:
        route, found = next((route, found) for route in self.routes if (found := route.pattern.match(path)))
        return route.callback, found[1], found[2]


# Servers look whether an application has to be called once or twice.
markcoroutinefunction(ByProtocol.__call__)
markcoroutinefunction(ByPath.__call__)
