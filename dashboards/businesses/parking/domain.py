"""How does a car get a space, leave it again, and pay?

ParkingError
├── NoSpace          nothing is free
├── SpaceTaken       the space asked for isn't free
├── TicketClosed     the car has left already
├── NoTarifa         nobody has said what parking costs
└── ForeignRow       a row of another negocio
"""

import datetime as dt
from decimal import Decimal
from typing import Protocol

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from dashboards.businesses.parking.models import Espacio, Pago, Reserva, Tarifa, Ticket, Vehiculo
from dashboards.businesses.parking.models.record import Record
from dashboards.models import Negocio

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
# From here on it is days that are paid.
BY_THE_DAY = 8 * HOUR


class ParkingError(Exception):
    """The lot can't do that."""


class NoSpace(ParkingError):
    """No space is free."""

    def __init__(self, negocio: Negocio) -> None:
        self.negocio = negocio
        super().__init__(f"no space of {negocio.code} is free")


class SpaceTaken(ParkingError):
    """The space isn't free."""

    def __init__(self, espacio: Espacio) -> None:
        self.espacio = espacio
        super().__init__(f"the space {espacio.numero} is taken")


class TicketClosed(ParkingError):
    """The ticket was closed before."""

    def __init__(self, ticket: Ticket) -> None:
        self.ticket = ticket
        super().__init__(f"the ticket {ticket.wire_id} was closed at {ticket.fecha_salida}")


class NoTarifa(ParkingError):
    """The negocio has no active tarifa."""

    def __init__(self, negocio: Negocio) -> None:
        self.negocio = negocio
        super().__init__(f"{negocio.code} has no active tarifa")


class ForeignRow(ParkingError):
    """The row belongs to another negocio."""

    def __init__(self, row: Record) -> None:
        self.row = row
        super().__init__(f"{row._meta.model_name} {row.pk} belongs to another negocio")


class Prices(Protocol):
    """What a stay is charged by; a Tarifa."""

    precio_hora: Decimal
    precio_dia: Decimal


def charge(ingreso: dt.datetime, salida: dt.datetime, tarifa: Prices) -> Decimal:
    """What a stay costs (wire.md, 2): from 8 h on every day begun, before it every hour begun, at least one."""
    # In UTC: two local times of one zone would be subtracted as the clock on the wall shows them.
    parked = salida.astimezone(dt.UTC) - ingreso.astimezone(dt.UTC)
    if parked >= BY_THE_DAY:
        return _begun(parked, DAY) * tarifa.precio_dia
    return max(1, _begun(parked, HOUR)) * tarifa.precio_hora


