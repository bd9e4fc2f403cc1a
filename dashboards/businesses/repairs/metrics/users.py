"""How many people are there, who spends most, and who repairs most?"""

from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery

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
from dashboards.rollups.reading import amount, leading, size, tallies

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


def people_counts_rolled(scope: Scope) -> QuerySet[Any, Any]:
    user, technician = Q(word=Person.Role.USER), Q(word=Person.Role.TECHNICIAN)
    people = tallies(Person, "role").filter(negocio_id__in=scope.negocio_ids)
    rolled: QuerySet[Any, Any] = people.values("negocio_id").annotate(
        clients=size(user), technicians=size(technician), active_technicians=size(technician & Q(number=1))
    )
    return rolled


def top_clients(scope: Scope) -> QuerySet[Any, Any]:
    """The clients with orders who paid most: all their orders count, the completed ones are what they spent."""
    orders = RepairOrder.objects.filter(negocio_id__in=scope.negocio_ids, client__role=Person.Role.USER).order_by()
    sums = orders.values(
        "negocio_id", "client_id",
        wire_id=wire_id("client__"), full_name=full_name("client__"), email=F("client__email"),
    ).annotate(orders=Count("*"), spent=sum_of("final_cost", completed()))  # fmt: skip
    place = ranked(F("spent").desc(), F("orders").desc(), F("full_name").asc(), F("client_id").asc())
    return sums.annotate(place=place).filter(place__lte=scope.limit or TOP)


def top_clients_rolled(scope: Scope) -> QuerySet[Any, Any]:
    """The same, out of a tally for each client."""
    limit, who = scope.limit or TOP, Person.objects.filter(pk=OuterRef("number"))
    clients = tallies(RepairOrder, "client").filter(
        ~Exists(who.exclude(role=Person.Role.USER)), negocio_id__in=scope.negocio_ids
    )
    sums = clients.values("negocio_id", "number", client_id=F("number")).annotate(orders=size(), spent=amount())
    ordering = (F("spent").desc(), F("orders").desc())
    named = leading(sums.filter(orders__gt=0), limit, *ordering).annotate(
        wire_id=Subquery(who.values_list(wire_id())), full_name=Subquery(who.values_list(full_name())),
        email=Subquery(who.values("email")),
    )  # fmt: skip
    place = ranked(*ordering, F("full_name").asc(), F("client_id").asc())
    rolled: QuerySet[Any, Any] = named.annotate(place=place).filter(place__lte=limit)
    return rolled


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


def top_technicians_rolled(scope: Scope) -> QuerySet[Any, Any]:
    """The same, out of a tally for each technician."""
    limit, who = scope.limit or TOP, Person.objects.filter(pk=OuterRef("number"))
    technicians = tallies(RepairOrderDetail, "technician").filter(
        ~Exists(who.exclude(role=Person.Role.TECHNICIAN)), negocio_id__in=scope.negocio_ids
    )
    sums = technicians.values("negocio_id", "number", technician_id=F("number")).annotate(
        completed=size(), revenue=amount()
    )
    ordering = (F("completed").desc(), F("revenue").desc())
    named = leading(sums.filter(completed__gt=0), limit, *ordering).annotate(
        wire_id=Subquery(who.values_list(wire_id())), full_name=Subquery(who.values_list(full_name())),
        specialty=Subquery(who.values("specialty")), active=Subquery(who.values("active")),
    )  # fmt: skip
    place = ranked(*ordering, F("full_name").asc(), F("technician_id").asc())
    rolled: QuerySet[Any, Any] = named.annotate(place=place).filter(place__lte=limit)
    return rolled


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
    Metric("users_overview", people_counts, _overview, REST + "overview", rolled=people_counts_rolled),
    Metric(
        "users_top_clients", top_clients,
        _listed("topClients", _client), REST + "top-clients", limit=TOP, rolled=top_clients_rolled,
    ),
    Metric(
        "users_top_technicians", top_technicians,
        _listed("topTechnicians", _technician), REST + "top-technicians", limit=TOP, rolled=top_technicians_rolled,
    ),
    Metric(
        "users_count_clients", people_counts,
        lambda rows: {"count": CLIENTS(rows)}, REST + "count/clients", rolled=people_counts_rolled,
    ),
    Metric(
        "users_count_technicians", people_counts,
        lambda rows: {"count": TECHNICIANS(rows)}, REST + "count/technicians", rolled=people_counts_rolled,
    ),
    Metric(
        "users_count_active_technicians", people_counts,
        lambda rows: {"count": ACTIVE(rows)}, REST + "count/active-technicians",
        rolled=people_counts_rolled,
    ),
)  # fmt: skip
