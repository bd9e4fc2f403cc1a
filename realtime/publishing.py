"""How does code that isn't on the event loop send to a group? Through the one long-lived loop that owns the layer.

A new loop and connection per call, as async_to_sync makes them, would cost milliseconds and connections.
"""

import asyncio
import logging
import threading
from typing import Any

from channels.layers import get_channel_layer
from django.conf import settings

from realtime.protocol.json import dumps

logger = logging.getLogger(__name__)


class Sender:
    """Sends to groups from any thread; equal messages that wait together are folded into one."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lock = threading.Lock()
        self._waiting: dict[tuple[str, bytes], dict[str, Any]] = {}
        self._task: asyncio.Task[None] | None = None

    def bind(self, loop: asyncio.AbstractEventLoop | None) -> None:
        """From now on `loop` owns the layer (None: the process has none any more)."""
        self._loop = loop

    def send_soon(self, group: str, message: dict[str, Any]) -> None:
        """Send when the loop gets to it. Lost when the layer can't be reached."""
        loop = self._owner()
        if loop is None:
            return
        with self._lock:
            first = not self._waiting
            self._waiting[group, dumps(message)] = message
        if first:
            try:
                loop.call_soon_threadsafe(self._flush)
            except RuntimeError:  # the loop has closed since
                with self._lock:
                    self._waiting.clear()

    def _owner(self) -> asyncio.AbstractEventLoop | None:
        """The server's loop where there is one; else a thread's, if other processes can be reached at all."""
        if self._loop is None and settings.REDIS_URL:
            with self._lock:
                if self._loop is None:
                    self._loop = asyncio.new_event_loop()
                    threading.Thread(target=self._loop.run_forever, name="layer", daemon=True).start()
        return self._loop

    def _flush(self) -> None:
        # One at a time: what comes while Redis is away waits together, folded.
        if self._task is None or self._task.done():
            self._task = asyncio.ensure_future(self._send_all())

    async def _send_all(self) -> None:
        while messages := self._taken():
            await self._send(messages)

    def _taken(self) -> dict[tuple[str, bytes], dict[str, Any]]:
        with self._lock:
            messages, self._waiting = self._waiting, {}
        return messages

    async def _send(self, messages: dict[tuple[str, bytes], dict[str, Any]]) -> None:
        layer = get_channel_layer()
        for (group, _), message in messages.items():
            try:
                await layer.group_send(group, message)
            except Exception as error:
                logger.warning("nothing could be sent to %s: %s", group, error)


_sender = Sender()
bind, send_soon = _sender.bind, _sender.send_soon
