"""How does the repair shops' front-end listen (wire.md, 4)? It never sends; `{event,data,timestamp}` frames."""

from collections.abc import Mapping
from typing import Any

from realtime.protocol.commands import Command, Ignored
from realtime.protocol.json import dumps
from realtime.protocol.listeners import Listener
from realtime.protocol.messages import NOTHING, Rendering, State
from realtime.protocol.silent import Silent

FULL = "DASHBOARD_FULL_UPDATE"
UPDATED = "REPAIR_ORDER_UPDATED"
# The eight that the page loads.
FULL_METRICS = (
    "orders_overview", "orders_revenue", "orders_by_status", "orders_recent", "orders_top_services",
    "users_overview", "users_top_clients", "users_top_technicians",
)  # fmt: skip
EVENT_METRICS: Mapping[str, tuple[str, ...]] = {
    "REPAIR_ORDER_CREATED": (
        "orders_overview", "orders_by_status", "orders_recent", "orders_count_total", "orders_count_active",
    ),
    "USER_CREATED": ("users_overview", "users_count_clients"),
    "TECHNICIAN_CREATED": ("users_overview", "users_count_technicians", "users_count_active_technicians"),
}  # fmt: skip
# Their frames hold whichever metrics changed. First the most telling.
CHANGE_EVENTS = ("REPAIR_ORDER_COMPLETED", "REPAIR_ORDER_DELETED", UPDATED)


class Repairs(Silent):
    """Dialect 4."""

    name = "repairs"
    kind = "repairs"
    spares_repeats = True

    def own_topics(self, listener: Listener) -> tuple[str, ...]:
        return ("stats",)

    def recognises(self, document: Mapping[str, Any]) -> bool:
        return False

    def read(self, document: Mapping[str, Any]) -> Command:
        return Ignored()

    def state(self, state: State) -> Rendering:
        if state.full:
            return Rendering((self._frame(FULL, FULL_METRICS, state),))
        if state.ticked:
            return NOTHING
        frames: list[bytes] = []
        told: set[str] = set()
        for event in dict.fromkeys(cause for cause in state.causes if cause not in CHANGE_EVENTS):
            metrics = EVENT_METRICS.get(event, FULL_METRICS)
            frames.append(self._frame(event, metrics, state))
            told.update(metrics)
        rest = frozenset(state.changed) - told
        if not rest:
            return Rendering(tuple(frames))
        if frames and not state.settled:
            # A creation that also moves other metrics is followed by one frame with those, once a burst.
            return Rendering(tuple(frames), later=rest)
        event = next((event for event in CHANGE_EVENTS if event in state.causes), UPDATED)
        frames.append(self._frame(event, sorted(rest), state))
        return Rendering(tuple(frames))

    def _frame(self, event: str, metrics: tuple[str, ...] | list[str], state: State) -> bytes:
        data = {name: state.figures[name] for name in metrics if name in state.figures}
        return dumps({"event": event, "data": data, "timestamp": state.as_of})


DIALECT = Repairs()
