"""Which cars are in the lot, and who has paid?"""

from collections.abc import Sequence
from typing import Any

from django.db.models import F, OuterRef, QuerySet, Subquery

from dashboards.businesses.parking.metrics.expressions import OPEN, instant, keys_of, wire_id
from dashboards.businesses.parking.models import Pago, Ticket
from dashboards.businesses.parking.models.record import outside_id
from dashboards.metrics import Figure, Metric, Row, Scope, number
from dashboards.models import Negocio

NEWEST = 12  # entries of the lists that our own page shows


def open_rows(scope: Scope) -> QuerySet[Any, Any]:
    newest = Pago.objects.filter(ticket_id=OuterRef("pk")).order_by("-fecha_pago", "-pk")
    tickets = Ticket.objects.filter(negocio_id__in=scope.negocio_ids, **{OPEN: True}).order_by()
    return tickets.values(
        "negocio_id", "fecha_ingreso", key=F("pk"), wire_id=wire_id(),
        espacio_wire_id=wire_id("espacio__"), vehiculo_wire_id=wire_id("vehiculo__"),
        pago=Subquery(newest.annotate(name=wire_id()).values("name")[:1]),
    )  # fmt: skip


def open_tickets(rows: Sequence[Row]) -> Figure:
    """`tickets_activos` of wire.md, oldest first."""
    return [_ticket(row) for row in sorted(rows, key=lambda row: (row["fecha_ingreso"], row["key"]))]


def _ticket(row: Row) -> dict[str, Any]:
    ticket = {
        "id": outside_id(row["wire_id"]),
        "fecha_ingreso": instant(row["fecha_ingreso"]),
        "vehiculo_id": outside_id(row["vehiculo_wire_id"]),
        "espacio_id": outside_id(row["espacio_wire_id"]),
    }
    return ticket if row["pago"] is None else ticket | {"detalle_pago_id": outside_id(row["pago"])}


def inside_rows(scope: Scope) -> QuerySet[Any, Any]:
    """The newest open tickets of each negocio."""
    opened = Ticket.objects.filter(negocio_id=OuterRef("pk"), **{OPEN: True}).order_by("-fecha_ingreso", "-pk")
    keys = keys_of(opened[: scope.limit or NEWEST])
    picked = Negocio.objects.filter(pk__in=scope.negocio_ids).order_by().annotate(key=keys).values("key")
    return Ticket.objects.filter(pk__in=picked).order_by().values(
        "negocio_id", "fecha_ingreso", key=F("pk"), wire_id=wire_id(), placa=F("vehiculo__placa"),
        cliente=F("vehiculo__cliente__nombre"), numero=F("espacio__numero"), letra=F("espacio__seccion__letra"),
    )  # fmt: skip


def inside(rows: Sequence[Row]) -> Figure:
    """`{"vehiculos":[{id,placa,cliente,espacio,seccion,ingreso}]}`, who came last first."""
    newest_first = sorted(rows, key=lambda row: (row["fecha_ingreso"], row["key"]), reverse=True)
    return {
        "vehiculos": [
            {
                "id": outside_id(row["wire_id"]),
                "placa": row["placa"],
                "cliente": row["cliente"] or "",
                "espacio": row["numero"],
                "seccion": row["letra"] or "",
                "ingreso": instant(row["fecha_ingreso"]),
            }
            for row in newest_first
        ]
    }


def paid_rows(scope: Scope) -> QuerySet[Any, Any]:
    """The newest payments of each negocio."""
    newest = Pago.objects.filter(negocio_id=OuterRef("pk")).order_by("-fecha_pago", "-pk")
    keys = keys_of(newest[: scope.limit or NEWEST])
    picked = Negocio.objects.filter(pk__in=scope.negocio_ids).order_by().annotate(key=keys).values("key")
    return Pago.objects.filter(pk__in=picked).order_by().values(
        "negocio_id", "metodo", "monto", "fecha_pago", key=F("pk"), wire_id=wire_id(),
        placa=F("ticket__vehiculo__placa"), numero=F("ticket__espacio__numero"),
    )  # fmt: skip


def paid(rows: Sequence[Row]) -> Figure:
    """`{"pagos":[{id,placa,espacio,metodo,monto,fecha_pago}]}`, newest first."""
    newest_first = sorted(rows, key=lambda row: (row["fecha_pago"], row["key"]), reverse=True)
    return {
        "pagos": [
            {
                "id": outside_id(row["wire_id"]),
                "placa": row["placa"],
                "espacio": row["numero"],
                "metodo": row["metodo"],
                "monto": number(row["monto"]),
                "fecha_pago": instant(row["fecha_pago"]),
            }
            for row in newest_first
        ]
    }


TICKET_METRICS = (
    Metric("tickets_activos", open_rows, open_tickets),
    Metric("vehiculos_dentro", inside_rows, inside, limit=NEWEST),
    Metric("pagos_recientes", paid_rows, paid, limit=NEWEST),
)
