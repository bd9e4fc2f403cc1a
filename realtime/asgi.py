"""Where does each ASGI connection go: HTTP, WebSocket, lifespan?"""

import os
from typing import Any

import django
from django.core.asgi import get_asgi_application
from django.urls import re_path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "realtime.settings")
django.setup()
http = get_asgi_application()

from realtime.consumers.client import ClientConsumer  # noqa: E402 - models need loaded apps
from realtime.consumers.denial import deny  # noqa: E402
from realtime.node import node  # noqa: E402
from realtime.routing import ByPath, ByProtocol  # noqa: E402
from realtime.streaming.handover import with_streams  # noqa: E402


async def lifespan(scope: Any, receive: Any, send: Any) -> None:
    """Start the node before the first connection, stop it after the last."""
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await node().ensure_started()
            await send({"type": "lifespan.startup.complete"})
        elif message["type"] == "lifespan.shutdown":
            await node().stop()
            await send({"type": "lifespan.shutdown.complete"})
            return


application = ByProtocol(
    {
        "http": with_streams(http),
        "websocket": ByPath(
            [
                # ASGI applications, as all of URLRouter's.
                re_path(r"^(?:ws/?)?$", ClientConsumer.as_asgi()),  # type: ignore[arg-type]
                re_path(r"^ws/(?P<dialect>[a-z]+)/?$", ClientConsumer.as_asgi()),  # type: ignore[arg-type]
                re_path(r"", deny),  # type: ignore[arg-type]
            ]
        ),
        "lifespan": lifespan,
    }
)
