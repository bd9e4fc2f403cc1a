"""How many orders are where, what did they earn, and which are the newest?"""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db.models import Avg, Count, F, OuterRef, Q, QuerySet, Subquery

from dashboards.businesses.repairs.metrics.expressions import (
    TOP,
    completed,
    full_name,
    keys_of,
    ranked,
    sum_of,
    wire_id,
)
from dashboards.businesses.repairs.models import RepairOrder, RepairOrderDetail, Service
from dashboards.businesses.repairs.models.order import Status
from dashboards.metrics import Figure, Metric, Row, Scope, number
from dashboards.models import Negocio, Tally
from dashboards.rollups.reading import amount, average, leading, size, tallies

RECENT = 10  # entries of the list of newest orders


def _orders(scope: Scope) -> QuerySet[RepairOrder]:
    return RepairOrder.objects.filter(negocio_id__in=scope.negocio_ids).order_by()


def order_counts(scope: Scope) -> QuerySet[Any, Any]:
    """Per negocio: total, rejected, completed."""
    # Counts a column of the index on statuses rather than keys, so that the index alone answers.
    return _orders(scope).values("negocio_id").annotate(
        total=Count("*"),
        rejected=Count("status", filter=Q(status=Status.REJECTED)),
        completed=Count("status", filter=completed()),
    )  # fmt: skip


def order_revenue(scope: Scope) -> QuerySet[Any, Any]:
    """Per negocio, over completed orders: revenue, average, completed."""
    done = _orders(scope).filter(completed()).values("negocio_id")
    return done.annotate(revenue=sum_of("final_cost"), average=Avg("final_cost"), completed=Count("*"))


def orders_by_status(scope: Scope) -> QuerySet[Any, Any]:
    """Per negocio and status: count."""
    return _orders(scope).values("negocio_id", "status").annotate(count=Count("*"))


def _tallied(scope: Scope) -> QuerySet[Tally]:
    return tallies(RepairOrder, "status").filter(negocio_id__in=scope.negocio_ids)


def order_counts_rolled(scope: Scope) -> QuerySet[Any, Any]:
    rolled: QuerySet[Any, Any] = _tallied(scope).values("negocio_id").annotate(
        total=size(), rejected=size(Q(word=Status.REJECTED)), completed=size(Q(word=Status.DELIVERED))
    )  # fmt: skip
    return rolled


def order_revenue_rolled(scope: Scope) -> QuerySet[Any, Any]:
    done = _tallied(scope).filter(word=Status.DELIVERED).values("negocio_id")
    rolled: QuerySet[Any, Any] = done.annotate(revenue=amount(), average=average(), completed=size())
    return rolled


def orders_by_status_rolled(scope: Scope) -> QuerySet[Any, Any]:
    rolled: QuerySet[Any, Any] = _tallied(scope).values("negocio_id", status=F("word")).annotate(count=size())
    return rolled


def recent_orders(scope: Scope) -> QuerySet[Any, Any]:
    """The newest orders of each negocio; of two of one moment the one with the higher key is newer."""
    newest = RepairOrder.objects.filter(negocio_id=OuterRef("pk")).order_by("-created_at", "-pk")
    keys = keys_of(newest[: scope.limit or RECENT])
    picked = Negocio.objects.filter(pk__in=scope.negocio_ids).order_by().annotate(key=keys).values("key")
    return RepairOrder.objects.filter(pk__in=picked).order_by().values(
        "negocio_id", "status", "problem_description", "created_at", "final_cost",
        key=F("pk"), wire_id=wire_id(), client_name=full_name("client__"), equipment_name=F("equipment__name"),
    )  # fmt: skip


def top_services(scope: Scope) -> QuerySet[Any, Any]:
    """The services that most orders contain, whatever became of them; they earn in completed orders only."""
    details = RepairOrderDetail.objects.filter(negocio_id__in=scope.negocio_ids).order_by()
    sums = details.values("negocio_id", "service_id", service_name=F("service__name")).annotate(
        count=Count("*"), revenue=sum_of("sub_total", completed("order__"))
    )
    place = ranked(F("count").desc(), F("revenue").desc(), F("service_name").asc(), F("service_id").asc())
    return sums.annotate(place=place).filter(place__lte=scope.limit or TOP)


