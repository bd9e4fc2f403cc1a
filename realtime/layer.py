"""What does the Redis channel layer do better than its base? It waits for Redis to acknowledge a subscription,
survives a restart of Redis with a word about what may have been lost, and never lets a sender wait for ever.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from channels_redis.pubsub import (
    RedisPubSubChannelLayer,
    RedisPubSubLoopLayer,
    RedisSingleShardConnection,
)
from channels_redis.utils import _wrap_close, create_pool, decode_hosts
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from realtime.broadcasting import Broadcaster
from realtime.subscribing import Subscriber

# What every channel of the process gets when Redis was away and messages may have been lost.
RESYNC = "layer.resync"
SUBSCRIBE_TIMEOUT = 5.0
# The Subscriber's and the Broadcaster's connections have the time limits of these, and are opened anew as a whole.
OWNED: dict[str, Any] = {
    "socket_connect_timeout": 3, "socket_timeout": None, "socket_keepalive": True, "health_check_interval": 0,
    "retry": Retry(NoBackoff(), 0),
}  # fmt: skip


class PulsoChannelLayer(RedisPubSubChannelLayer):  # type: ignore[misc]
    """channels-redis' pub/sub layer on one Redis, with our loop layer."""

    def __init__(self, url: str, prefix: str = "pulso") -> None:
        self._url, self._prefix = url, prefix
        super().__init__(hosts=[OWNED | {"address": url}], prefix=prefix)

    @property
    def connected(self) -> bool:
        """Does every subscription of the running loop stand, as far as is known?"""
        return self._get_layer().connected

    async def group_send_all(self, messages: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
        """Send each to its group, in their order, at once. Raises what group_send() raises; some may be sent then."""
        await self._get_layer().group_send_all(messages)

    def _get_layer(self) -> "LoopLayer":
        loop = asyncio.get_running_loop()
        layer: LoopLayer | None = self._layers.get(loop)
        if layer is None:
            layer = LoopLayer(hosts=[OWNED | {"address": self._url}], prefix=self._prefix, channel_layer=self)
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

    async def group_send_all(self, messages: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
        """As PulsoChannelLayer's."""
        (shard,) = self._shards
        serialize, name = self.channel_layer.serialize, self._get_group_channel_name
        await shard.publish_all([(name(group), serialize(message)) for group, message in messages])

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
    """The connections to Redis: one that publishes, one that is subscribed."""

    def __init__(self, host: dict[str, Any], layer: LoopLayer) -> None:
        super().__init__(host, layer)
        new_connection = create_pool(host).make_connection
        self._broadcaster = Broadcaster(new_connection)
        self._subscriber = Subscriber(new_connection, self._deliver, layer.resync)

    @property
    def connected(self) -> bool:
        return self._subscriber.connected

    async def publish(self, channel: str, message: bytes) -> None:
        """Send; raises TimeoutError or what redis-py raises when Redis doesn't take it in time."""
        await self.publish_all([(channel, message)])

    async def publish_all(self, messages: Sequence[tuple[str, bytes]]) -> None:
        """Send all of them in their order; raises as publish()."""
        await self._broadcaster.publish(messages)

    async def subscribe(self, channel: str) -> None:
        """Be subscribed; returns when Redis has acknowledged it. Raises TimeoutError."""
        async with asyncio.timeout(SUBSCRIBE_TIMEOUT):
            await self._subscriber.add(channel)

    async def unsubscribe(self, channel: str) -> None:
        """Be no longer subscribed; Redis learns of it when it can."""
        self._subscriber.drop(channel)

    async def flush(self) -> None:
        await self._subscriber.stop()
        await self._broadcaster.stop()
        await super().flush()

    def _deliver(self, channel: str, data: bytes) -> None:
        self._receive_message({"channel": channel, "data": data})
