"""Which figures does a virtual queue have? Each is one statement for any number of negocios."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BigIntegerField, Count, F, Func, OuterRef, Q, QuerySet
from django.db.models.functions import ExtractHour

from dashboards.businesses.citas.models import Cita
from dashboards.days import LocalDay
from dashboards.metrics import Figure, Metric, Row, Scope
from dashboards.models import Negocio, Tally
from dashboards.rollups.reading import size, tallies

Rows = QuerySet[Cita, Any]
Rolled = QuerySet[Tally, Any]

COMPLETED = (Cita.Estado.COMPLETADA, Cita.Estado.ATENDIDA)
MOST_NEXT = 10  # citas in `proximas` when nobody asks for another length


def _citas(scope: Scope) -> QuerySet[Cita]:
    return Cita.objects.filter(negocio_id__in=scope.negocio_ids)


def _today(scope: Scope) -> LocalDay:
    return LocalDay("negocio__time_zone", scope.now)


def por_estado_rows(scope: Scope) -> Rows:
    return _citas(scope).values("negocio_id", "estado").annotate(
        size=Count("*"), hoy=Count("fecha", filter=Q(fecha=_today(scope)))
    )  # fmt: skip


def por_estado_rolled(scope: Scope) -> Rolled:
    all_days, today = Q(level="estado"), Q(level="dia", day=_today(scope))
    counted = tallies(Cita).filter(all_days | today, negocio_id__in=scope.negocio_ids)
    rolled: QuerySet[Any, Any] = counted.values("negocio_id", estado=F("word")).annotate(
        size=size(all_days), hoy=size(Q(level="dia"))
    )
    return rolled


def stats(rows: Sequence[Row]) -> Figure:
    """The four figures of wire.md, section citas; the dialect adds its other spelling and the times."""
    sizes = Counter({row["estado"]: row["size"] for row in rows})
    return {
        "totalCitas": sizes.total(),
        "citasHoy": sum(row["hoy"] for row in rows),
        "citasCompletadas": sum(sizes[estado] for estado in COMPLETED),
        "citasCanceladas": sizes[Cita.Estado.CANCELADA],
    }


def por_estado(rows: Sequence[Row]) -> Figure:
    """`{"porEstado":[{"estado","count","hoy"}]}`: every estado in its order, zeros too; `hoy`, of today's citas."""
    sizes = {row["estado"]: (row["size"], row["hoy"]) for row in rows}
    each = [(estado, *sizes.get(estado, (0, 0))) for estado in Cita.Estado.values]
    return {"porEstado": [{"estado": estado, "count": count, "hoy": hoy} for estado, count, hoy in each]}


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


def por_hora_rows(scope: Scope) -> Rows:
    today = _citas(scope).filter(fecha=_today(scope))
    return today.values("negocio_id", hora=ExtractHour("hora_inicio")).annotate(size=Count("*"))


def por_hora_rolled(scope: Scope) -> Rolled:
    today = tallies(Cita, "dia").filter(negocio_id__in=scope.negocio_ids, day=_today(scope))
    counted = today.values("negocio_id", hora=F("number")).annotate(size=size())
    rolled: QuerySet[Any, Any] = counted.exclude(size=0)
    return rolled


def por_hora(rows: Sequence[Row]) -> Figure:
    """`{"porHora":[{"hora","count"}]}`: today's citas by the hour they start, no hour left out in between."""
    sizes = {int(row["hora"]): row["size"] for row in rows}
    hours = range(min(sizes), max(sizes) + 1) if sizes else range(0)
    return {"porHora": [{"hora": hour, "count": sizes.get(hour, 0)} for hour in hours]}


METRICS = (
    Metric("stats", por_estado_rows, stats, rolled=por_estado_rolled),
    Metric("por_estado", por_estado_rows, por_estado, rolled=por_estado_rolled),
    Metric("proximas", proximas_rows, proximas, limit=MOST_NEXT),
    Metric("por_hora", por_hora_rows, por_hora, rolled=por_hora_rolled),
)
