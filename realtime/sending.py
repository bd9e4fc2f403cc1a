"""How does the event loop that owns the channel layer send to its groups?"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from channels.layers import get_channel_layer

from realtime.layer import PulsoChannelLayer

# Groups and what is sent to them, in that order.
Messages = Sequence[tuple[str, dict[str, Any]]]
Send = Callable[[str, dict[str, Any]], Awaitable[None]]
SendAll = Callable[[Messages], Awaitable[None]]


def layer_send() -> Send:
    """To one group."""

    async def send(group: str, message: dict[str, Any]) -> None:
        await get_channel_layer().group_send(group, message)

    return send


def layer_send_all() -> SendAll:
    """To many groups at once, where the layer can."""

    async def send_all(messages: Messages) -> None:
        layer = get_channel_layer()
        if isinstance(layer, PulsoChannelLayer):
            await layer.group_send_all(messages)
        else:
            for group, message in messages:
                await layer.group_send(group, message)

    return send_all
