"""How many people are there, who spends most, and who repairs most?"""

from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import Count, F, Q, QuerySet

from dashboards.businesses.repairs.metrics.expressions import (
    TOP,
    completed,
    full_name,
    ranked,
    sum_of,
    wire_id,
)
from dashboards.businesses.repairs.models import Person, RepairOrder, RepairOrderDetail
from dashboards.metrics import Figure, Metric, Row, Scope, number

CLIENT = Q(role=Person.Role.USER)
TECHNICIAN = Q(role=Person.Role.TECHNICIAN)


def people_counts(scope: Scope) -> QuerySet[Any, Any]:
    """Per negocio: clients, technicians, active_technicians."""
    people = Person.objects.filter(negocio_id__in=scope.negocio_ids).order_by()
    return people.values("negocio_id").annotate(
        clients=Count("role", filter=CLIENT),
        technicians=Count("role", filter=TECHNICIAN),
        active_technicians=Count("role", filter=TECHNICIAN & Q(active=True)),
    )


def top_clients(scope: Scope) -> QuerySet[Any, Any]:
    """The clients with orders who paid most: all their orders count, the completed ones are what they spent."""
    orders = RepairOrder.objects.filter(negocio_id__in=scope.negocio_ids, client__role=Person.Role.USER).order_by()
    sums = orders.values(
        "negocio_id", "client_id",
        wire_id=wire_id("client__"), full_name=full_name("client__"), email=F("client__email"),
    ).annotate(orders=Count("*"), spent=sum_of("final_cost", completed()))  # fmt: skip
    place = ranked(F("spent").desc(), F("orders").desc(), F("full_name").asc(), F("client_id").asc())
    return sums.annotate(place=place).filter(place__lte=scope.limit or TOP)


def top_technicians(scope: Scope) -> QuerySet[Any, Any]:
    """The technicians with work in the most completed orders, and what that work earned."""
    details = RepairOrderDetail.objects.filter(
        completed("order__"), negocio_id__in=scope.negocio_ids, technician__role=Person.Role.TECHNICIAN
    ).order_by()
    sums = details.values(
        "negocio_id", "technician_id",
        wire_id=wire_id("technician__"), full_name=full_name("technician__"),
        specialty=F("technician__specialty"), active=F("technician__active"),
    ).annotate(completed=Count("order_id", distinct=True), revenue=sum_of("sub_total"))  # fmt: skip
    place = ranked(F("completed").desc(), F("revenue").desc(), F("full_name").asc(), F("technician_id").asc())
    return sums.annotate(place=place).filter(place__lte=scope.limit or TOP)


def _count(column: str) -> Callable[[Sequence[Row]], int]:
    return lambda rows: rows[0][column] if rows else 0


CLIENTS, TECHNICIANS, ACTIVE = _count("clients"), _count("technicians"), _count("active_technicians")


def _overview(rows: Sequence[Row]) -> Figure:
    return {
        "totalClients": CLIENTS(rows),
        "totalTechnicians": TECHNICIANS(rows),
        "activeTechnicians": ACTIVE(rows),
    }


def _client(row: Row) -> Figure:
    return {
        "id": row["wire_id"],
        "name": row["full_name"],
        "email": row["email"],
        "totalOrders": row["orders"],
        "totalSpent": number(row["spent"]),
    }


def _technician(row: Row) -> Figure:
    return {
        "id": row["wire_id"],
        "name": row["full_name"],
        "specialty": row["specialty"],
        "completedOrders": row["completed"],
        "revenue": number(row["revenue"]),
        "active": row["active"],
    }


def _listed(name: str, entry: Callable[[Row], Figure]) -> Callable[[Sequence[Row]], Figure]:
    return lambda rows: {name: [entry(row) for row in sorted(rows, key=lambda row: int(row["place"]))]}


REST = "/users/stats/"
USER_METRICS = (
    Metric("users_overview", people_counts, _overview, REST + "overview"),
    Metric("users_top_clients", top_clients, _listed("topClients", _client), REST + "top-clients", limit=TOP),
    Metric(
        "users_top_technicians", top_technicians,
        _listed("topTechnicians", _technician), REST + "top-technicians", limit=TOP,
    ),
    Metric(
        "users_count_clients", people_counts, lambda rows: {"count": CLIENTS(rows)}, REST + "count/clients"
    ),
    Metric(
        "users_count_technicians", people_counts,
        lambda rows: {"count": TECHNICIANS(rows)}, REST + "count/technicians",
    ),
    Metric(
        "users_count_active_technicians", people_counts,
        lambda rows: {"count": ACTIVE(rows)}, REST + "count/active-technicians",
    ),
)  # fmt: skip
