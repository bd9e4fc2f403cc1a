"""What happens next in the demo's lot? One thing at a time: a car comes or goes, a space is promised or repaired."""

import datetime as dt
from random import Random

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from dashboards.businesses.parking.demo.past import METODOS
from dashboards.businesses.parking.demo.stock import client, lay_out, plate
from dashboards.businesses.parking.domain import NoTarifa, close_ticket, open_ticket, tarifa_of
from dashboards.businesses.parking.models import Cliente, Espacio, Reserva, Tarifa, Ticket, Vehiculo
from dashboards.models import Negocio

Estado = Espacio.Estado
EMPTY, FULL = 0.35, 0.94  # the part of the spaces that is taken: below, cars come; above, they go
MOST_KEPT = 4_000  # the demo runs for weeks: beyond it the oldest stay goes


@transaction.atomic
def step(negocio: Negocio, random: Random) -> None:
    """Make one thing happen."""
    espacios = Espacio.objects.filter(negocio=negocio)
    total, free = espacios.count(), espacios.filter(estado=Estado.LIBRE).count()
    if total == 0:
        lay_out(negocio)
        return
    taken, chance = 1 - free / total, random.random()
    if taken < EMPTY or (taken < FULL and chance < 0.45):
        open_ticket(negocio, None, _car(negocio, random))
    elif chance < 0.85 and Ticket.objects.filter(negocio=negocio, fecha_salida__isnull=True).exists():
        _let_out(negocio, random)
    elif chance < 0.95:
        _promise_or_keep(negocio, free, random)
    else:
        _repair(negocio, random)
    _forget_the_oldest(negocio)


def _car(negocio: Negocio, random: Random) -> Vehiculo:
    """A car that isn't inside, a known one or a new one."""
    outside = Vehiculo.objects.filter(negocio=negocio).exclude(
        pk__in=Ticket.objects.filter(negocio=negocio, fecha_salida__isnull=True).values("vehiculo")
    )
    known = list(outside.order_by("pk"))
    return random.choice(known) if known and random.random() < 0.8 else _new(negocio, random)


def _new(negocio: Negocio, random: Random) -> Vehiculo:
    placa = plate(random)
    while Vehiculo.objects.filter(negocio=negocio, placa=placa).exists():
        placa = plate(random)
    return Vehiculo.objects.create(negocio=negocio, placa=placa)


def _let_out(negocio: Negocio, random: Random) -> None:
    inside = Ticket.objects.filter(negocio=negocio, fecha_salida__isnull=True).select_related("negocio")
    # Who came first goes first, more or less.
    ticket = random.choice(inside.order_by("fecha_ingreso", "pk")[:8])
    close_ticket(ticket, random.choice(METODOS), tarifa=_prices(negocio))


def _prices(negocio: Negocio) -> Tarifa:
    try:
        return tarifa_of(negocio)
    except NoTarifa:
        return Tarifa.objects.create(negocio=negocio, nombre="General", precio_hora="1.25", precio_dia="9.00")


def _promise_or_keep(negocio: Negocio, free: int, random: Random) -> None:
    """Somebody who has reserved comes; where nobody has, somebody reserves."""
    kept = Reserva.objects.filter(
        negocio=negocio, estado=Reserva.Estado.CONFIRMADA, espacio__estado=Estado.RESERVADO
    ).select_related("espacio", "vehiculo")
    reserva = kept.order_by("desde", "pk").first()
    if reserva is not None and (free < 3 or random.random() < 0.6):
        open_ticket(negocio, None, reserva.vehiculo or _car(negocio, random), reserva=reserva)
    elif free:
        _promise(negocio, random)
    else:
        _let_out(negocio, random)


def _promise(negocio: Negocio, random: Random) -> None:
    espacio = random.choice(Espacio.objects.filter(negocio=negocio, estado=Estado.LIBRE).order_by("pk"))
    car = _car(negocio, random)
    cliente = car.cliente or Cliente.objects.filter(negocio=negocio).order_by("pk").first()
    if cliente is None:
        cliente = client(negocio, random)
        cliente.save()
    now = timezone.now()
    Reserva.objects.create(
        negocio=negocio, espacio=espacio, cliente=cliente, vehiculo=car, estado=Reserva.Estado.CONFIRMADA,
        desde=now + dt.timedelta(minutes=15), hasta=now + dt.timedelta(hours=2),
    )  # fmt: skip
    espacio.estado = Estado.RESERVADO
    espacio.save(update_fields=["estado"])


def _repair(negocio: Negocio, random: Random) -> None:
    """A space under repair is ready again, or a free one breaks; where there is neither, somebody goes."""
    candidates = Espacio.objects.filter(Q(estado=Estado.MANTENIMIENTO) | Q(estado=Estado.LIBRE), negocio=negocio)
    espacio = candidates.order_by("-estado", "pk").first()
    if espacio is None:
        _let_out(negocio, random)
        return
    espacio.estado = Estado.LIBRE if espacio.estado == Estado.MANTENIMIENTO else Estado.MANTENIMIENTO
    espacio.save(update_fields=["estado"])


def _forget_the_oldest(negocio: Negocio) -> None:
    tickets = Ticket.objects.filter(negocio=negocio)
    if tickets.count() > MOST_KEPT:
        tickets.filter(pk__in=tickets.filter(fecha_salida__isnull=False).order_by("fecha_ingreso", "pk")[:1]).delete()
