"""How does a test come between a node and what it hears and reads? Messages and answers wait until they are let go."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from realtime.sequencer import EVENTS_MESSAGE
from realtime.updates import STATE_MESSAGE

MARK = "model.mark"
MARKS = "model.marks"


class NotReadable(Exception):
    """The journal can't be read now."""


class GatedLayer:
    """A node's channel layer. While `paused`, what is told waits in `held`, where it may be lost or come twice.

    Marks, which pass every gate, show how far the layer has delivered.
    """

    def __init__(self, inner: Any) -> None:
        self.inner: Any = inner
        self.paused = False
        self.held: list[Mapping[str, Any]] = []
        self.mark = 0
        self._ready: asyncio.Queue[Mapping[str, Any]] = asyncio.Queue()
        self._pump: asyncio.Task[None] | None = None

    async def new_channel(self, prefix: str = "") -> str:
        channel: str = await self.inner.new_channel(prefix)
        await self.inner.group_add(MARKS, channel)
        self._pump = asyncio.create_task(self._deliver(channel))
        return channel

    async def receive(self, channel: str) -> Mapping[str, Any]:
        return await self._ready.get()

    async def group_add(self, group: str, channel: str) -> None:
        await self.inner.group_add(group, channel)

    async def group_discard(self, group: str, channel: str) -> None:
        await self.inner.group_discard(group, channel)

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        await self.inner.group_send(group, message)

    def let_go(self) -> None:
        """What waited comes now, and what comes later at once."""
        self.paused = False
        while self.held:
            self._ready.put_nowait(self.held.pop(0))

    async def end(self) -> None:
        if self._pump is not None:
            self._pump.cancel()
            await asyncio.gather(self._pump, return_exceptions=True)
        await self.inner.flush()

    async def _deliver(self, channel: str) -> None:
        while True:
            message = await self.inner.receive(channel)
            if message["type"] == MARK:
                self.mark = max(self.mark, message["number"])
            elif self.paused and message["type"] in (EVENTS_MESSAGE, STATE_MESSAGE):
                self.held.append(message)
            else:
                self._ready.put_nowait(message)


class Gate:
    """Answers of the database: they come (`open`), are read and come late, or don't come at all (`fails`)."""

    def __init__(self) -> None:
        self.fails = False
        self._open = asyncio.Event()
        self._open.set()

    @property
    def shut(self) -> bool:
        return self.fails or not self._open.is_set()

    def close(self) -> None:
        self._open.clear()

    def open(self) -> None:
        self.fails = False
        self._open.set()

    async def passed(self, answer: Awaitable[Any]) -> Any:
        """The answer, when it may come."""
        if self.fails:
            getattr(answer, "close", lambda: None)()
            raise NotReadable
        result = await answer
        await self._open.wait()
        return result


Reading = Callable[..., Awaitable[Any]]


class Gated:
    """A reader (a node's History, or its Snapshots) behind a gate."""

    def __init__(self, inner: Any, gate: Gate) -> None:
        self._inner, self._gate = inner, gate

    def __getattr__(self, name: str) -> Reading:
        read: Reading = getattr(self._inner, name)

        async def gated(*arguments: Any) -> Any:
            return await self._gate.passed(read(*arguments))

        return gated
