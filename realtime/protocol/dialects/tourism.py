"""How does the tourism front-end listen (wire.md, 3)? One frame for each notification; it may send a token."""

from collections.abc import Mapping
from typing import Any

from realtime.protocol.commands import Authenticate, Command, Ignored
from realtime.protocol.json import dumps
from realtime.protocol.listeners import Listener
from realtime.protocol.messages import Event
from realtime.protocol.silent import Silent


class Tourism(Silent):
    """Dialect 3."""

    name = "tourism"
    kind = "tourism"
    authenticates_in_band = True

    def own_topics(self, listener: Listener) -> tuple[str, ...]:
        return ("events", "user")

    def recognises(self, document: Mapping[str, Any]) -> bool:
        return isinstance(self.read(document), Authenticate)

    def read(self, document: Mapping[str, Any]) -> Command:
        data = document.get("data")
        if document.get("type") != "system_message" or not isinstance(data, dict) or data.get("action") != "auth":
            return Ignored()
        token = data.get("token")
        return Authenticate(token if isinstance(token, str) else "")

    def event(self, event: Event) -> bytes:
        data = event.data if isinstance(event.data, dict) else {}
        return dumps({"type": event.type, "message": event.message, "data": data, "timestamp": event.at})


DIALECT = Tourism()
