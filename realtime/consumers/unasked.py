"""What does a client get that doesn't ask? The topics of its dialect, however long it takes to join them."""

import asyncio
import logging
from typing import Protocol

from realtime.authentication.credentials import Credentials
from realtime.authentication.principal import Principal
from realtime.authorization import Action
from realtime.complaints import in_a_line
from realtime.consumers.addressing import listener_of, room_of, silent_negocio
from realtime.consumers.subscriptions import Subscriptions
from realtime.hub.rooms import OpenRoom
from realtime.protocol.dialects import Dialect
from realtime.rooms import Room
from realtime.tenancy import Directory

logger = logging.getLogger(__name__)

FIRST_RETRY, LONGEST_RETRY = 0.5, 5.0


class Unasking(Protocol):
    """What serving it needs of a connection. `serving`: one at a time."""

    renderer: Dialect
    principal: Principal
    credentials: Credentials
    subscriptions: Subscriptions
    serving: asyncio.Lock


async def serve_own_topics(client: Unasking, directory: Directory) -> None:
    """What the dialect's clients get unasked, as far as this one may read it and isn't in it yet."""
    dialect, principal = client.renderer, client.principal
    tenant = silent_negocio(principal, dialect.kind, client.credentials.host, directory)
    if tenant is None or (dialect.asks and client.subscriptions.used):
        return
    async with client.serving:  # frames close behind each other would have it shown to them twice
        for topic in dialect.own_topics(listener_of(principal, tenant)):
            room = room_of(client, Action.READ, tenant.code, topic, directory)
            if isinstance(room, Room) and room not in client.subscriptions:
                await join_until_it_works(client, room)
                client.subscriptions.show(room, dialect.spares_repeats)


async def join_until_it_works(client: Unasking, room: Room) -> OpenRoom:
    """For clients that can't be told to try again."""
    pause = FIRST_RETRY
    while True:
        try:
            return await client.subscriptions.join(room)
        except Exception as error:
            logger.warning("%s can't be joined yet: %s", room.name, in_a_line(error))
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_RETRY)
