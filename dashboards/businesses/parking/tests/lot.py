"""How does a test fill a parking lot in few words?"""

import datetime as dt
from decimal import Decimal
from itertools import count
from typing import Any

from dashboards.businesses.parking.kind import KIND
from dashboards.businesses.parking.models import (
    Cliente,
    Espacio,
    Pago,
    Reserva,
    Seccion,
    Tarifa,
    Ticket,
    Vehiculo,
)
from dashboards.metrics import Figure, Scope, compute
from dashboards.models import Negocio

_numbers = count(1)
NOON = dt.datetime(2025, 11, 10, 17, tzinfo=dt.UTC)  # noon in Guayaquil
HOUR = dt.timedelta(hours=1)


def figure(name: str, negocio: Negocio, now: dt.datetime | None = NOON, limit: int | None = None) -> Figure:
    """The metric at that time."""
    return compute(KIND.metric(name), Scope([negocio.pk], now, limit)).figures[negocio.pk]


def figures(*negocios: Negocio, now: dt.datetime | None = NOON) -> dict[str, dict[int, Figure]]:
    """Every metric of these negocios at that time."""
    scope = Scope([negocio.pk for negocio in negocios], now)
    return {metric.name: dict(compute(metric, scope).figures) for metric in KIND.metrics}


class Lot:
    """Makes saved rows in one negocio; what isn't said gets a plain value."""

    def __init__(self, negocio: Negocio) -> None:
        self.negocio = negocio

    def seccion(self, letra: str = "A", **fields: Any) -> Seccion:
        return Seccion.objects.create(negocio=self.negocio, letra=letra, **fields)

    def espacio(self, numero: str = "", estado: str = "libre", **fields: Any) -> Espacio:
        numero = numero or f"E{next(_numbers)}"
        return Espacio.objects.create(negocio=self.negocio, numero=numero, estado=estado, **fields)

    def cliente(self, nombre: str = "Ana", **fields: Any) -> Cliente:
        return Cliente.objects.create(negocio=self.negocio, nombre=nombre, **fields)

    def vehiculo(self, placa: str = "", **fields: Any) -> Vehiculo:
        return Vehiculo.objects.create(negocio=self.negocio, placa=placa or f"PAA-{next(_numbers):04}", **fields)

    def tarifa(self, hora: str = "1.50", dia: str = "10", **fields: Any) -> Tarifa:
        return Tarifa.objects.create(
            negocio=self.negocio, nombre="General", precio_hora=Decimal(hora), precio_dia=Decimal(dia), **fields
        )

    def ticket(self, espacio: Espacio | None = None, vehiculo: Vehiculo | None = None, **fields: Any) -> Ticket:
        fields.setdefault("fecha_ingreso", NOON - HOUR)
        return Ticket.objects.create(
            negocio=self.negocio, espacio=espacio or self.espacio(estado="ocupado"),
            vehiculo=vehiculo or self.vehiculo(), **fields,
        )  # fmt: skip

    def pago(self, ticket: Ticket, monto: str = "1.50", **fields: Any) -> Pago:
        fields.setdefault("fecha_pago", NOON)
        return Pago.objects.create(negocio=self.negocio, ticket=ticket, monto=Decimal(monto), **fields)

    def reserva(self, estado: str = "pendiente", **fields: Any) -> Reserva:
        fields.setdefault("espacio", None)
        fields["espacio"] = fields["espacio"] or self.espacio(estado="reservado")
        fields.setdefault("cliente", None)
        fields["cliente"] = fields["cliente"] or self.cliente()
        return Reserva.objects.create(negocio=self.negocio, estado=estado, desde=NOON, hasta=NOON + HOUR, **fields)
