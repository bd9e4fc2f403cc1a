"""What is the kind `repairs`, to the core?"""

from collections.abc import Mapping

from django.db.models import Model

from dashboards.businesses.repairs.demo import DEMO
from dashboards.businesses.repairs.events import EVENTS
from dashboards.businesses.repairs.importing import IMPORT
from dashboards.businesses.repairs.metrics import METRICS
from dashboards.businesses.repairs.models import (
    Equipment,
    Person,
    RepairOrder,
    RepairOrderDetail,
    RepairOrderPart,
    Service,
)
from dashboards.kinds import Kind, Topic

# A write that cascades or sets null is a change of its own in each table, so a model answers for its own rows only.
MOVES: Mapping[type[Model], frozenset[str]] = {
    RepairOrder: frozenset(
        {
            "orders_overview", "orders_revenue", "orders_by_status", "orders_recent", "orders_top_services",
            "orders_count_total", "orders_count_active", "orders_revenue_total",
            "users_top_clients", "users_top_technicians",
        }
    ),
    Person: frozenset(
        {
            "orders_recent", "users_overview", "users_top_clients", "users_top_technicians",
            "users_count_clients", "users_count_technicians", "users_count_active_technicians",
        }
    ),
    Equipment: frozenset({"orders_recent"}),
    Service: frozenset({"orders_top_services"}),
    RepairOrderDetail: frozenset({"orders_top_services", "users_top_technicians"}),
    RepairOrderPart: frozenset(),
}  # fmt: skip

KIND = Kind(
    name="repairs",
    label="Taller de reparación",
    metrics=METRICS,
    moves=MOVES,
    topics=(Topic("stats", state=True), Topic("events", state=False), Topic("user", state=False)),
    page="repairs/page.html",
    events=EVENTS,
    imports=IMPORT,
    demo=DEMO,
)
