"""Which row change of a tour operator is told as what? Data and types are those of wire.md, section tourism."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db.models import Model

from dashboards.businesses.tourism import told
from dashboards.businesses.tourism.models import (
    Contratacion,
    Destino,
    Guia,
    Recomendacion,
    Reserva,
    Servicio,
    Tour,
    Usuario,
)
from dashboards.kinds import EventRule, RowChange, Telling

State = Mapping[str, Any] | None
Rules = tuple[EventRule, ...]

# Type -> the key of its data that says which one. Two tellings of one type and id, a row of ours and a POST of the
# team's own back-end, are one fact.
ID_KEYS: Mapping[str, str] = {
    "usuario_registrado": "userId",
    "usuario_inicio_sesion": "userId",
    "reserva_creada": "reservaId",
    "reserva_actualizada": "reservaId",
    "reserva_cancelada": "reservaId",
    "servicio_contratado": "contratacionId",
    "recomendacion_creada": "recomendacionId",
    "tour_creado": "tourId",
    "tour_actualizado": "tourId",
    "tour_eliminado": "tourId",
    "servicio_creado": "servicioId",
    "servicio_actualizado": "servicioId",
    "servicio_eliminado": "servicioId",
    "destino_creado": "destinoId",
    "destino_actualizado": "destinoId",
    "destino_eliminado": "destinoId",
    "guia_creado": "guiaId",
    "guia_actualizado": "guiaId",
    "guia_eliminado": "guiaId",
}
# One row can be changed twice within a minute, so by type and id alone the second change would pass for the first one
# told again. Of these only a row's telling and a posted one are the same fact, the n-th and the n-th.
AGAIN_AND_AGAIN = frozenset(
    {"reserva_actualizada", "tour_actualizado", "servicio_actualizado", "destino_actualizado", "guia_actualizado"}
)

# The columns that WatchTable keeps for the rules below; a test holds them against the migration.
STATES: Mapping[type[Model], tuple[str, ...]] = {
    Usuario: ("external_id", "nombre", "email", "rol"),
    Destino: ("external_id", "nombre", "pais", "estado"),
    Guia: ("external_id", "nombre", "especialidad", "idiomas"),
    Tour: ("external_id", "nombre", "destino_id", "precio"),
    Servicio: ("external_id", "nombre", "tipo", "precio"),
    Reserva: ("external_id", "tour_id", "usuario_id", "fecha", "personas", "monto", "estado"),
    Contratacion: ("external_id", "servicio_id", "usuario_id", "precio"),
    Recomendacion: ("external_id", "titulo", "usuario_id", "calificacion", "tipo", "referencia"),
}
# A change of these is news for those who travel; who is deleted as a usuario changes no trip.
BOOKED = ("tour_id", "fecha", "personas", "monto", "estado")
AHEAD = (Reserva.Estado.PENDIENTE, Reserva.Estado.CONFIRMADA)


def fact_key(type: str, data: Mapping[str, Any]) -> str:
    """What names the fact, `<type>/<id>`; empty for a type that isn't listed and for data that doesn't say which."""
    id = data.get(ID_KEYS[type]) if type in ID_KEYS else None
    says = isinstance(id, str | int) and not isinstance(id, bool) and id != ""
    return f"{type}/{id}" if says else ""


def _telling(type: str, describe: told.Describe, message: str) -> Callable[[Sequence[RowChange]], list[Telling]]:
    def tell(rows: Sequence[RowChange]) -> list[Telling]:
        return [
            Telling(
                type, fact.data, message.format(**fact.data, **fact.words),
                key=fact_key(type, fact.data), recurs=type in AGAIN_AND_AGAIN,
            )
            for fact in describe(rows)
        ]  # fmt: skip

    return tell


def _entered(old: State, new: State) -> bool:
    """An update that moved the row here from another negocio: to this one it is new."""
    return old is None


def _left(old: State, new: State) -> bool:
    return new is None


def _stayed(old: State, new: State) -> bool:
    return old is not None and new is not None


def _cancelled(old: State, new: State) -> bool:
    """Also by leaving, as long as the trip was still to be made."""
    if old is None or new is None:
        return old is not None and old["estado"] in AHEAD
    cancelled: bool = new["estado"] == Reserva.Estado.CANCELADA
    return cancelled and old["estado"] != new["estado"]


def _rebooked(old: State, new: State) -> bool:
    if old is None or new is None or _cancelled(old, new):
        return False
    return any(old[column] != new[column] for column in BOOKED)


def _made(type: str, model: type[Model], describe: told.Describe, message: str) -> Rules:
    tell = _telling(type, describe, message)
    return EventRule(type, model, "insert", tell=tell), EventRule(type, model, "update", _entered, tell)


def _changed(type: str, model: type[Model], describe: told.Describe, message: str) -> Rules:
    return (EventRule(type, model, "update", _stayed, _telling(type, describe, message)),)


def _gone(type: str, model: type[Model], describe: told.Describe, message: str) -> Rules:
    tell = _telling(type, describe, message)
    return EventRule(type, model, "delete", tell=tell), EventRule(type, model, "update", _left, tell)


_tell_cancelled = _telling(
    "reserva_cancelada", told.reservas, "Se canceló la reserva de {quien}: {tourNombre}, {dia}, {cuantas}."
)
_tell_rebooked = _telling(
    "reserva_actualizada", told.reservas, "La reserva de {quien} cambió: {tourNombre}, {dia}, {cuantas}, {estado}."
)

EVENTS: Rules = (
    *_made("usuario_registrado", Usuario, told.usuarios, "{nombre} se registró."),
    *_made("reserva_creada", Reserva, told.reservas, "{quien} reservó {tourNombre} para {cuantas}, el {dia}."),
    EventRule("reserva_actualizada", Reserva, "update", _rebooked, _tell_rebooked),
    EventRule("reserva_cancelada", Reserva, "update", _cancelled, _tell_cancelled),
    EventRule("reserva_cancelada", Reserva, "delete", _cancelled, _tell_cancelled),
    *_made("servicio_contratado", Contratacion, told.contrataciones, "{quien} contrató {servicioNombre} por {cuanto}."),
    *_made("recomendacion_creada", Recomendacion, told.recomendaciones, "{quien} dio {estrellas} a {que}: «{titulo}»."),
    *_made("tour_creado", Tour, told.tours, "Nuevo tour: {nombre}."),
    *_changed("tour_actualizado", Tour, told.tours, "El tour {nombre} cambió."),
    *_gone("tour_eliminado", Tour, told.tours, "El tour {nombre} ya no se ofrece."),
    *_made("servicio_creado", Servicio, told.servicios, "Nuevo servicio: {nombre}."),
    *_changed("servicio_actualizado", Servicio, told.servicios, "El servicio {nombre} cambió."),
    *_gone("servicio_eliminado", Servicio, told.servicios, "El servicio {nombre} ya no se ofrece."),
    *_made("destino_creado", Destino, told.destinos, "Nuevo destino: {nombre}."),
    *_changed("destino_actualizado", Destino, told.destinos, "El destino {nombre} cambió."),
    *_gone("destino_eliminado", Destino, told.destinos, "El destino {nombre} ya no se ofrece."),
    *_made("guia_creado", Guia, told.guias, "{nombre} es guía desde ahora."),
    *_changed("guia_actualizado", Guia, told.guias, "Los datos del guía {nombre} cambiaron."),
    *_gone("guia_eliminado", Guia, told.guias, "{nombre} ya no es guía."),
)