def top_services_rolled(scope: Scope) -> QuerySet[Any, Any]:
    """The same, out of a tally for each service."""
    limit, service = scope.limit or TOP, Service.objects.filter(pk=OuterRef("number"))
    details = tallies(RepairOrderDetail, "service").filter(negocio_id__in=scope.negocio_ids)
    sums = details.values("negocio_id", "number", service_id=F("number")).annotate(count=size(), revenue=amount())
    ordering = (F("count").desc(), F("revenue").desc())
    named = leading(sums.filter(count__gt=0), limit, *ordering).annotate(service_name=Subquery(service.values("name")))
    place = ranked(*ordering, F("service_name").asc(), F("service_id").asc())
    rolled: QuerySet[Any, Any] = named.annotate(place=place).filter(place__lte=limit)
    return rolled


def first(rows: Sequence[Row], name: str) -> Any:
    """The column of the only row, 0 where a negocio has no row."""
    return rows[0][name] if rows else 0


def _active(rows: Sequence[Row]) -> int:
    total, rejected, done = (first(rows, name) for name in ("total", "rejected", "completed"))
    return int(total - rejected - done)


def _overview(rows: Sequence[Row]) -> Figure:
    return {
        "totalOrders": first(rows, "total"),
        "activeOrders": _active(rows),
        "rejectedOrders": first(rows, "rejected"),
        "completedOrders": first(rows, "completed"),
    }


def _revenue(rows: Sequence[Row]) -> Figure:
    return {
        "totalRevenue": number(first(rows, "revenue")),
        "averageCost": number(first(rows, "average")),
        "completedOrdersCount": first(rows, "completed"),
    }


def _by_status(rows: Sequence[Row]) -> Figure:
    counts = {row["status"]: row["count"] for row in rows}
    return {"ordersByStatus": [{"status": name, "count": counts.get(name, 0)} for name in Status.values]}


def _instant(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")


def _recent(rows: Sequence[Row]) -> Figure:
    newest_first = sorted(rows, key=lambda row: (row["created_at"], row["key"]), reverse=True)
    return {
        "recentOrders": [
            {
                "id": row["wire_id"],
                "problemDescription": row["problem_description"],
                "status": row["status"],
                "clientName": row["client_name"],
                "equipmentName": row["equipment_name"],
                "createdAt": _instant(row["created_at"]),
                "finalCost": number(row["final_cost"]),
            }
            for row in newest_first
        ]
    }


def _top_services(rows: Sequence[Row]) -> Figure:
    by_place = sorted(rows, key=lambda row: row["place"])
    return {
        "topServices": [
            {"serviceName": row["service_name"], "count": row["count"], "revenue": number(row["revenue"])}
            for row in by_place
        ]
    }


REST = "/repair-orders/stats/"
ORDER_METRICS = (
    Metric("orders_overview", order_counts, _overview, REST + "overview", rolled=order_counts_rolled),
    Metric("orders_revenue", order_revenue, _revenue, REST + "revenue", rolled=order_revenue_rolled),
    Metric("orders_by_status", orders_by_status, _by_status, REST + "by-status", rolled=orders_by_status_rolled),
    Metric("orders_recent", recent_orders, _recent, REST + "recent", limit=RECENT),
    Metric(
        "orders_top_services", top_services,
        _top_services, REST + "top-services", limit=TOP, rolled=top_services_rolled,
    ),
    Metric(
        "orders_count_total", order_counts,
        lambda rows: {"count": first(rows, "total")}, REST + "count/total", rolled=order_counts_rolled,
    ),
    Metric(
        "orders_count_active", order_counts,
        lambda rows: {"count": _active(rows)}, REST + "count/active", rolled=order_counts_rolled,
    ),
    Metric(
        "orders_revenue_total", order_revenue,
        lambda rows: {"revenue": number(first(rows, "revenue"))}, REST + "revenue/total", rolled=order_revenue_rolled,
    ),
)  # fmt: skip
