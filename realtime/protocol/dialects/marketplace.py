"""How do the marketplace's front-ends speak (wire.md, 5)? Of rooms by name, joined, or their role's own."""

from collections.abc import Callable, Mapping
from typing import Any

from realtime.protocol import errors
from realtime.protocol.commands import Command, Malformed, PassOn, Subscribe, Unsubscribe
from realtime.protocol.errors import Failure
from realtime.protocol.json import dumps
from realtime.protocol.listeners import Listener
from realtime.protocol.messages import Event, Passing
from realtime.protocol.silent import Silent

# The topics of rooms that clients call by name, and of what one user alone is told.
ROOM, USER = "room:", "user:"
# A topic is kept with at most 200 characters.
MOST_NAME = 200 - len(ROOM)
# Rooms that a role's members are in without asking.
ADMINS, SELLERS, CLIENTS, EVERYBODY = ("admins", "admin"), "sellers", "clients", "broadcast"
SELLER, CLIENT = "seller", frozenset({"client", "cliente"})
# Told with fields of their own. What a back-end notifies under these names is an event like any other.
FEED = frozenset({"ADMIN_STATS_UPDATED", "SELLER_STATS_UPDATED"})
METADATA = "metadata"
BROADCAST = "broadcast"

Reader = Callable[[str, Mapping[str, Any]], Command]

NOT_AUTHORIZED = "not authorized"
TEXTS: Mapping[Failure, str] = {
    errors.INVALID_JSON: "invalid json",
    errors.NOT_AN_OBJECT: "invalid json",
    errors.BINARY_FRAME: "invalid json",
    errors.UNKNOWN_TYPE: "unsupported message type",
    errors.BAD_FIELD: "missing or invalid room for {}",
    errors.UNAVAILABLE: "server error",
}


def _error(text: str) -> bytes:
    return dumps({"type": "error", "payload": {"error": text}})


def _broadcast(room: str, payload: Mapping[str, Any]) -> Command:
    document = {"room": room, "body": payload.get("body")}
    return PassOn(ROOM + room, None, BROADCAST, document, echo=True, members_only=True)


COMMANDS: Mapping[str, Reader] = {
    "join": lambda room, payload: Subscribe(ROOM + room, id=room),
    "leave": lambda room, payload: Unsubscribe(ROOM + room, id=room),
    BROADCAST: _broadcast,
}


class Marketplace(Silent):
    """Dialect 5."""

    name = "marketplace"
    kind = "marketplace"
    refusal = "unauthorized"
    too_large = _error("message too large")
    tells_once = True

    def own_topics(self, listener: Listener) -> tuple[str, ...]:
        names = list(ADMINS) if listener.admin else []
        if listener.role == SELLER:
            names += [SELLERS, *([f"seller-{listener.seller}"] if listener.seller else [])]
        if listener.role in CLIENT:
            names += [CLIENTS, *(f"client-{id}" for id in dict.fromkeys((listener.client, listener.user)) if id)]
        names += [EVERYBODY, *([f"user-{listener.user}"] if listener.user else [])]
        return ("user", *(ROOM + name for name in names))

    def recognises(self, document: Mapping[str, Any]) -> bool:
        spoken = _named(document.get("type")) is not None and isinstance(document.get("payload"), dict)
        return spoken and "v" not in document

    def read(self, document: Mapping[str, Any]) -> Command:
        type = document.get("type")
        command = _named(type)
        if command is None:
            return Malformed(errors.UNKNOWN_TYPE)
        payload = document.get("payload")
        room = payload.get("room") if isinstance(payload, dict) else None
        if not isinstance(payload, dict) or not isinstance(room, str) or not is_room_name(room):
            return Malformed(errors.BAD_FIELD, str(type))
        return command(room, payload)

    def event(self, event: Event) -> bytes | None:
        data = event.data
        if event.type in FEED and isinstance(data, dict) and METADATA in data:
            seller = {"seller_id": data["seller_id"]} if "seller_id" in data else {}
            return dumps({"type": event.type, **seller, "timestamp": event.at, METADATA: data[METADATA]})
        to = _name_of(event.topic, ROOM) or _name_of(event.topic, USER)
        return dumps({"event": event.type, "data": data, "to": to}) if to else None

    def passing(self, message: Passing) -> bytes | None:
        room = _name_of(message.topic, ROOM)
        if room is None or message.type != BROADCAST:
            return None
        return dumps({"from": message.sender, "room": room, "ts": message.at, "body": message.document.get("body")})

    def failure(self, failure: Failure, detail: str = "", id: Any = None) -> bytes:
        if failure == errors.NOT_SUBSCRIBED:
            return _left(id)  # to leave a room that one isn't in is no mistake
        return _error(TEXTS.get(failure, NOT_AUTHORIZED).format(detail))

    def answer(self, type: str, id: Any, fields: Mapping[str, Any]) -> bytes | None:
        if type == "subscribed":
            return f"joined {id}".encode()
        return _left(id) if type == "unsubscribed" else None


def is_room_name(name: str) -> bool:
    """Can a room be called so? Control characters can't be stored."""
    return 0 < len(name) <= MOST_NAME and name.isprintable()


def _left(room: Any) -> bytes:
    return f"left {room}".encode()


def _named(type: object) -> Reader | None:
    return COMMANDS.get(type) if isinstance(type, str) else None


def _name_of(topic: str, family: str) -> str | None:
    return topic.removeprefix(family) if topic.startswith(family) else None


DIALECT = Marketplace()
