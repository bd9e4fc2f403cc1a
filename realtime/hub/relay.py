"""How do messages of the channel layer reach the hub? One subscription per process and group."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from realtime.hub.rooms import RoomKey

logger = logging.getLogger(__name__)

Receiver = Callable[[Mapping[str, Any]], None]
RESTART_DELAY = 0.5


class Layer(Protocol):
    """What the relay needs of a channel layer."""

    async def new_channel(self, prefix: str = ...) -> str: ...
    async def receive(self, channel: str) -> Mapping[str, Any]: ...
    async def group_add(self, group: str, channel: str) -> None: ...
    async def group_discard(self, group: str, channel: str) -> None: ...


class Relay:
    """The process's one channel on the layer.

    `receivers`: message type -> what takes it. A message of any other type is ignored and counted, since another
    version of this service may know it.
    """

    def __init__(self, layer: Layer, receivers: Mapping[str, Receiver]) -> None:
        self.ignored = 0
        self.groups: dict[str, RoomKey | None] = {}
        self._layer, self._receivers = layer, dict(receivers)
        self._channel = ""
        self._task: asyncio.Task[None] | None = None

    async def start(self, *groups: str) -> None:
        """Open the channel, join the process's own `groups`, start receiving. If it fails, it may be tried again."""
        if self._task is None:
            self._channel = await self._layer.new_channel("relay.")
            self._task = asyncio.create_task(self._receive(), name="relay")
        for group in groups:
            self.groups[group] = None
            await self._layer.group_add(group, self._channel)

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def subscribe(self, key: RoomKey) -> None:
        """Join the room's group; returns when messages sent from now on will come."""
        await self._layer.group_add(key.group, self._channel)
        self.groups[key.group] = key

    async def unsubscribe(self, key: RoomKey) -> None:
        """Leave the room's group. A subscribe() that begins later than this wins, however long either takes."""
        self.groups.pop(key.group, None)
        await self._layer.group_discard(key.group, self._channel)

    def key_of(self, group: str) -> RoomKey | None:
        """The room of a group that this process is in."""
        return self.groups.get(group)

    async def _receive(self) -> None:
        while True:
            try:
                message = await self._layer.receive(self._channel)
            except Exception as error:
                logger.warning("the channel layer can't be read: %s", error)
                await asyncio.sleep(RESTART_DELAY)
                continue
            self._hand_over(message)

    def _hand_over(self, message: Mapping[str, Any]) -> None:
        receiver = self._receivers.get(str(message.get("type")))
        if receiver is None:
            self.ignored += 1
            return
        try:
            receiver(message)
        except Exception:
            # One message that can't be taken must not end the relay of all the others.
            logger.exception("a %s message of the channel layer could not be delivered", message.get("type"))
