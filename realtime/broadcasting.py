"""How do messages get to Redis? On one connection, in their order; what waits meanwhile goes in one write."""

import asyncio
from collections.abc import Callable, Sequence

from redis.asyncio.connection import AbstractConnection
from redis.exceptions import ConnectionError as RedisConnectionError

from realtime.batching import Batching, in_pieces

# Redis takes what is written to it within so long, or it is away. Seconds.
PATIENCE = 2.0
# Over a connection that breaks the same is sent again so often, after a pause, for Redis may only have started anew.
TRIES, PAUSE = 3, 0.1
# So much is written before answers are read.
MOST_BYTES = 1024 * 1024

# Channel and data.
Message = tuple[str, bytes]


class Broadcaster:
    """Publishes, from the running event loop. `connection()` makes a new, unconnected connection that doesn't retry.

    Where a connection breaks messages may come twice, which those who hear them have to stand.
    """

    def __init__(self, connection: Callable[[], AbstractConnection]) -> None:
        self._new_connection = connection
        self._connection: AbstractConnection | None = None
        self._batching = Batching(self._send, MOST_BYTES, _size)

    async def publish(self, messages: Sequence[Message]) -> None:
        """Returns when Redis has them. Raises TimeoutError or what redis-py raises where it can't take them all."""
        await self._batching.do(messages)

    async def stop(self) -> None:
        """Disconnect, when what is under way is sent."""
        await self._batching.close()
        await self._hang_up()

    async def _send(self, batch: Sequence[Sequence[Message]]) -> Sequence[None]:
        for part in in_pieces([message for messages in batch for message in messages], MOST_BYTES, _length):
            await self._send_part(part)
        return [None] * len(batch)

    async def _send_part(self, messages: Sequence[Message]) -> None:
        for tries_left in reversed(range(TRIES)):
            try:
                async with asyncio.timeout(PATIENCE):
                    await self._exchange(messages)
                break
            except (RedisConnectionError, OSError) as error:
                await self._hang_up()
                if not tries_left or isinstance(error, TimeoutError):
                    raise
            except BaseException:  # its answers may still come
                await self._hang_up()
                raise
            await asyncio.sleep(PAUSE)

    async def _exchange(self, messages: Sequence[Message]) -> None:
        if self._connection is None:
            connection = self._new_connection()
            await connection.connect()  # type: ignore[no-untyped-call]
            self._connection = connection
        await self._connection.send_packed_command(b"".join(map(_packed, messages)), check_health=False)
        for _ in messages:
            await self._connection.read_response()

    async def _hang_up(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.disconnect(nowait=True)


def _size(messages: Sequence[Message]) -> int:
    return sum(map(_length, messages))


def _length(message: Message) -> int:
    return len(message[1])


def _packed(message: Message) -> bytes:
    """PUBLISH, as Redis reads it."""
    channel, data = message[0].encode(), message[1]
    return b"*3\r\n$7\r\nPUBLISH\r\n$%d\r\n%b\r\n$%d\r\n%b\r\n" % (len(channel), channel, len(data), data)
