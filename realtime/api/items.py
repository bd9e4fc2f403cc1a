"""What is to be told where, by one item of a publish request? Read strictly: each fault names its field and value."""

import re
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest

from dashboards.kinds import Kind, Telling, kind_named
from dashboards.topics import EVENTS, USER, user_topic
from realtime.api.callers import Caller, Refused, tenant_of
from realtime.api.ingest import MOST_EVENT, MOST_TOPIC, MOST_TYPE
from realtime.protocol.json import dumps
from realtime.tenancy import Tenant

MOST_KEY = 200
# Of a wrong value so much is shown.
SHOWN = 100
# U+0000 as JSON writes it, which PostgreSQL has no room for; after an even number of backslashes.
NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


class BadItem(Exception):
    """An item can't be told: which field is at fault, with which value, and why."""

    def __init__(self, field: str, value: Any, reason: str) -> None:
        self.field, self.value, self.reason = field, value, reason
        super().__init__(f"{field}: {reason}")

    def document(self) -> Mapping[str, Any]:
        """The item's result."""
        return {"status": "error", "field": self.field, "value": _shown(self.value), "error": self.reason}


class NotAllowed(BadItem):
    """The caller may not tell anything there."""


class Reader:
    """Reads the items of one request. `request_key` (Idempotency-Key) names those that have no key of their own."""

    def __init__(self, caller: Caller, request: HttpRequest, request_key: str = "") -> None:
        self._caller, self._request, self._request_key = caller, request, request_key
        # Many items of a request are for the same negocio and topic.
        self._tenants: dict[str, Tenant] = {}
        self._allowed: set[tuple[str, str]] = set()

    def read(self, document: Any, place: int) -> tuple[Tenant, Telling]:
        """Whom the item at that place tells what; raises BadItem."""
        _check_whole(document)
        tenant = self._tenant(document)
        type, message, data = _text(document, "type", MOST_TYPE), _message(document), document.get("data")
        if not isinstance(data, dict):
            raise BadItem("data", data, "must be an object")
        user = _name(document, "user", MOST_TOPIC - len(user_topic("")))
        topic = self._topic(document, kind_named(tenant.kind), user)
        self._allow(tenant, user_topic(user) if user else topic)
        topics = () if topic == EVENTS else (topic,)
        return tenant, Telling(type, data, message, topics, user, self._key(document, place))

    def _tenant(self, document: Mapping[str, Any]) -> Tenant:
        code = _name(document, "negocio", MOST_TOPIC)
        if code in self._tenants:
            return self._tenants[code]
        try:
            tenant = self._tenants[code] = tenant_of(self._caller, code or None, self._request, "native")
        except Refused as refused:
            reason = refused.reason if code else "say which one"
            raise NotAllowed("negocio", document.get("negocio"), reason) from None
        return tenant

    def _allow(self, tenant: Tenant, topic: str) -> None:
        if (tenant.code, topic) in self._allowed:
            return
        if not self._caller.voice.may_publish(tenant, topic):
            raise NotAllowed("negocio", tenant.code, "not for this negocio")
        self._allowed.add((tenant.code, topic))

    def _topic(self, document: Mapping[str, Any], kind: Kind, user: str) -> str:
        """The topic as it is called inside: `room:order-7`, where the wire says `room.order-7` too."""
        said = document.get("topic")
        if said is None:
            return EVENTS
        if user:
            raise BadItem("topic", said, "a user is told alone: name the topic or the user")
        if not isinstance(said, str):
            raise BadItem("topic", said, "must be a text")
        base, separator, parameter = re.match(r"([^.:]*)([.:]?)(.*)", said, re.DOTALL).groups()  # type: ignore[union-attr]
        topic = kind.topic(base)
        if topic is None or topic.name == USER or bool(separator and parameter) != (topic.guard is not None):
            known = (f"{each.name}.<name>" if each.guard else each.name for each in kind.topics if each.name != USER)
            raise BadItem("topic", said, f"the topics of {kind.name} are {', '.join(known)}; a user is named as user")
        if topic.state:
            raise BadItem("topic", said, "carries figures, which are computed and not told")
        if len(said) > MOST_TOPIC:
            raise BadItem("topic", said, f"has more than {MOST_TOPIC} characters")
        return f"{base}:{parameter}" if separator else base

    def _key(self, document: Mapping[str, Any], place: int) -> str:
        key = _name(document, "key", MOST_KEY)
        if key:
            return f"publish/{key}"
        return f"publish/{place}/{self._request_key}" if self._request_key else ""


def _check_whole(document: Any) -> None:
    if not isinstance(document, dict):
        raise BadItem("", document, "must be an object")
    try:
        body = dumps(document)
    except (ValueError, TypeError):
        raise BadItem("data", None, "is nested too deep") from None
    if len(body) > MOST_EVENT:
        raise BadItem("data", None, f"the item has more than {MOST_EVENT // 1024} KiB")
    if b"\\u0000" in body and NUL.search(body):
        field = next(name for name, value in document.items() if NUL.search(dumps({name: value})))
        raise BadItem(field, document[field], "holds the character U+0000")


def _message(document: Mapping[str, Any]) -> str:
    message = document.get("message")
    if not isinstance(message, str | None):
        raise BadItem("message", message, "must be a text")
    return message or ""


def _text(document: Mapping[str, Any], field: str, most: int) -> str:
    value = document.get(field)
    if not isinstance(value, str) or not value or len(value) > most:
        raise BadItem(field, value, f"must be a text of 1 to {most} characters")
    return value


def _name(document: Mapping[str, Any], field: str, most: int) -> str:
    """A code, id or key: a text or a whole number; empty where there is none."""
    value = document.get(field)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int) or not 1 <= len(str(value)) <= most:
        raise BadItem(field, value, f"must be a text of 1 to {most} characters, or a whole number")
    return str(value)


def _shown(value: Any) -> Any:
    try:
        body = dumps(value)
    except (ValueError, TypeError):
        return None
    return value if len(body) <= SHOWN else body[:SHOWN].decode(errors="ignore") + "…"
