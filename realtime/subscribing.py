"""How does a process stay subscribed at Redis, whatever happens to the connection? One task owns it and comes back.

redis-py's own PubSub may be used by one task only: with a reader and subscribers, a lost connection is opened anew by
both, each reading the other's answers, and the process may be deaf afterwards.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from typing import Any

from redis.asyncio.connection import AbstractConnection
from redis.exceptions import ConnectionError as RedisConnectionError

from realtime.complaints import in_a_line

logger = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 0.05, 1.0
# Redis is asked for a sign of life when nothing came for so long, and given up after as long again. Seconds.
PATIENCE = 5.0


class Subscriber:
    """Subscribed to whatever is wanted, on the running event loop.

    `connection()` makes a new, unconnected connection that doesn't retry. `deliver(channel, data)` gets each message.
    `came_back()` is called when the subscriptions stand again after a loss: messages may be missing. `who` subscribes,
    for the log.
    """

    def __init__(
        self,
        connection: Callable[[], AbstractConnection],
        deliver: Callable[[str, bytes], None],
        came_back: Callable[[], None],
        who: str = "the channel layer",
    ) -> None:
        self._new_connection, self._deliver, self._came_back, self._who = connection, deliver, came_back, who
        # What is wanted, and when Redis has acknowledged it.
        self._wanted: dict[str, asyncio.Future[None]] = {}
        # Those of them that are patterns.
        self._patterns: set[str] = set()
        # Commands for the present connection, in order, and the acknowledgements that they will bring.
        self._commands: asyncio.Queue[tuple[str, ...]] = asyncio.Queue()
        self._awaited: Counter[str] = Counter()
        self._task: asyncio.Task[None] | None = None
        self._lost, self._heard_at = False, 0.0

    @property
    def connected(self) -> bool:
        """Does everything that was subscribed stand, as far as is known?"""
        return not self._lost

    async def add(self, channel: str, pattern: bool = False) -> None:
        """Be subscribed, to one channel or to all that fit a pattern; returns when what is published from now on will
        come. Waits while Redis is away.
        """
        if pattern:
            self._patterns.add(channel)
        waiting = self._wanted.get(channel)
        if waiting is None:
            waiting = self._wanted[channel] = asyncio.get_running_loop().create_future()
            self._subscribe(channel)
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="redis subscriber")
        await asyncio.shield(waiting)

    def drop(self, channel: str) -> None:
        """Be no longer subscribed; harmless where it isn't."""
        if self._wanted.pop(channel, None) is not None:
            self._say("UNSUBSCRIBE", channel)  # patterns are dropped all together, by stop()

    async def stop(self) -> None:
        """Want nothing any more, and disconnect."""
        self._wanted.clear()
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def _subscribe(self, *wanted: str) -> None:
        patterns = [channel for channel in wanted if channel in self._patterns]
        channels = [channel for channel in wanted if channel not in self._patterns]
        for command, names in (("SUBSCRIBE", channels), ("PSUBSCRIBE", patterns)):
            if names:
                self._say(command, *names)
                self._awaited.update(names)

    def _say(self, command: str, *channels: str) -> None:
        self._commands.put_nowait((command, *channels))

    async def _run(self) -> None:
        pause = FIRST_PAUSE
        while True:
            connection = self._new_connection()
            try:
                async with asyncio.timeout(PATIENCE):
                    await connection.connect()  # type: ignore[no-untyped-call]
                pause = FIRST_PAUSE
                await self._use(connection)
            except Exception as error:  # whatever it was, without this task the process is deaf
                self._note_loss(error)
            finally:
                await connection.disconnect(nowait=True)
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _use(self, connection: AbstractConnection) -> None:
        """Subscribe to all that is wanted, then read and write until the connection breaks."""
        self._commands, self._awaited = asyncio.Queue(), Counter()
        self._subscribe(*self._wanted)
        works = [asyncio.create_task(work) for work in (self._read(connection), self._write(connection), self._watch())]
        try:
            ended, _ = await asyncio.wait(works, return_when=asyncio.FIRST_COMPLETED)
            await ended.pop()
        finally:
            for work in works:
                work.cancel()
            await asyncio.gather(*works, return_exceptions=True)

    async def _write(self, connection: AbstractConnection) -> None:
        while True:
            command = await self._commands.get()
            await connection.send_command(*command, check_health=False)

    async def _read(self, connection: AbstractConnection) -> None:
        now = asyncio.get_running_loop().time
        while True:
            # Without a time limit: setting one for each message costs as much as taking it.
            self._take(await connection.read_response())
            self._heard_at = now()

    async def _watch(self) -> None:
        """Raises what says that Redis is silent, even when asked."""
        now = asyncio.get_running_loop().time
        self._heard_at = now()
        while True:
            while (left := self._heard_at + PATIENCE - now()) > 0:
                await asyncio.sleep(left)
            asked = now()
            self._say("PING")
            await asyncio.sleep(PATIENCE)
            if self._heard_at < asked:
                raise RedisConnectionError(f"nothing was heard for {2 * PATIENCE:g} s")

    def _take(self, response: Any) -> None:
        match response:
            case [b"message", bytes(channel), bytes(data)]:
                self._deliver(channel.decode(), data)
            case [b"pmessage", _, bytes(channel), bytes(data)]:
                self._deliver(channel.decode(errors="replace"), data)
            case [b"subscribe" | b"psubscribe", bytes(channel), _]:
                self._acknowledge(channel.decode())

    def _acknowledge(self, channel: str) -> None:
        self._awaited[channel] -= 1
        waiting = self._wanted.get(channel)
        # Of a channel that was dropped and wanted again, the last acknowledgement counts.
        if waiting is not None and not waiting.done() and self._awaited[channel] <= 0:
            waiting.set_result(None)
        if self._lost:
            self._lost = False
            logger.info("%s has Redis back", self._who)
            self._came_back()

    def _note_loss(self, error: Exception) -> None:
        if not self._lost:
            logger.warning("%s lost Redis: %s", self._who, in_a_line(error))
        self._lost = True
