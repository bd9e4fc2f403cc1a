"""What happens in the parking lots of these tests, and what do their clients get?"""

import datetime as dt
from dataclasses import dataclass
from itertools import count
from typing import Any

from django.db import transaction
from django.utils import timezone

from dashboards.businesses.parking.domain import close_ticket, open_ticket
from dashboards.businesses.parking.metrics.expressions import instant
from dashboards.businesses.parking.models import Espacio, Ticket
from dashboards.businesses.parking.tests.lot import Lot
from dashboards.models import Change, Negocio
from tests.acceptance.clients import Client, token
from tests.acceptance.cluster import Web

UUID = "7f0c1c1e-8f0e-4d0c-9a55-0a6f3f6f1b11"
PRICE = 4.5
_numbers = count(1)


def midday_zone() -> str:
    """A time zone in which no day ends soon."""
    hours = 12 - dt.datetime.now(dt.UTC).hour
    return f"Etc/GMT{-hours:+d}"


@dataclass
class Ground:
    """A lot: A1 (known by a UUID) and B1 are free, A3 is being mended, in A2 stands Ana's PBX-0001."""

    negocio: Negocio
    lot: Lot
    spaces: dict[str, Espacio]
    ticket: Ticket

    @property
    def code(self) -> str:
        return self.negocio.code

    def enter(self, numero: str = "A1", placa: str = "PBX-0002") -> Ticket:
        """A car of Ana's comes in, as of two and a half hours ago."""
        cliente = self.ticket.vehiculo.cliente
        ago = timezone.now() - dt.timedelta(hours=2.5)
        return open_ticket(self.negocio, self.spaces[numero], self.lot.vehiculo(placa, cliente=cliente), now=ago)

    def leave(self, ticket: Ticket) -> str:
        """It pays PRICE and goes; returns when."""
        return instant(close_ticket(ticket, "efectivo").fecha_pago)

    def reserve(self) -> None:
        """Ana's reservation of B1 is confirmed."""
        cliente = self.ticket.vehiculo.cliente
        self.lot.reserva("confirmada", espacio=self.spaces["B1"], cliente=cliente)


@transaction.atomic
def open_lot(code: str = "", **fields: Any) -> Ground:
    """A lot with a tarifa of 1.50 an hour, of which nothing is told yet; Ana's user is `ana`."""
    code = code or f"lote-{next(_numbers)}"
    negocio = Negocio.objects.create(code=code, name=code, kind="parking", time_zone=midday_zone(), **fields)
    lot = Lot(negocio)
    lot.tarifa("1.50")
    a, b = lot.seccion("A"), lot.seccion("B")
    spaces = {
        "A1": lot.espacio("A1", seccion=a, external_id=UUID),
        "A2": lot.espacio("A2", "ocupado", seccion=a),
        "A3": lot.espacio("A3", "mantenimiento", seccion=a),
        "B1": lot.espacio("B1", seccion=b),
    }
    car = lot.vehiculo("PBX-0001", cliente=lot.cliente("Ana", usuario_id="ana"))
    ticket = lot.ticket(spaces["A2"], car, fecha_ingreso=timezone.now() - dt.timedelta(hours=1))
    Change.objects.filter(negocio_id=negocio.pk, source__startswith="parking").delete()
    return Ground(negocio, lot, spaces, ticket)


def dashboard(free: int, earned: float, inside: int) -> dict[str, Any]:
    """What `dashboard_update` says of this lot, but for its time."""
    return {
        "espacios_disponibles": free, "espacios_ocupados": 4 - free, "total_espacios": 4,
        "dinero_recaudado_hoy": earned, "dinero_recaudado_mes": earned, "vehiculos_activos": inside,
    }  # fmt: skip


def stats(free: int, earned: float) -> dict[str, Any]:
    """What `stats_update` says of it."""
    return {"espacios_total": 4, "espacios_libres": free, "espacios_ocupados": 4 - free, "ingresos_dia": earned}


def url(web: Web, code: str, path: str = "/ws/parking", **claims: Any) -> str:
    """Where a client that has a token of the lot connects."""
    return f"{web.ws}{path}?token={token(code, **claims)}"


def data_of(socket: Client, type: str) -> list[Any]:
    """The data of the frames of that type."""
    return [frame["data"] for frame in socket.frames if frame["type"] == type]


def told(socket: Client, type: str) -> list[Any]:
    """The same without their `timestamp`, which must be RFC 3339 with an offset."""
    return [timeless(data) for data in data_of(socket, type)]


def timeless(data: dict[str, Any]) -> dict[str, Any]:
    rest = dict(data)
    assert dt.datetime.fromisoformat(rest.pop("timestamp")).tzinfo is not None
    return rest


def types(socket: Client) -> set[str]:
    """Of which types were the frames? Each is an object of `type` and `data`."""
    assert all(frame.keys() == {"type", "data"} for frame in socket.frames)
    return {frame["type"] for frame in socket.frames}
