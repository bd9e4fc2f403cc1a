"""Which row change of a repair shop is which event? What has no rule here is a REPAIR_ORDER_UPDATED to the dialect."""

from collections.abc import Callable, Mapping
from typing import Any

from dashboards.businesses.repairs.models import Person, RepairOrder
from dashboards.businesses.repairs.models.order import Status
from dashboards.kinds import EventRule

State = Mapping[str, Any] | None
When = Callable[[State, State], bool]

# The columns that WatchTable keeps for the rules below; a test holds them against the migration.
STATES: Mapping[type[Person] | type[RepairOrder], tuple[str, ...]] = {
    Person: ("role", "active"),
    RepairOrder: ("status",),
}


def _entered(old: State, new: State) -> bool:
    """An update that moved the row here from another negocio: to this one it is new."""
    return old is None


def _left(old: State, new: State) -> bool:
    return new is None


def _delivered(old: State, new: State) -> bool:
    if old is None or new is None:
        return False
    return bool(old["status"] != Status.DELIVERED and new["status"] == Status.DELIVERED)


def _otherwise_updated(old: State, new: State) -> bool:
    return old is not None and new is not None and not _delivered(old, new)


def _entered_as(role: Person.Role) -> When:
    return lambda old, new: old is None and new is not None and new["role"] == role


EVENTS = (
    EventRule("REPAIR_ORDER_CREATED", RepairOrder, "insert"),
    EventRule("REPAIR_ORDER_CREATED", RepairOrder, "update", _entered),
    EventRule("REPAIR_ORDER_COMPLETED", RepairOrder, "update", _delivered),
    EventRule("REPAIR_ORDER_UPDATED", RepairOrder, "update", _otherwise_updated),
    EventRule("REPAIR_ORDER_DELETED", RepairOrder, "update", _left),
    EventRule("REPAIR_ORDER_DELETED", RepairOrder, "delete"),
    EventRule("USER_CREATED", Person, "insert", _entered_as(Person.Role.USER)),
    EventRule("USER_CREATED", Person, "update", _entered_as(Person.Role.USER)),
    EventRule("TECHNICIAN_CREATED", Person, "insert", _entered_as(Person.Role.TECHNICIAN)),
    EventRule("TECHNICIAN_CREATED", Person, "update", _entered_as(Person.Role.TECHNICIAN)),
)
