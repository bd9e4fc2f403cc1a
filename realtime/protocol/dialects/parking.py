"""How do the parking front-ends speak (wire.md, 2)? They ask or only listen, in the field's form or the documented one.

Who has sent an `action` speaks the documented form from then on, and may choose by filters what it is told.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from realtime.protocol.commands import Authenticate, Command, Fetch, Ignored, Malformed
from realtime.protocol.errors import BAD_FIELD, UNAVAILABLE, UNKNOWN_TYPE, Failure
from realtime.protocol.json import dumps
from realtime.protocol.listeners import Listener
from realtime.protocol.messages import NOTHING, Event, Rendering, State
from realtime.protocol.silent import Silent

DASHBOARD = "get_dashboard"
# What may be asked for -> the topic whose state answers it.
REQUESTS: Mapping[str, str] = {
    DASHBOARD: "stats",
    "get_espacios_por_seccion": "plano",
    "get_espacios_disponibles": "plano",
    "get_tickets_activos": "plano",
}
ACTIONS = frozenset({"auth", "subscribe", "unsubscribe"})
# What a filter is called -> its one name.
FILTERS: Mapping[str, str] = {
    "parking_updates": "parking_updates",
    "new_tickets": "new_tickets",
    "tickets": "new_tickets",
    "payments": "payments",
    "alerts": "alerts",
    "stats": "stats",
}
ALL = frozenset(FILTERS.values())
# How much of a client's own words an error repeats, in characters.
MOST_REPEATED = 80


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """The metric that is pushed and the type of its frames; the events told, each with the filter that lets it pass."""

    metric: str
    update: str
    events: Mapping[str, str]


FIELD = Form(
    "dashboard", "dashboard_update", {"espacio_ocupado": "parking_updates", "espacio_liberado": "parking_updates"}
)
DOCUMENTED = Form(
    "stats",
    "stats_update",
    {
        "parking_update": "parking_updates",
        "new_ticket": "new_tickets",
        "payment_completed": "payments",
        "system_alert": "alerts",
    },
)


@dataclass(frozen=True)
class Parking(Silent):
    """Dialect 2 as one client speaks it. `filters`: what it has chosen to be told; None, all, until it has chosen."""

    form: Form = FIELD
    filters: frozenset[str] | None = None

    name = "parking"
    kind = "parking"
    authenticates_in_band = True
    says_why = True

    def own_topics(self, listener: Listener) -> tuple[str, ...]:
        # Not `events`, where each of the others' events is told once more.
        return ("stats", "parking", "tickets", "payments", "alerts", "user")

    def recognises(self, document: Mapping[str, Any]) -> bool:
        type, action = document.get("type"), document.get("action")
        speaks = (isinstance(type, str) and type in REQUESTS) or (isinstance(action, str) and action in ACTIONS)
        return speaks and "v" not in document

    def heard(self, document: Mapping[str, Any]) -> Self:
        if not isinstance(document.get("action"), str):
            return self
        spoken = replace(self, form=DOCUMENTED, filters=self._chosen(document))
        return self if spoken == self else spoken

    def read(self, document: Mapping[str, Any]) -> Command:
        type, action = document.get("type"), document.get("action")
        if isinstance(type, str) and type in REQUESTS:
            return Fetch(REQUESTS[type], type)
        if action == "auth":
            token = document.get("token")
            return Authenticate(token if isinstance(token, str) else "")
        if action in ("subscribe", "unsubscribe"):
            names = _names(document)
            if names is None:
                return Malformed(BAD_FIELD, "filters must be a list of texts")
            unknown = [name for name in names if name not in FILTERS]
            return Malformed(BAD_FIELD, _cut(f"unknown filter {', '.join(unknown)}")) if unknown else Ignored()
        return Malformed(UNKNOWN_TYPE, _cut(next((name for name in (action, type) if isinstance(name, str)), "")))

    def state(self, state: State) -> Rendering:
        """Nothing of the topic `plano`: its lists are told to who asks."""
        metric = self.form.metric
        news = state.full or state.ticked or metric in state.changed
        if not news or metric not in state.figures or not self._wants("stats"):
            return NOTHING
        return Rendering((self._update(state),))

    def fetched(self, name: str, state: State) -> bytes:
        metric = self.form.metric if name == DASHBOARD else name.removeprefix("get_")
        if metric not in state.figures:
            return self.failure(UNAVAILABLE, name)
        return self._update(state) if name == DASHBOARD else _frame(metric, state.figures[metric])

    def event(self, event: Event) -> bytes | None:
        filter = self.form.events.get(event.type)
        if filter is None or not self._wants(filter):
            return None
        return _frame(event.type, event.data if isinstance(event.data, dict) else {})

    def failure(self, failure: Failure, detail: str = "", id: Any = None) -> bytes:
        return _frame("error", {"message": f"{failure.reason}: {detail}" if detail else failure.reason})

    def _update(self, state: State) -> bytes:
        return _frame(self.form.update, state.figures[self.form.metric] | {"timestamp": state.as_of})

    def _wants(self, filter: str) -> bool:
        return self.filters is None or filter in self.filters

    def _chosen(self, document: Mapping[str, Any]) -> frozenset[str] | None:
        """The filters after this frame. Who has chosen nothing yet narrows all to what it first subscribes to."""
        named = frozenset(FILTERS[name] for name in _names(document) or () if name in FILTERS)
        if named and document["action"] == "subscribe":
            return named if self.filters is None else self.filters | named
        if named and document["action"] == "unsubscribe":
            return (ALL if self.filters is None else self.filters) - named
        return self.filters


def _names(document: Mapping[str, Any]) -> list[str] | None:
    """The filters that a frame names, known or not; None where it has something else in their place."""
    names = document.get("filters", [])
    return names if isinstance(names, list) and all(isinstance(name, str) for name in names) else None


def _cut(text: str) -> str:
    return text[:MOST_REPEATED]


def _frame(type: str, data: Any) -> bytes:
    return dumps({"type": type, "data": data})


DIALECT = Parking()
