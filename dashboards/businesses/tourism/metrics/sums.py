"""How many reservas and contrataciones are there, what do they earn, and how is the operator rated?"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from dashboards.businesses.tourism.metrics.moments import Beginning
from dashboards.businesses.tourism.models import Contratacion, Recomendacion, Reserva
from dashboards.days import negocios_with
from dashboards.metrics import Figure, Metric, Row, Scope, number
from dashboards.rollups.reading import amount_of, pieces_within, size, size_of, tallies

Estado = Reserva.Estado
EARNS = Q(estado__in=(Estado.CONFIRMADA, Estado.COMPLETADA))
STANDS = ~Q(estado=Estado.CANCELADA)
PENDING = Q(estado=Estado.PENDIENTE)
EVERY = Q()


def sum_of(amount: str, where: Q) -> Coalesce:
    """The sum of a money column, 0 for none."""
    return Coalesce(Sum(amount, filter=where), Decimal(0))


def since(unit: str, scope: Scope) -> Q:
    """What was created in this day or month of the negocio."""
    return Q(creada_en__gte=Beginning(unit, scope.now))


def _sales(amount: str, counts: Q, earns: Q, scope: Scope) -> Mapping[str, Any]:
    today, month = since("day", scope), since("month", scope)
    return {
        "hoy": Count("pk", filter=today & counts),
        "mes": Count("pk", filter=month & counts),
        "ingresos_hoy": sum_of(amount, today & earns),
        "ingresos_mes": sum_of(amount, month & earns),
    }


def reservas_rows(scope: Scope) -> QuerySet[Any, Any]:
    looked_at = Reserva.objects.filter(PENDING | since("month", scope), negocio_id__in=scope.negocio_ids).order_by()
    return looked_at.values("negocio_id").annotate(
        **_sales("monto", STANDS, EARNS, scope), pendientes=Count("pk", filter=PENDING)
    )


def _rolled(model: type[Reserva] | type[Contratacion], scope: Scope, counts: Q, earns: Q) -> QuerySet[Any, Any]:
    """The same, out of tallies: of the days and quarters of an hour since the day and month of each negocio began."""
    today, month = (pieces_within(OuterRef(begun)) for begun in ("day", "month"))
    counted, earning = tallies(model).filter(counts), tallies(model).filter(earns)
    begun = {unit: Beginning(unit, scope.now, "time_zone") for unit in ("day", "month")}
    return negocios_with(begun, scope.negocio_ids).values(
        negocio_id=F("pk"), hoy=size_of(counted, *today), mes=size_of(counted, *month),
        ingresos_hoy=amount_of(earning, *today), ingresos_mes=amount_of(earning, *month),
    )  # fmt: skip


def reservas_rolled(scope: Scope) -> QuerySet[Any, Any]:
    stands, earns = ~Q(word=Estado.CANCELADA), Q(word__in=(Estado.CONFIRMADA, Estado.COMPLETADA))
    # A tally for each tour.
    pending = tallies(Reserva, "tour").filter(word=Estado.PENDIENTE)
    rolled: QuerySet[Any, Any] = _rolled(Reserva, scope, stands, earns).annotate(pendientes=size_of(pending))
    return rolled


def contrataciones_rolled(scope: Scope) -> QuerySet[Any, Any]:
    return _rolled(Contratacion, scope, EVERY, EVERY)


def contrataciones_rows(scope: Scope) -> QuerySet[Any, Any]:
    month = Contratacion.objects.filter(since("month", scope), negocio_id__in=scope.negocio_ids).order_by()
    return month.values("negocio_id").annotate(**_sales("precio", EVERY, EVERY, scope))


def _sold(rows: Sequence[Row]) -> dict[str, Any]:
    row = rows[0] if rows else {}
    return {
        "hoy": row.get("hoy", 0),
        "mes": row.get("mes", 0),
        "ingresosHoy": number(row.get("ingresos_hoy")),
        "ingresosMes": number(row.get("ingresos_mes")),
    }


def reservas(rows: Sequence[Row]) -> Figure:
    """`{hoy,mes,ingresosHoy,ingresosMes,pendientes}`, by when they were made.

    What was cancelled counts nowhere; what is pending has not earned yet. `pendientes` is all of them, however old.
    """
    return {**_sold(rows), "pendientes": rows[0]["pendientes"] if rows else 0}


def valoracion_rows(scope: Scope) -> QuerySet[Any, Any]:
    opinions = Recomendacion.objects.filter(negocio_id__in=scope.negocio_ids).order_by()
    return opinions.values("negocio_id", "calificacion").annotate(size=Count("*"))


def valoracion_rolled(scope: Scope) -> QuerySet[Any, Any]:
    stars = tallies(Recomendacion, "estrellas").filter(negocio_id__in=scope.negocio_ids)
    rolled: QuerySet[Any, Any] = stars.values("negocio_id", calificacion=F("number")).annotate(size=size())
    return rolled


def valoracion(rows: Sequence[Row]) -> Figure:
    """`{promedio,total,porEstrella:[{estrellas,count}]}`, five stars first, zeros too."""
    sizes = {int(row["calificacion"]): int(row["size"]) for row in rows}
    total = sum(sizes.values())
    stars = sum(star * size for star, size in sizes.items())
    return {
        "promedio": number(Decimal(stars) / total if total else None),
        "total": total,
        "porEstrella": [
            {"estrellas": star, "count": sizes.get(star, 0)}
            for star in sorted(Recomendacion.Estrellas.values, reverse=True)
        ],
    }


SUM_METRICS = (
    Metric("reservas", reservas_rows, reservas, rolled=reservas_rolled),
    Metric("contrataciones", contrataciones_rows, _sold, rolled=contrataciones_rolled),
    Metric("valoracion", valoracion_rows, valoracion, rolled=valoracion_rolled),
)
