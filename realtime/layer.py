"""What does the Redis channel layer do better than its base? It waits for Redis to acknowledge a subscription,
survives a restart of Redis with a word about what may have been lost, and never lets a sender wait for ever.
"""

import asyncio
from typing import Any

from channels_redis.pubsub import (
    RedisPubSubChannelLayer,
    RedisPubSubLoopLayer,
    RedisSingleShardConnection,
)
from channels_redis.utils import _wrap_close, create_pool, decode_hosts
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialWithJitterBackoff, NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from realtime.subscribing import Subscriber

# What every channel of the process gets when Redis was away and messages may have been lost.
RESYNC = "layer.resync"
PUBLISH_TIMEOUT = 2.0
SUBSCRIBE_TIMEOUT = 5.0
# One connection that publishes in turn is enough for 10,000 messages a second; a few hide a slow round trip.
PUBLISHERS = 8
# The subscribed connection is opened anew as a whole, and has the Subscriber's time limits.
LISTENER: dict[str, Any] = {"socket_timeout": None, "health_check_interval": 0, "retry": Retry(NoBackoff(), 0)}


def host_of(url: str) -> dict[str, Any]:
    """Connection settings for a long-lived service: time-outs above the idle time, keepalive, a few retries."""
    return {
        "address": url,
        "socket_timeout": 15,
        "socket_connect_timeout": 3,
        "socket_keepalive": True,
        "health_check_interval": 30,
        "retry": Retry(ExponentialWithJitterBackoff(base=0.05, cap=0.5), 2),
        "retry_on_error": [RedisConnectionError, RedisTimeoutError],
    }


class PulsoChannelLayer(RedisPubSubChannelLayer):  # type: ignore[misc]
    """channels-redis' pub/sub layer on one Redis, with our loop layer."""

    def __init__(self, url: str, prefix: str = "pulso") -> None:
        self._url, self._prefix = url, prefix
        super().__init__(hosts=[host_of(url)], prefix=prefix)

    @property
    def connected(self) -> bool:
        """Does every subscription of the running loop stand, as far as is known?"""
        return self._get_layer().connected

    def _get_layer(self) -> "LoopLayer":
        loop = asyncio.get_running_loop()
        layer: LoopLayer | None = self._layers.get(loop)
        if layer is None:
            layer = LoopLayer(hosts=[host_of(self._url)], prefix=self._prefix, channel_layer=self)
            self._layers[loop] = layer
            _wrap_close(self, loop)
        return layer


class LoopLayer(RedisPubSubLoopLayer):  # type: ignore[misc]
    """The layer of one event loop."""

    def __init__(self, hosts: Any, **options: Any) -> None:
        super().__init__(hosts=hosts, **options)
        self._shards = [Shard(host, self) for host in decode_hosts(hosts)]

    @property
    def connected(self) -> bool:
        """Does every subscription stand, as far as is known?"""
        return all(shard.connected for shard in self._shards)

    def resync(self) -> None:
        """Tell every channel of the process that messages may have been lost."""
        notice = self.channel_layer.serialize({"type": RESYNC})
        for queue in self.channels.values():
            queue.put_nowait(notice)

    async def _subscribe_to_channel(self, channel: str) -> None:
        try:
            await super()._subscribe_to_channel(channel)
        except BaseException:
            # Nobody learns its name, so nobody could ever leave it.
            self.channels.pop(channel, None)
            await self._get_shard(channel).unsubscribe(channel)
            raise


class Shard(RedisSingleShardConnection):  # type: ignore[misc]
    """The connections to Redis: some that publish, one that is subscribed."""

    def __init__(self, host: dict[str, Any], layer: LoopLayer) -> None:
        super().__init__(host, layer)
        subscribed = create_pool(host | LISTENER)
        self._subscriber = Subscriber(subscribed.make_connection, self._deliver, layer.resync)
        self._publishers = asyncio.Semaphore(PUBLISHERS)

    @property
    def connected(self) -> bool:
        return self._subscriber.connected

    async def publish(self, channel: str, message: bytes) -> None:
        """Send; raises TimeoutError or what redis-py raises when Redis doesn't take it in time."""
        sender = asyncio.current_task()
        cancelled = sender.cancelling() if sender is not None else 0
        async with self._publishers, asyncio.timeout(PUBLISH_TIMEOUT):
            self._ensure_redis()
            await self._redis.publish(channel, message)
        if sender is not None and sender.cancelling() > cancelled:
            # redis-py writes under asyncio.wait_for, which before Python 3.12 forgets a cancellation that comes just
            # when the write is done: a worker that was to stop went on for ever.
            raise asyncio.CancelledError

    async def subscribe(self, channel: str) -> None:
        """Be subscribed; returns when Redis has acknowledged it. Raises TimeoutError."""
        async with asyncio.timeout(SUBSCRIBE_TIMEOUT):
            await self._subscriber.add(channel)

    async def unsubscribe(self, channel: str) -> None:
        """Be no longer subscribed; Redis learns of it when it can."""
        self._subscriber.drop(channel)

    async def flush(self) -> None:
        await self._subscriber.stop()
        await super().flush()

    def _deliver(self, channel: str, data: bytes) -> None:
        self._receive_message({"channel": channel, "data": data})
