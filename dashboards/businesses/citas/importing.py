"""How does a row of somebody's file become a cita?"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db.models import Q

from dashboards.businesses.citas.models import Cita, Estacion, Servicio
from dashboards.days import local_now
from dashboards.importing import BadRow, Field, ImportShape, MappedRow
from dashboards.models import Negocio

Rows = Sequence[tuple[Negocio, MappedRow]]
# (negocio's key, nombre) -> key of the Servicio or Estacion.
Named = Mapping[tuple[int, str], int]

UPDATED = (
    "cliente_nombre", "estacion", "servicio", "fecha", "hora_inicio", "hora_fin", "estado", "actualizado_en",
)  # fmt: skip


def _text(name: str, longest: int) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if len(text := text.strip()) > longest:
            raise BadRow(name, text, f"longer than {longest} characters")
        if "\0" in text:
            raise BadRow(name, text, "holds a NUL, which PostgreSQL can't store")
        return text

    return parse


def _fecha(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text.strip()[:10])
    except ValueError:
        raise BadRow("fecha", text, "not a date like 2025-11-10") from None


def _hora(name: str) -> Callable[[str], dt.time | None]:
    def parse(text: str) -> dt.time | None:
        if not (text := text.strip()):
            return None
        try:
            return dt.time.fromisoformat(text).replace(tzinfo=None)
        except ValueError:
            raise BadRow(name, text, "not a time like 10:30") from None

    return parse


def _hora_inicio(text: str) -> dt.time:
    time = _hora("hora_inicio")(text)
    if time is None:
        raise BadRow("hora_inicio", text, "missing")
    return time


def _estado(text: str) -> str:
    estado = text.strip().lower()
    if estado not in Cita.Estado.values:
        raise BadRow("estado", text, "not one of " + ", ".join(Cita.Estado.values))
    return estado


def write(rows: Rows) -> int:
    """Store the rows in one upsert, the last of several with one external id; returns how many were new."""
    servicios, estaciones = _keys(Servicio, "servicio", rows), _keys(Estacion, "estacion", rows)
    known: dict[tuple[int, str], Cita] = {}
    unknown: list[Cita] = []
    for negocio, row in rows:
        cita = _cita(negocio, row, servicios, estaciones)
        if cita.external_id is None:
            unknown.append(cita)
        else:
            known[negocio.pk, cita.external_id] = cita
    already = _already_there(known)
    Cita.objects.bulk_create(unknown)
    Cita.objects.bulk_create(
        known.values(), update_conflicts=True, unique_fields=("negocio", "external_id"), update_fields=UPDATED
    )
    return len(unknown) + len(known) - already


def _already_there(known: Mapping[tuple[int, str], Cita]) -> int:
    there = Cita.objects.filter(
        negocio_id__in={negocio_id for negocio_id, _ in known}, external_id__in={id_ for _, id_ in known}
    )
    return len(known.keys() & set(there.values_list("negocio_id", "external_id")))


def _cita(negocio: Negocio, row: MappedRow, servicios: Named, estaciones: Named) -> Cita:
    return Cita(
        negocio=negocio,
        external_id=row.get("external_id") or None,
        servicio_id=servicios.get((negocio.pk, row.get("servicio") or "")),
        estacion_id=estaciones.get((negocio.pk, row.get("estacion") or "")),
        **_plain(row),
    )


def _plain(row: MappedRow) -> dict[str, Any]:
    return {
        "cliente_nombre": row.get("cliente") or "",
        "fecha": row["fecha"],
        "hora_inicio": row["hora_inicio"],
        "hora_fin": row.get("hora_fin"),
        "estado": row.get("estado") or Cita.Estado.PENDIENTE,
    }


def _keys(model: type[Servicio | Estacion], field: str, rows: Rows) -> Named:
    """The keys of all that `rows` name in `field`; what isn't there yet is made."""
    wanted = {(negocio.pk, str(row[field])) for negocio, row in rows if row.get(field)}
    found = _found(model, wanted)
    if missing := wanted - found.keys():
        # Somebody else may be making the same one: the unique name decides, then both read it.
        new: Any = [model(negocio_id=negocio_id, nombre=nombre) for negocio_id, nombre in sorted(missing)]
        model._default_manager.bulk_create(new, ignore_conflicts=True)
        found |= _found(model, missing)
    return found


def _found(model: type[Servicio | Estacion], wanted: set[tuple[int, str]]) -> dict[tuple[int, str], int]:
    if not wanted:
        return {}
    ours = Q(negocio_id__in={negocio_id for negocio_id, _ in wanted}, nombre__in={nombre for _, nombre in wanted})
    rows = model._default_manager.filter(ours).values_list("negocio_id", "nombre", "pk")
    return {(negocio_id, nombre): key for negocio_id, nombre, key in rows}


def happen(negocio: Negocio, row: MappedRow) -> None:
    """Store the row as a cita of today at its own hour; one that is there already is brought up to date."""
    rows = [(negocio, row)]
    cita = _cita(negocio, row, _keys(Servicio, "servicio", rows), _keys(Estacion, "estacion", rows))
    cita.fecha = local_now(negocio.time_zone).date()
    if cita.external_id is not None:
        there = Cita.objects.filter(negocio=negocio, external_id=cita.external_id)
        cita.pk = there.values_list("pk", flat=True).first()
    if cita.pk is None:
        cita.save()
    else:
        cita.save(update_fields=UPDATED)


IMPORTS = ImportShape(
    fields=(
        Field("external_id", _text("external_id", 64)),
        Field("fecha", _fecha, required=True),
        Field("hora_inicio", _hora_inicio, required=True),
        Field("hora_fin", _hora("hora_fin")),
        Field("estado", _estado, default=Cita.Estado.PENDIENTE.value),
        Field("cliente", _text("cliente", 200), default=""),
        Field("servicio", _text("servicio", 120), default=""),
        Field("estacion", _text("estacion", 120), default=""),
    ),
    external_id="external_id",
    when="fecha",
    write=write,
    happen=happen,
)
