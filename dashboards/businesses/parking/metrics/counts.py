"""How full is the lot, and what has it earned today and this month?"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from dashboards.businesses.parking.metrics.expressions import OPEN
from dashboards.businesses.parking.models import Espacio, Pago, Ticket
from dashboards.days import negocios_with, periods
from dashboards.metrics import Figure, Metric, Row, Scope, number
from dashboards.rollups.reading import amount_of, day_within, pieces_within, tallies


def _negocios(scope: Scope) -> QuerySet[Any, Any]:
    """Them, with the moments between which it is their today and their month."""
    return negocios_with(periods("time_zone", scope.now), scope.negocio_ids)


def _size(rows: QuerySet[Any]) -> Coalesce:
    """How many of the rows are the outer negocio's."""
    own = rows.filter(negocio_id=OuterRef("pk")).order_by().values("negocio_id")
    return Coalesce(Subquery(own.annotate(size=Count("*")).values("size")), Value(0))


def _earned(period: str) -> Coalesce:
    """What the outer negocio was paid in its `day` or `month`."""
    paid = Pago.objects.filter(fecha_pago__gte=OuterRef(f"{period}_from"), fecha_pago__lt=OuterRef(f"{period}_until"))
    own = paid.filter(negocio_id=OuterRef("pk")).order_by().values("negocio_id")
    return Coalesce(Subquery(own.annotate(sum=Sum("monto")).values("sum")), Decimal(0))


def _earned_rolled(period: str) -> Any:
    """The same, out of tallies."""
    pieces = day_within if period == "day" else pieces_within
    return amount_of(tallies(Pago), *pieces(OuterRef(f"{period}_from"), OuterRef(f"{period}_until")))


TOTAL = Espacio.objects.all()
LIBRES = TOTAL.filter(estado=Espacio.Estado.LIBRE)
ABIERTOS = Ticket.objects.filter(**{OPEN: True})


def _dashboard(scope: Scope, earned: Callable[[str], Any]) -> QuerySet[Any, Any]:
    # As many spaces as the lot has, and no more open tickets: what grows is what was paid.
    return _negocios(scope).values(
        negocio_id=F("pk"), total=_size(TOTAL), libres=_size(LIBRES), dentro=_size(ABIERTOS),
        dia=earned("day"), mes=earned("month"),
    )  # fmt: skip


def dashboard_rows(scope: Scope) -> QuerySet[Any, Any]:
    return _dashboard(scope, _earned)


def dashboard_rolled(scope: Scope) -> QuerySet[Any, Any]:
    return _dashboard(scope, _earned_rolled)


def dashboard(rows: Sequence[Row]) -> Figure:
    """What `dashboard_update` of wire.md says, without its timestamp."""
    (row,) = rows or (NOTHING,)
    return {
        "espacios_disponibles": row["libres"],
        "espacios_ocupados": row["total"] - row["libres"],
        "total_espacios": row["total"],
        "dinero_recaudado_hoy": number(row["dia"]),
        "dinero_recaudado_mes": number(row["mes"]),
        "vehiculos_activos": row["dentro"],
    }


def stats_rows(scope: Scope) -> QuerySet[Any, Any]:
    # Of attached tables, no more than it needs: some of them may not be readable.
    return _negocios(scope).values(
        negocio_id=F("pk"), total=_size(TOTAL), libres=_size(LIBRES), dia=_earned("day")
    )  # fmt: skip


def stats(rows: Sequence[Row]) -> Figure:
    """What `stats_update` of wire.md says, without its timestamp."""
    (row,) = rows or (NOTHING,)
    return {
        "espacios_total": row["total"],
        "espacios_libres": row["libres"],
        "espacios_ocupados": row["total"] - row["libres"],
        "ingresos_dia": number(row["dia"]),
    }


# Of a negocio that has gone meanwhile.
NOTHING = {"total": 0, "libres": 0, "dentro": 0, "dia": 0, "mes": 0}


def ocupacion_rows(scope: Scope) -> QuerySet[Any, Any]:
    spaces: QuerySet[Espacio] = Espacio.objects.filter(negocio_id__in=scope.negocio_ids).order_by()
    return spaces.values("negocio_id", "estado").annotate(size=Count("*"))


def ocupacion(rows: Sequence[Row]) -> Figure:
    """`{"porEstado":[{"estado","count"}]}`: every estado in its order, zeros too."""
    sizes = {row["estado"]: row["size"] for row in rows}
    return {"porEstado": [{"estado": each, "count": sizes.get(each, 0)} for each in Espacio.Estado.values]}


COUNT_METRICS = (
    Metric("dashboard", dashboard_rows, dashboard, rolled=dashboard_rolled),
    Metric("stats", stats_rows, stats, rolled=dashboard_rolled),
    Metric("ocupacion", ocupacion_rows, ocupacion),
)
