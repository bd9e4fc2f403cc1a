"""How do frames get into an HTTP answer that never ends, and what if its client doesn't read them?"""

import asyncio

from realtime.hub.frames import Frame
from realtime.hub.outlet import Send, SendOutlet, Wire


class StreamOutlet(SendOutlet):
    """An outlet over the body of an HTTP answer, bounded as every other; `patience` in seconds.

    Without a `wire` (a server that isn't ours) a client that reads nothing is the server's business.
    """

    __slots__ = ("_patience", "_wire")

    def __init__(self, send: Send, wire: Wire | None, patience: float) -> None:
        super().__init__(send)
        self._wire, self._patience = wire, patience

    def buffered(self) -> int:
        return super().buffered() + (self._wire.buffered() if self._wire is not None else 0)

    def abort(self) -> None:
        self.closed()
        if self._wire is not None:
            self._wire.abort()

    async def finish(self) -> None:
        """End the answer behind everything SENT; a client that doesn't take it within `patience` is cut off."""
        try:
            async with asyncio.timeout(self._patience):
                await self.flush()
                self.closed()
                await self._send({"type": "http.response.body", "body": b""})
        except TimeoutError:
            self.abort()

    async def _pass(self, frame: Frame) -> None:
        message = {"type": "http.response.body", "body": frame.payload, "more_body": True}
        if self._wire is None:
            await self._send(message)
            return
        while True:
            before = self._wire.buffered()
            try:
                async with asyncio.timeout(self._patience):
                    # uvicorn waits first and writes then, all at once: cut short, it has written nothing.
                    await self._send(message)
                return
            except TimeoutError:
                if self._wire.buffered() >= before:
                    self.abort()
                    raise ConnectionAbortedError from None
