"""What must every consumer do that Channels' own doesn't? Clean up whatever happens, and never leave the loop."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, ClassVar

from asgiref.sync import markcoroutinefunction
from channels.consumer import AsyncConsumer
from channels.exceptions import StopConsumer

Event = dict[str, Any]
Receive = Callable[[], Awaitable[Event]]


class SocketConsumer(AsyncConsumer):  # type: ignore[misc]
    """Base of our consumers: no channel of its own on the layer (the relay has one for all), handlers by a table,
    no thread hop per message, `cleanup()` exactly once however the connection ends.
    """

    handlers: ClassVar[Mapping[str, str]] = {
        "websocket.connect": "connected",
        "websocket.receive": "received",
        "websocket.disconnect": "disconnected",
    }

    @classmethod
    def as_asgi(cls, **initkwargs: Any) -> Callable[..., Awaitable[None]]:
        """The application of these consumers. It hands over by a return, so that no frame of it waits below."""

        def serve(scope: Event, receive: Receive, send: Any) -> Awaitable[None]:
            return cls(**initkwargs)(scope, receive, send)

        return markcoroutinefunction(serve)

    async def __call__(self, scope: Event, receive: Receive, send: Any) -> None:
        self.scope, self.base_send = scope, send
        try:
            while True:
                await self.dispatch(await receive())
        except StopConsumer:
            pass
        except OSError:
            pass  # the peer went away while something was sent to it; uvicorn says so by an OSError
        finally:
            self.cleanup()

    async def dispatch(self, message: Event) -> None:
        handler = self.handlers.get(message["type"])
        if handler is not None:
            await getattr(self, handler)(message)

    async def disconnected(self, message: Event) -> None:
        raise StopConsumer

    def cleanup(self) -> None:
        """Give back everything that the connection held. Synchronous, so that a cancelled task can't skip it."""