def _begun(parked: dt.timedelta, unit: dt.timedelta) -> int:
    return -(-parked // unit)


@transaction.atomic
def open_ticket(
    negocio: Negocio, espacio: Espacio | None, vehiculo: Vehiculo, *,
    tarifa: Tarifa | None = None, reserva: Reserva | None = None, now: dt.datetime | None = None,
) -> Ticket:  # fmt: skip
    """Let the car in: into that space, with `espacio` None into any free one.

    A reserved space is opened by its confirmed `reserva`, which is then fulfilled. However many try at once, a space
    is given once. Raises NoSpace, SpaceTaken, ForeignRow.
    """
    _check_owner(negocio, espacio, vehiculo, tarifa, reserva)
    asked = espacio or (reserva.espacio if reserva is not None else None)
    place = _lock_any(negocio) if asked is None else _lock_this(asked, reserva)
    try:
        with transaction.atomic():
            ticket = Ticket.objects.create(
                negocio=negocio, espacio=place, vehiculo=vehiculo, tarifa=tarifa, fecha_ingreso=now or timezone.now()
            )
    except IntegrityError as error:  # another program has let somebody in without saying so in the space's estado
        raise SpaceTaken(place) from error
    place.estado = Espacio.Estado.OCUPADO
    place.save(update_fields=["estado"])
    if reserva is not None:
        Reserva.objects.filter(pk=reserva.pk, estado=Reserva.Estado.CONFIRMADA).update(estado=Reserva.Estado.CUMPLIDA)
    return ticket


@transaction.atomic
def close_ticket(ticket: Ticket, metodo: str, *, tarifa: Tarifa | None = None, now: dt.datetime | None = None) -> Pago:
    """Let the car out: the ticket closed, its price paid, its space free. Raises TicketClosed, NoTarifa, ForeignRow."""
    _check_owner(ticket.negocio, tarifa)
    # The space first, as in open_ticket: two orders would be a deadlock.
    Espacio.objects.select_for_update(no_key=True).get(pk=ticket.espacio_id)
    current = Ticket.objects.select_for_update(no_key=True).get(pk=ticket.pk)
    if current.fecha_salida is not None:
        raise TicketClosed(current)
    salida = now or timezone.now()
    monto = charge(current.fecha_ingreso, salida, tarifa or current.tarifa or tarifa_of(ticket.negocio))
    ticket.fecha_salida = current.fecha_salida = salida
    current.save(update_fields=["fecha_salida"])
    pago = Pago.objects.create(negocio=ticket.negocio, ticket=current, metodo=metodo, monto=monto, fecha_pago=salida)
    # A space that was put into maintenance meanwhile stays there.
    Espacio.objects.filter(pk=current.espacio_id, estado=Espacio.Estado.OCUPADO).update(estado=Espacio.Estado.LIBRE)
    return pago


def occupy_by_tickets(espacio_id: int) -> None:
    """Make a space `ocupado` if it has an open ticket, and `libre` if it was that without one."""
    espacio = Espacio.objects.filter(pk=espacio_id)
    if Ticket.objects.filter(espacio_id=espacio_id, fecha_salida__isnull=True).exists():
        espacio.update(estado=Espacio.Estado.OCUPADO)
    else:
        espacio.filter(estado=Espacio.Estado.OCUPADO).update(estado=Espacio.Estado.LIBRE)


def tarifa_of(negocio: Negocio) -> Tarifa:
    """The tarifa in force: the newest active one; raises NoTarifa."""
    newest = Tarifa.objects.filter(negocio=negocio, activa=True).order_by("-pk").first()
    if newest is None:
        raise NoTarifa(negocio)
    return newest


def _check_owner(negocio: Negocio, *rows: Record | None) -> None:
    for row in rows:
        if row is not None and row.negocio_id != negocio.pk:
            raise ForeignRow(row)


def _lock_any(negocio: Negocio) -> Espacio:
    """A free space, ours until the transaction ends."""
    standing = Ticket.objects.filter(espacio_id=OuterRef("pk"), fecha_salida__isnull=True)
    free = Espacio.objects.filter(~Exists(standing), negocio=negocio, estado=Espacio.Estado.LIBRE).order_by("pk")
    # One that nobody is just taking; where there is none, wait for those who are, since they may give it back.
    with transaction.atomic():
        found = free.select_for_update(no_key=True, skip_locked=True).first()
        # A space that was taken while it was being locked stays locked. Who waits holds only those before the one it
        # waits for, in everybody's order: else two would wait for each other.
        transaction.set_rollback(found is None)
    if found is None:
        found = free.select_for_update(no_key=True).first()
    if found is None:
        raise NoSpace(negocio)
    return found


def _lock_this(espacio: Espacio, reserva: Reserva | None) -> Espacio:
    place = Espacio.objects.select_for_update(no_key=True).get(pk=espacio.pk)
    if place.estado == Espacio.Estado.LIBRE:
        return place
    kept = reserva is not None and reserva.espacio_id == place.pk and reserva.estado == Reserva.Estado.CONFIRMADA
    if place.estado == Espacio.Estado.RESERVADO and kept:
        return place
    raise SpaceTaken(place)
