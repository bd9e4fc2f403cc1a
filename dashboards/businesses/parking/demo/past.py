"""What has happened in the demo's lot until now?"""

import datetime as dt
from random import Random

from django.db import transaction
from django.utils import timezone

from dashboards.businesses.parking.demo.stock import cars, client, lay_out
from dashboards.businesses.parking.domain import charge, tarifa_of
from dashboards.businesses.parking.models import Cliente, Espacio, Pago, Tarifa, Ticket, Vehiculo
from dashboards.models import Negocio

CLIENTS, CARS, DAYS, STAYS = 60, 110, 35, 1_100
INSIDE = 29  # cars that are there now
UNDER_REPAIR = 2  # spaces
# Hours; most stay for an errand, some for a working day, few over night.
STAY = (0.4, 0.8, 1.2, 1.6, 2.1, 2.7, 3.5, 8.6, 9.3, 26.0)
METODOS = (Pago.Metodo.EFECTIVO,) * 5 + (Pago.Metodo.TARJETA,) * 3 + (Pago.Metodo.TRANSFERENCIA,)


@transaction.atomic
def seed(negocio: Negocio, random: Random) -> None:
    """Five weeks of stays, the last cars still inside."""
    espacios = lay_out(negocio)
    clients = Cliente.objects.bulk_create(client(negocio, random) for _ in range(CLIENTS))
    known = Vehiculo.objects.bulk_create(cars(negocio, clients, CARS, random))
    now, tarifa = timezone.now(), tarifa_of(negocio)
    gone = Ticket.objects.bulk_create(_stay(espacios, known, tarifa, now, random) for _ in range(STAYS))
    Pago.objects.bulk_create(_payment(ticket, tarifa, random) for ticket in gone)
    random.shuffle(espacios)
    inside = zip(espacios[:INSIDE], random.sample(known, INSIDE), strict=True)
    Ticket.objects.bulk_create(
        Ticket(
            negocio=negocio, espacio=espacio, vehiculo=vehiculo, tarifa=tarifa,
            fecha_ingreso=now - dt.timedelta(hours=random.uniform(0.1, 5)),
        )
        for espacio, vehiculo in inside
    )  # fmt: skip
    _mark(espacios[:INSIDE], Espacio.Estado.OCUPADO)
    _mark(espacios[INSIDE : INSIDE + UNDER_REPAIR], Espacio.Estado.MANTENIMIENTO)


def _stay(espacios: list[Espacio], known: list[Vehiculo], tarifa: Tarifa, now: dt.datetime, random: Random) -> Ticket:
    salida = now - dt.timedelta(days=random.uniform(0, DAYS))
    return Ticket(
        negocio=tarifa.negocio, espacio=random.choice(espacios), vehiculo=random.choice(known), tarifa=tarifa,
        fecha_ingreso=salida - dt.timedelta(hours=random.choice(STAY)), fecha_salida=salida,
    )  # fmt: skip


def _payment(ticket: Ticket, tarifa: Tarifa, random: Random) -> Pago:
    assert ticket.fecha_salida is not None
    monto = charge(ticket.fecha_ingreso, ticket.fecha_salida, tarifa)
    return Pago(
        negocio=ticket.negocio, ticket=ticket, metodo=random.choice(METODOS), monto=monto,
        fecha_pago=ticket.fecha_salida,
    )  # fmt: skip


def _mark(espacios: list[Espacio], estado: Espacio.Estado) -> None:
    Espacio.objects.filter(pk__in=[espacio.pk for espacio in espacios]).update(estado=estado)
