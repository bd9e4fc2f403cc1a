"""How do new clients, our pages and the SDK speak (wire.md, native)? Every frame has `"v":1` and a type."""

from collections.abc import Callable, Mapping
from typing import Any

from realtime.protocol.commands import (
    AskPresence,
    Authenticate,
    Command,
    Malformed,
    Ping,
    Subscribe,
    Unsubscribe,
)
from realtime.protocol.errors import BAD_FIELD, BAD_VERSION, UNKNOWN_TYPE, CloseCode, Failure
from realtime.protocol.json import dumps
from realtime.protocol.messages import NOTHING, Event, Rendering, State
from realtime.protocol.silent import Silent

VERSION = 1
MOST_ID = 128


class BadField(ValueError):
    """A field of a frame has no or a wrong value."""

    def __init__(self, name: str, expected: str) -> None:
        self.name, self.expected = name, expected
        super().__init__(f"{name} must be {expected}")


class Fields:
    """Strict readers of a frame's fields; each raises BadField."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document

    def text(self, name: str) -> str:
        value = self._document.get(name)
        if not isinstance(value, str) or not value:
            raise BadField(name, "a text")
        return value

    def optional_text(self, name: str) -> str | None:
        return None if self._document.get(name) is None else self.text(name)

    def optional_whole(self, name: str) -> int | None:
        value = self._document.get(name)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise BadField(name, "a whole number of 0 or more")
        return value

    def id(self) -> str | int | None:
        value = self._document.get("id")
        if value is None or (isinstance(value, int) and not isinstance(value, bool)):
            return value
        if not isinstance(value, str) or len(value) > MOST_ID:
            raise BadField("id", f"a number or a text of at most {MOST_ID} characters")
        return value


def _subscribe(fields: Fields) -> Command:
    return Subscribe(
        topic=fields.text("topic"),
        negocio=fields.optional_text("negocio"),
        id=fields.id(),
        since=fields.optional_whole("since"),
        epoch=fields.optional_text("epoch"),
    )


READERS: Mapping[str, Callable[[Fields], Command]] = {
    "auth": lambda fields: Authenticate(fields.text("token"), fields.id()),
    "subscribe": _subscribe,
    "unsubscribe": lambda fields: Unsubscribe(fields.text("topic"), fields.optional_text("negocio"), fields.id()),
    "presence": lambda fields: AskPresence(fields.text("topic"), fields.optional_text("negocio"), fields.id()),
    "ping": lambda fields: Ping(fields.id()),
}


class Native(Silent):
    """The dialect `pulso.v1`."""

    name = "native"
    kind = None
    asks = True
    gives_unasked = False
    authenticates_in_band = True
    unauthorized = CloseCode.TOKEN_EXPIRED
    closes_on_expiry = True
    resumes = True

    def recognises(self, document: Mapping[str, Any]) -> bool:
        return "v" in document

    def read(self, document: Mapping[str, Any]) -> Command:
        fields = Fields(document)
        try:
            id = fields.id()
        except BadField as error:
            return Malformed(BAD_FIELD, str(error))
        version = document.get("v")
        if version != VERSION or isinstance(version, bool):
            return Malformed(BAD_VERSION, id=id)
        type = document.get("type")
        reader = READERS.get(type) if isinstance(type, str) else None
        if reader is None:
            return Malformed(UNKNOWN_TYPE, id=id)
        try:
            return reader(fields)
        except BadField as error:
            return Malformed(BAD_FIELD, str(error), id)

    def state(self, state: State) -> Rendering:
        if not (state.full or state.ticked or state.changed):
            return NOTHING
        names = state.figures if state.full else state.changed
        fields = {
            "room": state.room,
            "full": state.full,
            "data": {name: state.figures[name] for name in names},
            "version": state.version,
            "as_of": state.as_of,
            "next_due": state.next_due,
        }
        return Rendering((self._frame("state", fields),))

    def event(self, event: Event) -> bytes:
        fields: dict[str, Any] = {"room": event.room, "seq": event.seq, "type": event.type}
        if event.message:
            fields["message"] = event.message
        return self._frame("event", fields | {"data": event.data, "ts": event.at})

    def failure(self, failure: Failure, detail: str = "", id: Any = None) -> bytes:
        reason = f"{failure.reason}: {detail}" if detail else failure.reason
        fields: dict[str, Any] = {} if id is None else {"id": id}
        return self._frame("error", fields | {"code": int(failure.code), "reason": reason, "retry": failure.retry})

    def answer(self, type: str, id: Any, fields: Mapping[str, Any]) -> bytes:
        return self._frame(type, ({} if id is None else {"id": id}) | dict(fields))

    def _frame(self, type: str, fields: Mapping[str, Any]) -> bytes:
        return dumps({"v": VERSION, "type": type, **fields})


DIALECT = Native()
