"""How does what one client says reach the others of its room? Over the channel layer, never stored."""

from collections.abc import Mapping
from typing import Any

from channels.layers import get_channel_layer

from realtime.protocol.json import dumps, loads
from realtime.protocol.messages import Passing
from realtime.rooms import Room

PASSING_MESSAGE = "hub.passing"


async def pass_on(room: Room, sender: str, type: str, document: Mapping[str, Any]) -> None:
    """Send to whoever is in the room, in any process. Raises what the layer raises."""
    message = {"type": PASSING_MESSAGE, "group": room.group, "sender": sender, "what": type}
    await get_channel_layer().group_send(room.group, message | {"body": dumps(document).decode()})


def of_message(message: Mapping[str, Any], room: str) -> Passing:
    """What a channel-layer message passes on."""
    return Passing(room, message["what"], loads(message["body"]))


def carries_token(document: object) -> bool:
    """Is there a token anywhere in it, however deep? Such a frame is never passed on."""
    parts = [document]
    while parts:
        part = parts.pop()
        if isinstance(part, Mapping):
            if any("token" in str(name).lower() for name in part):
                return True
            parts.extend(part.values())
        elif isinstance(part, list):
            parts.extend(part)
    return False
