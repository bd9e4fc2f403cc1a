"""What is told of the things that a tour operator offers? The data of wire.md, section tourism."""

from collections.abc import Sequence

from dashboards.businesses.tourism.models import Destino
from dashboards.businesses.tourism.told.facts import Fact, id_of, linked, state_of
from dashboards.kinds import RowChange
from dashboards.metrics import number


def tours(rows: Sequence[RowChange]) -> list[Fact]:
    destino_of = linked(Destino, "destino_id", rows)
    return [
        Fact(
            {
                "tourId": id_of(row),
                "nombre": state_of(row)["nombre"],
                "destino": destino_of(row).nombre,
                "precio": number(state_of(row)["precio"]),
            }
        )
        for row in rows
    ]


def servicios(rows: Sequence[RowChange]) -> list[Fact]:
    return [
        Fact(
            {
                "servicioId": id_of(row),
                "nombre": state_of(row)["nombre"],
                "tipo": state_of(row)["tipo"],
                "precio": number(state_of(row)["precio"]),
            }
        )
        for row in rows
    ]


def destinos(rows: Sequence[RowChange]) -> list[Fact]:
    return [
        Fact(
            {
                "destinoId": id_of(row),
                "nombre": state_of(row)["nombre"],
                "pais": state_of(row)["pais"],
                "estado": state_of(row)["estado"],
            }
        )
        for row in rows
    ]


def guias(rows: Sequence[RowChange]) -> list[Fact]:
    return [
        Fact(
            {
                "guiaId": id_of(row),
                "nombre": state_of(row)["nombre"],
                "especialidad": state_of(row)["especialidad"],
                "idiomas": state_of(row)["idiomas"],
            }
        )
        for row in rows
    ]
