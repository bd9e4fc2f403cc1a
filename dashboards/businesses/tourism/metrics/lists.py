"""Which tours sell best, what was booked last, and how many people leave on the next days?"""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import (
    BigIntegerField,
    Count,
    DateField,
    ExpressionWrapper,
    F,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    Window,
)
from django.db.models.functions import Cast, RowNumber

from dashboards.businesses.tourism.metrics.moments import TIME_ZONE
from dashboards.businesses.tourism.metrics.sums import EARNS, STANDS, Estado, sum_of
from dashboards.businesses.tourism.models import Reserva, Tour
from dashboards.days import LocalDay
from dashboards.metrics import Figure, Metric, Row, Scope, number
from dashboards.models import Negocio
from dashboards.rollups.reading import amount, size, tallies

TOP = 5  # tours
RECENT = 10  # reservas
DAYS_AHEAD = 7  # today is the first of them


def _reservas(scope: Scope) -> QuerySet[Reserva]:
    return Reserva.objects.filter(negocio_id__in=scope.negocio_ids).order_by()


def top_tours_rows(scope: Scope) -> QuerySet[Any, Any]:
    sums = _reservas(scope).filter(STANDS).values(
        "negocio_id", "tour_id", tour_external_id=F("tour__external_id"), nombre=F("tour__nombre")
    ).annotate(reservas=Count("*"), ingresos=sum_of("monto", EARNS))  # fmt: skip
    return _best(sums, scope)


def top_tours_rolled(scope: Scope) -> QuerySet[Any, Any]:
    """The same, out of a few tallies for each tour."""
    standing = tallies(Reserva, "tour").filter(~Q(word=Estado.CANCELADA), negocio_id__in=scope.negocio_ids)
    earns, tour = Q(word__in=(Estado.CONFIRMADA, Estado.COMPLETADA)), Tour.objects.filter(pk=OuterRef("number"))
    sums = standing.values("negocio_id", tour_id=F("number")).annotate(reservas=size(), ingresos=amount(earns))
    named = sums.filter(reservas__gt=0).annotate(
        tour_external_id=Subquery(tour.values("external_id")), nombre=Subquery(tour.values("nombre"))
    )  # fmt: skip
    return _best(named, scope)


def _best(sums: QuerySet[Any, Any], scope: Scope) -> QuerySet[Any, Any]:
    order = (F("reservas").desc(), F("ingresos").desc(), F("nombre").asc(), F("tour_id").asc())
    place = Window(RowNumber(), partition_by=F("negocio_id"), order_by=list(order))
    best: QuerySet[Any, Any] = sums.annotate(place=place).filter(place__lte=scope.limit or TOP)
    return best


def top_tours(rows: Sequence[Row]) -> Figure:
    """`{topTours:[{id,nombre,reservas,ingresos}]}`: by reservas that weren't cancelled, then income, then name."""
    by_place = sorted(rows, key=lambda row: int(row["place"]))
    return {
        "topTours": [
            {
                "id": row["tour_external_id"] or row["tour_id"],
                "nombre": row["nombre"],
                "reservas": row["reservas"],
                "ingresos": number(row["ingresos"]),
            }
            for row in by_place
        ]
    }


def recientes_rows(scope: Scope) -> QuerySet[Any, Any]:
    # Reads the newest of each negocio from the index, however many there are.
    newest = Reserva.objects.filter(negocio_id=OuterRef("pk")).order_by("-creada_en", "-pk").values("pk")
    keys = Func(ArraySubquery(newest[: scope.limit or RECENT]), function="unnest", output_field=BigIntegerField())
    picked = Negocio.objects.filter(pk__in=scope.negocio_ids).order_by().annotate(key=keys).values("key")
    return Reserva.objects.filter(pk__in=picked).order_by().values(
        "negocio_id", "id", "external_id", "fecha", "personas", "monto", "estado", "creada_en",
        tour_nombre=F("tour__nombre"), usuario_nombre=F("usuario__nombre"),
    )  # fmt: skip


def recientes(rows: Sequence[Row]) -> Figure:
    """`{recientes:[{id,tour,usuario,fecha,personas,monto,estado,creadaEn}]}`, the newest first."""
    newest_first = sorted(rows, key=lambda row: (row["creada_en"], row["id"]), reverse=True)
    return {"recientes": [_recent(row) for row in newest_first]}


def _recent(row: Row) -> dict[str, Any]:
    return {
        "id": row["external_id"] or row["id"],
        "tour": row["tour_nombre"],
        "usuario": row["usuario_nombre"] or "",
        "fecha": row["fecha"].isoformat(),
        "personas": row["personas"],
        "monto": number(row["monto"]),
        "estado": row["estado"],
        "creadaEn": row["creada_en"].astimezone(dt.UTC).isoformat().replace("+00:00", "Z"),
    }


def ocupacion_rows(scope: Scope) -> QuerySet[Any, Any]:
    today = LocalDay(TIME_ZONE, scope.now)
    last = ExpressionWrapper(today + Value(DAYS_AHEAD - 1), output_field=DateField())
    ahead = _reservas(scope).filter(STANDS, fecha__gte=today, fecha__lte=last)
    return ahead.values("negocio_id", "fecha", hoy=today).annotate(reservas=Count("*"), viajeros=Sum("personas"))


def ocupacion_rolled(scope: Scope) -> QuerySet[Any, Any]:
    today = LocalDay(TIME_ZONE, scope.now)
    last = ExpressionWrapper(today + Value(DAYS_AHEAD - 1), output_field=DateField())
    leaving = tallies(Reserva, "fecha").filter(negocio_id__in=scope.negocio_ids, day__gte=today, day__lte=last)
    by_day = leaving.values("negocio_id", fecha=F("day"), hoy=today)
    rolled: QuerySet[Any, Any] = by_day.annotate(reservas=size(), viajeros=Cast(amount(), BigIntegerField())).filter(
        reservas__gt=0
    )
    return rolled


def ocupacion(rows: Sequence[Row]) -> Figure:
    """`{ocupacion:[{fecha,reservas,personas}]}`: today and the six days after it; empty where nobody leaves on any."""
    by_day = {row["fecha"]: row for row in rows}
    days = [rows[0]["hoy"] + dt.timedelta(days=ahead) for ahead in range(DAYS_AHEAD)] if rows else []
    return {"ocupacion": [_leaving(day, by_day.get(day, {})) for day in days]}


def _leaving(day: dt.date, row: Row) -> dict[str, Any]:
    return {"fecha": day.isoformat(), "reservas": row.get("reservas", 0), "personas": row.get("viajeros", 0)}


LIST_METRICS = (
    Metric("top_tours", top_tours_rows, top_tours, limit=TOP, rolled=top_tours_rolled),
    Metric("recientes", recientes_rows, recientes, limit=RECENT),
    Metric("ocupacion", ocupacion_rows, ocupacion, rolled=ocupacion_rolled),
)
