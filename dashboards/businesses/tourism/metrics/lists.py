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
    QuerySet,
    Sum,
    Value,
    Window,
)
from django.db.models.functions import RowNumber

from dashboards.businesses.tourism.metrics.moments import TIME_ZONE
from dashboards.businesses.tourism.metrics.sums import EARNS, STANDS, sum_of
from dashboards.businesses.tourism.models import Reserva
from dashboards.days import LocalDay
from dashboards.metrics import Figure, Metric, Row, Scope, number
from dashboards.models import Negocio

TOP = 5  # tours
RECENT = 10  # reservas
DAYS_AHEAD = 7  # today is the first of them


def _reservas(scope: Scope) -> QuerySet[Reserva]:
    return Reserva.objects.filter(negocio_id__in=scope.negocio_ids).order_by()


def top_tours_rows(scope: Scope) -> QuerySet[Any, Any]:
    sums = _reservas(scope).filter(STANDS).values(
        "negocio_id", "tour_id", tour_external_id=F("tour__external_id"), nombre=F("tour__nombre")
    ).annotate(reservas=Count("*"), ingresos=sum_of("monto", EARNS))  # fmt: skip
    order = (F("reservas").desc(), F("ingresos").desc(), F("nombre").asc(), F("tour_id").asc())
    place = Window(RowNumber(), partition_by=F("negocio_id"), order_by=list(order))
    return sums.annotate(place=place).filter(place__lte=scope.limit or TOP)


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


def ocupacion(rows: Sequence[Row]) -> Figure:
    """`{ocupacion:[{fecha,reservas,personas}]}`: today and the six days after it; empty where nobody leaves on any."""
    by_day = {row["fecha"]: row for row in rows}
    days = [rows[0]["hoy"] + dt.timedelta(days=ahead) for ahead in range(DAYS_AHEAD)] if rows else []
    return {"ocupacion": [_leaving(day, by_day.get(day, {})) for day in days]}


def _leaving(day: dt.date, row: Row) -> dict[str, Any]:
    return {"fecha": day.isoformat(), "reservas": row.get("reservas", 0), "personas": row.get("viajeros", 0)}


LIST_METRICS = (
    Metric("top_tours", top_tours_rows, top_tours, limit=TOP),
    Metric("recientes", recientes_rows, recientes, limit=RECENT),
    Metric("ocupacion", ocupacion_rows, ocupacion),
)
