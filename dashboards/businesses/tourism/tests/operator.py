"""How does a test fill a tour operator in few words?"""

import datetime as dt
from decimal import Decimal
from typing import Any

from dashboards.businesses.tourism.kind import KIND
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
from dashboards.metrics import Figure, Scope, compute
from dashboards.models import Negocio

DAY = dt.date(2025, 11, 10)
# 19:00 of DAY in Guayaquil, and already the next day in UTC.
NOW = dt.datetime(2025, 11, 11, 0, tzinfo=dt.UTC)


def figure(name: str, negocio: Negocio, limit: int | None = None) -> Figure:
    """The metric as it is at NOW."""
    return compute(KIND.metric(name), Scope([negocio.pk], NOW, limit)).figures[negocio.pk]


def figures(*negocios: Negocio, now: dt.datetime | None = NOW) -> dict[str, dict[int, Figure]]:
    """Every metric of these negocios as it is then."""
    scope = Scope([negocio.pk for negocio in negocios], now)
    return {metric.name: dict(compute(metric, scope).figures) for metric in KIND.metrics}


class Operator:
    """Makes saved rows in one negocio; what isn't said gets a plain value."""

    def __init__(self, negocio: Negocio) -> None:
        self.negocio = negocio

    def usuario(self, nombre: str = "Ana Lara", **fields: Any) -> Usuario:
        return Usuario.objects.create(negocio=self.negocio, nombre=nombre, **fields)

    def destino(self, nombre: str = "Baños", **fields: Any) -> Destino:
        return Destino.objects.create(negocio=self.negocio, nombre=nombre, **fields)

    def guia(self, nombre: str = "Hugo Tapia", **fields: Any) -> Guia:
        return Guia.objects.create(negocio=self.negocio, nombre=nombre, **fields)

    def tour(self, nombre: str = "Cascadas", **fields: Any) -> Tour:
        return Tour.objects.create(negocio=self.negocio, nombre=nombre, **fields)

    def servicio(self, nombre: str = "Traslado", **fields: Any) -> Servicio:
        return Servicio.objects.create(negocio=self.negocio, nombre=nombre, **fields)

    def reserva(self, tour: Tour | None = None, estado: str = "confirmada", monto: str = "0", **fields: Any) -> Reserva:
        values = {"fecha": DAY, "creada_en": NOW, **fields}
        return Reserva.objects.create(
            negocio=self.negocio, tour=tour or self.tour(), estado=estado, monto=Decimal(monto), **values
        )

    def contratacion(
        self, servicio: Servicio | None = None, precio: str = "0", creada_en: dt.datetime = NOW, **fields: Any
    ) -> Contratacion:
        return Contratacion.objects.create(
            negocio=self.negocio, servicio=servicio or self.servicio(), precio=Decimal(precio), creada_en=creada_en,
            **fields,
        )  # fmt: skip

    def recomendacion(self, calificacion: int = 5, titulo: str = "Inolvidable", **fields: Any) -> Recomendacion:
        return Recomendacion.objects.create(negocio=self.negocio, calificacion=calificacion, titulo=titulo, **fields)
