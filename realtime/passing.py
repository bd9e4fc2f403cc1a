"""How does what one client says reach the others of its room? Over the channel layer, never stored."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from channels.layers import get_channel_layer

from realtime.protocol.json import dumps, loads
from realtime.protocol.messages import Passing
from realtime.rooms import Room
from realtime.updates import rfc3339

PASSING_MESSAGE = "hub.passing"


async def pass_on(room: Room, sender: str, type: str, document: Mapping[str, Any], echo: bool = False) -> None:
    """Send to whoever is in the room, in any process; to the sender if `echo`. Raises what the layer raises."""
    body = {"at": rfc3339(dt.datetime.now(dt.UTC)), "document": document}
    message = {"type": PASSING_MESSAGE, "group": room.group, "sender": sender, "what": type, "echo": echo}
    await get_channel_layer().group_send(room.group, message | {"body": dumps(body).decode()})


def of_message(message: Mapping[str, Any], room: str, topic: str) -> Passing:
    """What a channel-layer message passes on."""
    body = loads(message["body"])
    return Passing(room, topic, message["what"], body["document"], message["sender"], body["at"])


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
