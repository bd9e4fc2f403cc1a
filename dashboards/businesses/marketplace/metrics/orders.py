"""Which orders are the newest?"""

from collections.abc import Sequence
from typing import Any

from django.db.models import Count, F, OuterRef, QuerySet

from dashboards.businesses.marketplace.instants import instant
from dashboards.businesses.marketplace.metrics.expressions import keys_of, wire_id
from dashboards.businesses.marketplace.models import Order
from dashboards.metrics import Figure, Row, Scope, number
from dashboards.models import Negocio

RECENT = 10  # entries of the list of newest orders


def orders_recent_rows(scope: Scope) -> QuerySet[Any, Any]:
    """The newest orders of each negocio; of two of one moment the one with the higher key is newer."""
    newest = Order.objects.filter(negocio_id=OuterRef("pk")).order_by("-order_date", "-pk")
    keys = keys_of(newest[: scope.limit or RECENT])
    picked = Negocio.objects.filter(pk__in=scope.negocio_ids).order_by().annotate(key=keys).values("key")
    return Order.objects.filter(pk__in=picked).order_by().values(
        "negocio_id", "status", "order_date", "total_amount", "delivery_type",
        key=F("pk"), wire_id=wire_id(), client_name=F("client__name"),
    ).annotate(products_count=Count("lines"))  # fmt: skip


def orders_recent(rows: Sequence[Row]) -> Figure:
    """`{recent_orders:[{order_id,status,total_amount,delivery_type,products_count,client_name|null,order_date}]}`"""
    newest_first = sorted(rows, key=lambda row: (row["order_date"], row["key"]), reverse=True)
    return {"recent_orders": [_entry(row) for row in newest_first]}


def _entry(row: Row) -> Figure:
    return {
        "order_id": row["wire_id"],
        "status": row["status"],
        "total_amount": number(row["total_amount"]),
        "delivery_type": row["delivery_type"],
        "products_count": row["products_count"],
        "client_name": row["client_name"],
        "order_date": instant(row["order_date"]),
    }
