"""How does the tourism front-end listen (wire.md, 3)? One frame for each notification; it may send a token."""

from collections.abc import Mapping
from typing import Any

from realtime.protocol.commands import Authenticate, Command, Ignored
from realtime.protocol.errors import CloseCode, Failure
from realtime.protocol.json import dumps
from realtime.protocol.messages import NOTHING, Event, Passing, Rendering, State


class Tourism:
    """Dialect 3."""

    name = "tourism"
    kind = "tourism"
    authenticates_in_band = True
    own_topics = ("events", "user")
    spares_repeats = False
    unauthorized = CloseCode.UNAUTHORIZED
    closes_on_expiry = False

    def recognises(self, document: Mapping[str, Any]) -> bool:
        return isinstance(self.read(document), Authenticate)

    def read(self, document: Mapping[str, Any]) -> Command:
        data = document.get("data")
        if document.get("type") != "system_message" or not isinstance(data, dict) or data.get("action") != "auth":
            return Ignored()
        token = data.get("token")
        return Authenticate(token if isinstance(token, str) else "")

    def state(self, state: State) -> Rendering:
        return NOTHING

    def event(self, event: Event) -> bytes:
        data = event.data if isinstance(event.data, dict) else {}
        return dumps({"type": event.type, "message": event.message, "data": data, "timestamp": event.at})

    def passing(self, message: Passing) -> None:
        return None

    def failure(self, failure: Failure, detail: str = "", id: Any = None) -> None:
        return None

    def answer(self, type: str, id: Any, fields: Mapping[str, Any]) -> None:
        return None


DIALECT = Tourism()
