"""What does the Redis channel layer do better than its base? It waits for Redis to acknowledge a subscription,
survives a restart of Redis with a word about what may have been lost, and never lets a sender wait for ever.
"""

import asyncio
import logging
from typing import Any

from channels_redis.pubsub import (
    RedisPubSubChannelLayer,
    RedisPubSubLoopLayer,
    RedisSingleShardConnection,
)
from channels_redis.utils import _wrap_close, decode_hosts
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialWithJitterBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

logger = logging.getLogger(__name__)

# What every channel of the process gets when Redis was away and messages may have been lost.
RESYNC = "layer.resync"
PUBLISH_TIMEOUT = 2.0
SUBSCRIBE_TIMEOUT = 5.0
RECONNECT_DELAY = 0.5
# One connection that publishes in turn is enough for 10,000 messages a second; a few hide a slow round trip.
PUBLISHERS = 8


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
        """Is every subscription up, as far as is known?"""
        return all(shard.connected for shard in self._shards)

    def resync(self) -> None:
        """Tell every channel of the process that messages may have been lost."""
        notice = self.channel_layer.serialize({"type": RESYNC})
        for queue in self.channels.values():
            queue.put_nowait(notice)


class Shard(RedisSingleShardConnection):  # type: ignore[misc]
    """The connection to Redis. `subscribe` returns when Redis has acknowledged; channels-redis' returns before."""

    def __init__(self, host: Any, layer: LoopLayer) -> None:
        super().__init__(host, layer)
        self.connected = True
        self._acknowledged: dict[str, asyncio.Future[None]] = {}
        self._publishers = asyncio.Semaphore(PUBLISHERS)

    async def publish(self, channel: str, message: bytes) -> None:
        async with self._publishers, asyncio.timeout(PUBLISH_TIMEOUT):
            self._ensure_redis()
            await self._redis.publish(channel, message)

    async def subscribe(self, channel: str) -> None:
        async with asyncio.timeout(SUBSCRIBE_TIMEOUT):
            async with self._lock:
                waiting = self._acknowledged.get(channel)
                if waiting is None:
                    waiting = self._acknowledged[channel] = asyncio.get_running_loop().create_future()
                if channel not in self._subscribed_to:
                    self._ensure_redis()
                    self._ensure_receiver()
                    await self._pubsub.subscribe(channel)
                    self._subscribed_to.add(channel)
            await asyncio.shield(waiting)

    async def unsubscribe(self, channel: str) -> None:
        async with asyncio.timeout(SUBSCRIBE_TIMEOUT), self._lock:
            self._acknowledged.pop(channel, None)
            if channel in self._subscribed_to:
                self._subscribed_to.remove(channel)
                self._ensure_redis()
                self._ensure_receiver()
                await self._pubsub.unsubscribe(channel)

    async def _do_receiving(self) -> None:
        while True:
            try:
                if self._pubsub and self._pubsub.subscribed:
                    self._take(await self._pubsub.get_message(ignore_subscribe_messages=False, timeout=1.0))
                else:
                    await asyncio.sleep(0.05)
            except Exception as error:  # whatever it was, a receiver that ends makes the process deaf
                if self.connected:
                    logger.warning("the channel layer lost Redis: %s", error)
                self.connected = False
                await asyncio.sleep(RECONNECT_DELAY)

    def _take(self, message: dict[str, Any] | None) -> None:
        if message is None:
            return
        if message["type"] == "message":
            self._receive_message(message)
        elif message["type"] == "subscribe":
            self._acknowledge(message["channel"])

    def _acknowledge(self, name: bytes | str) -> None:
        channel = name.decode() if isinstance(name, bytes) else name
        waiting = self._acknowledged.get(channel)
        if waiting is None:
            return
        if not waiting.done():
            waiting.set_result(None)
        elif channel in self.channel_layer.channels or not self.connected:
            self._came_back()

    def _came_back(self) -> None:
        """redis-py subscribed anew by itself: the connection was lost for a while, and messages with it."""
        if not self.connected:
            logger.info("the channel layer has Redis back")
        self.connected = True
        self.channel_layer.resync()
