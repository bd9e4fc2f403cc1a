"""Which space is in which section, is it free, and who stands there?"""

import re
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from django.db.models import F, FilteredRelation, Q, QuerySet

from dashboards.businesses.parking.metrics.expressions import OPEN, instant, wire_id
from dashboards.businesses.parking.models import Espacio
from dashboards.businesses.parking.models.record import outside_id
from dashboards.metrics import Figure, Metric, Row, Scope

LIBRE = Espacio.Estado.LIBRE


def spaces_rows(scope: Scope) -> QuerySet[Any, Any]:
    """Every space with its section and, of one that isn't free, the open ticket."""
    # One open ticket a space, so that the join doubles no row of ours.
    standing = FilteredRelation("tickets", condition=Q(**{f"tickets__{OPEN}": True}) & ~Q(estado=LIBRE))
    spaces = Espacio.objects.filter(negocio_id__in=scope.negocio_ids).order_by().annotate(abierto=standing)
    return spaces.values(
        "negocio_id", "numero", "estado", key=F("pk"), wire_id=wire_id(), letra=F("seccion__letra"),
        placa=F("abierto__vehiculo__placa"), ingreso=F("abierto__fecha_ingreso"),
    )  # fmt: skip


def free_rows(scope: Scope) -> QuerySet[Any, Any]:
    spaces = Espacio.objects.filter(negocio_id__in=scope.negocio_ids, estado=LIBRE).order_by()
    return spaces.values("negocio_id", "numero", "estado", key=F("pk"), wire_id=wire_id(), letra=F("seccion__letra"))


def by_section(rows: Sequence[Row]) -> Figure:
    """`espacios_por_seccion` of wire.md; sections by letter, spaces by number. One without spaces isn't there.

    Where attached tables have several open tickets of one space, the newest stands there.
    """
    once = {row["key"]: row for row in sorted(rows, key=_arrival)}
    sections = groupby(sorted(once.values(), key=_place), key=_letra)
    return [_section(letra, [_space(row) for row in spaces]) for letra, spaces in sections]


def free_spaces(rows: Sequence[Row]) -> Figure:
    """`espacios_disponibles` of wire.md, in the same order."""
    return [_space(row) for row in sorted(rows, key=_place)]


def _section(letra: str, spaces: list[dict[str, Any]]) -> dict[str, Any]:
    free = sum(space["estado"] for space in spaces)
    return {
        "seccion_letra": letra,
        "total_espacios": len(spaces),
        "espacios_disponibles": free,
        "espacios_ocupados": len(spaces) - free,
        "espacios": spaces,
    }


def _space(row: Row) -> dict[str, Any]:
    space = {
        "id": outside_id(row["wire_id"]),
        "numero": row["numero"],
        "estado": row["estado"] == LIBRE,
        "seccion_letra": _letra(row),
    }
    if row.get("placa") is not None:
        space |= {"vehiculo_placa": row["placa"], "hora_ingreso": instant(row["ingreso"])}
    return space


def _arrival(row: Row) -> str:
    return "" if row["ingreso"] is None else instant(row["ingreso"])


def _letra(row: Row) -> str:
    return row["letra"] or ""


def _place(row: Row) -> tuple[str, list[tuple[int, str]], int]:
    """By section, then by number as people count: A2 before A10."""
    words = re.findall(r"\d+|\D+", row["numero"])
    return _letra(row), [(int(word), "") if word.isdecimal() else (-1, word) for word in words], row["key"]


SPACE_METRICS = (
    Metric("espacios_por_seccion", spaces_rows, by_section),
    Metric("espacios_disponibles", free_rows, free_spaces),
)
