"""What is told of those who register, book, hire and recommend? The data of wire.md, section tourism."""

import datetime as dt
from collections.abc import Sequence

from dashboards.businesses.tourism.models import Recomendacion, Reserva, Servicio, Tour, Usuario
from dashboards.businesses.tourism.told.facts import Fact, Named, id_of, linked, state_of
from dashboards.kinds import RowChange
from dashboards.metrics import number


def usuarios(rows: Sequence[RowChange]) -> list[Fact]:
    return [
        Fact(
            {
                "userId": id_of(row),
                "nombre": state_of(row)["nombre"],
                "email": state_of(row)["email"],
                "rol": state_of(row)["rol"],
            }
        )
        for row in rows
    ]


def reservas(rows: Sequence[RowChange]) -> list[Fact]:
    tour_of, usuario_of = linked(Tour, "tour_id", rows), linked(Usuario, "usuario_id", rows)
    return [_reserva(row, tour_of(row), usuario_of(row)) for row in rows]


def _reserva(row: RowChange, tour: Named, usuario: Named) -> Fact:
    state = state_of(row)
    personas, day = state["personas"], dt.date.fromisoformat(state["fecha"])
    return Fact(
        {
            "reservaId": id_of(row),
            "tourId": tour.id,
            "tourNombre": tour.nombre,
            "usuarioId": usuario.id,
            "usuarioNombre": usuario.nombre,
            "fecha": state["fecha"],
            "personas": personas,
            "monto": number(state["monto"]),
        },
        {
            "quien": _who(usuario),
            "cuantas": "1 persona" if personas == 1 else f"{personas} personas",
            "dia": f"{day:%d/%m/%Y}",
            "estado": _label(state["estado"]),
        },
    )


def contrataciones(rows: Sequence[RowChange]) -> list[Fact]:
    servicio_of, usuario_of = linked(Servicio, "servicio_id", rows), linked(Usuario, "usuario_id", rows)
    return [_contratacion(row, servicio_of(row), usuario_of(row)) for row in rows]


def _contratacion(row: RowChange, servicio: Named, usuario: Named) -> Fact:
    precio = number(state_of(row)["precio"])
    return Fact(
        {
            "contratacionId": id_of(row),
            "servicioId": servicio.id,
            "servicioNombre": servicio.nombre,
            "usuarioId": usuario.id,
            "usuarioNombre": usuario.nombre,
            "precio": precio,
        },
        {"quien": _who(usuario), "cuanto": f"${precio:.2f}"},
    )


def recomendaciones(rows: Sequence[RowChange]) -> list[Fact]:
    usuario_of = linked(Usuario, "usuario_id", rows)
    return [_recomendacion(row, usuario_of(row)) for row in rows]


def _recomendacion(row: RowChange, usuario: Named) -> Fact:
    state = state_of(row)
    stars = state["calificacion"]
    return Fact(
        {
            "recomendacionId": id_of(row),
            "titulo": state["titulo"],
            "usuarioId": usuario.id,
            "usuarioNombre": usuario.nombre,
            "calificacion": stars,
            "tipoRecomendacion": state["tipo"],
            "nombreReferencia": state["referencia"],
        },
        {
            "quien": _who(usuario),
            "estrellas": Recomendacion.Estrellas(stars).label,
            "que": state["referencia"] or state["titulo"],
        },
    )


def _who(usuario: Named) -> str:
    return usuario.nombre or "Alguien"


def _label(estado: str) -> str:
    return Reserva.Estado(estado).label.lower()
