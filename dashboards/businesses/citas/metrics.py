"""Which figures does a virtual queue have? Each is one statement for any number of negocios."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BigIntegerField, Case, Count, F, Func, IntegerField, OuterRef, QuerySet, Value, When
from django.db.models.functions import ExtractHour

from dashboards.businesses.citas.models import Cita
from dashboards.days import LocalDay, is_day
from dashboards.metrics import Figure, Metric, Row, Scope
from dashboards.models import Negocio, Tally
from dashboards.rollups.reading import size, tallies

Rows = QuerySet[Cita, Any]
Rolled = QuerySet[Tally, Any]

# Read anew each time they would cost more than the figure.
ESTADOS = tuple(Cita.Estado.values)
COMPLETED = (Cita.Estado.COMPLETADA.value, Cita.Estado.ATENDIDA.value)
CANCELLED = Cita.Estado.CANCELADA.value
# Of citas of any day.
_NO_HOUR = Value(None, output_field=IntegerField())
MOST_NEXT = 10  # citas in `proximas` when nobody asks for another length


def _citas(scope: Scope) -> QuerySet[Cita]:
    return Cita.objects.filter(negocio_id__in=scope.negocio_ids)


def _today(scope: Scope) -> LocalDay:
    return LocalDay("negocio__time_zone", scope.now)


def counted_rows(scope: Scope) -> Rows:
    """How many citas there are of each `estado`, `size` in all and `hoy` of today's, these for each `hora` apart."""
    today = is_day("fecha", _today(scope))
    hora = Case(When(today, then=ExtractHour("hora_inicio")), output_field=IntegerField())
    return _citas(scope).values("negocio_id", "estado", hora=hora).annotate(
        size=Count("*"), hoy=Count("fecha", filter=today)
    )  # fmt: skip


def counted_rolled(scope: Scope) -> Rolled:
    """The same; what is today's in rows of its own, which an index leads to."""
    of_negocios = {"negocio_id__in": scope.negocio_ids}
    all_days = tallies(Cita, "estado").filter(**of_negocios).values("negocio_id", estado=F("word"), hora=_NO_HOUR)
    today = tallies(Cita, "dia").filter(is_day("day", _today(scope)), **of_negocios)
    of_today = today.values("negocio_id", estado=F("word"), hora=F("number"))
    rolled: QuerySet[Any, Any] = all_days.annotate(size=size(), hoy=Value(0)).union(
        of_today.annotate(size=Value(0), hoy=size()), all=True
    )
    # Since Django 6.1 a union is ordered as its model is, by columns that it may not have.
    return rolled.order_by()


def _by_estado(rows: Sequence[Row], column: str) -> Mapping[str, int]:
    counted: dict[str, int] = {}
    for row in rows:
        estado = row["estado"]
        counted[estado] = counted.get(estado, 0) + row[column]
    return counted


def stats(rows: Sequence[Row]) -> Figure:
    """The four figures of wire.md, section citas; the dialect adds its other spelling and the times."""
    sizes = _by_estado(rows, "size")
    return {
        "totalCitas": sum(sizes.values()),
        "citasHoy": sum([row["hoy"] for row in rows]),
        "citasCompletadas": sum([sizes.get(estado, 0) for estado in COMPLETED]),
        "citasCanceladas": sizes.get(CANCELLED, 0),
    }


def por_estado(rows: Sequence[Row]) -> Figure:
    """`{"porEstado":[{"estado","count","hoy"}]}`: every estado in its order, zeros too; `hoy`, of today's citas."""
    sizes, today = _by_estado(rows, "size"), _by_estado(rows, "hoy")
    counts, hoy = sizes.get, today.get
    return {"porEstado": [{"estado": each, "count": counts(each, 0), "hoy": hoy(each, 0)} for each in ESTADOS]}


def proximas_rows(scope: Scope) -> Rows:
    today = LocalDay(OuterRef("time_zone"), scope.now)
    waiting = Cita.objects.filter(negocio_id=OuterRef("pk"), fecha__gte=today, estado__in=Cita.OPEN)
    first = waiting.order_by("fecha", "hora_inicio", "id").values("pk")[: scope.limit or MOST_NEXT]
    # Reads only those of each negocio from their index, however many there are.
    keys = Func(ArraySubquery(first), function="unnest", output_field=BigIntegerField())
    picked = Negocio.objects.filter(pk__in=scope.negocio_ids).order_by().annotate(key=keys).values("key")
    return Cita.objects.filter(pk__in=picked).values(
        "negocio_id", "id", "external_id", "fecha", "hora_inicio", "hora_fin", "estado", "cliente_nombre",
        servicio_nombre=F("servicio__nombre"), estacion_nombre=F("estacion__nombre"),
    )  # fmt: skip


def proximas(rows: Sequence[Row]) -> Figure:
    """`{"proximas":[{id,cliente,servicio,estacion,fecha,hora_inicio,hora_fin,estado}]}`, soonest first.

    A cita of today whose time has passed stays in the list until its estado says that it is over.
    """
    in_order = sorted(rows, key=lambda row: (row["fecha"], row["hora_inicio"], row["id"]))
    return {"proximas": [_waiting(row) for row in in_order]}


def _waiting(row: Row) -> dict[str, Any]:
    return {
        "id": row["external_id"] or row["id"],
        "cliente": row["cliente_nombre"],
        "servicio": row["servicio_nombre"],
        "estacion": row["estacion_nombre"],
        "fecha": row["fecha"].isoformat(),
        "hora_inicio": _clock(row["hora_inicio"]),
        "hora_fin": _clock(row["hora_fin"]),
        "estado": row["estado"],
    }


def _clock(time: dt.time | None) -> str | None:
    return None if time is None else time.isoformat("seconds")


def por_hora(rows: Sequence[Row]) -> Figure:
    """`{"porHora":[{"hora","count"}]}`: today's citas by the hour they start, no hour left out in between."""
    sizes: dict[int, int] = {}
    for row in rows:
        if row["hoy"]:
            hour = int(row["hora"])
            sizes[hour] = sizes.get(hour, 0) + row["hoy"]
    hours = range(min(sizes), max(sizes) + 1) if sizes else ()
    return {"porHora": [{"hora": hour, "count": sizes.get(hour, 0)} for hour in hours]}


METRICS = (
    Metric("stats", counted_rows, stats, rolled=counted_rolled),
    Metric("por_estado", counted_rows, por_estado, rolled=counted_rolled),
    Metric("proximas", proximas_rows, proximas, limit=MOST_NEXT),
    Metric("por_hora", counted_rows, por_hora, rolled=counted_rolled),
)
