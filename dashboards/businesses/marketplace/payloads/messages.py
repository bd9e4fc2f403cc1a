"""What is said of a message between people, and of a notification?"""

from dataclasses import dataclass
from typing import Any, Self

from dashboards.businesses.marketplace.instants import instant
from dashboards.businesses.marketplace.models import Message
from dashboards.businesses.marketplace.payloads.document import Payload
from dashboards.kinds import Telling


@dataclass(frozen=True, slots=True)
class MessagePayload(Payload):
    from_: str
    type: str
    content: str
    timestamp: str
    id: int | None = None
    to: str | None = None
    room: str | None = None
    data: Any = None

    @classmethod
    def of(cls, message: Message) -> Self:
        return cls(
            message.sender, message.type, message.content, instant(message.timestamp),
            id=message.wire_id, to=message.recipient or None, room=message.room or None, data=message.data,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class NotificationPayload(Payload):
    """A telling as dialect 5 delivers it; `to` is the room or the user."""

    event: str
    data: Any
    to: str

    @classmethod
    def of(cls, telling: Telling, to: str) -> Self:
        return cls(telling.type, telling.data, to)
