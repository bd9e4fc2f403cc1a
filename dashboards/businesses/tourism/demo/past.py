"""What has happened at the demo's operator until now?"""

import datetime as dt
from random import Random
from typing import TypeVar

from django.db import transaction
from django.utils import timezone

from dashboards.businesses.tourism.demo.stock import (
    contratacion,
    destinos,
    guias,
    recomendacion,
    reserva,
    servicios,
    tours,
    usuario,
)
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
from dashboards.days import local_now
from dashboards.models import Negocio

Estado = Reserva.Estado
Row = TypeVar("Row", Contratacion, Recomendacion)

TRAVELLERS, BOOKED, HIRED, OPINIONS = 70, 260, 110, 90
DAYS_BACK, MOST_AHEAD = 60, 12  # days ago that something was booked; days from then to the trip


@transaction.atomic
def seed(negocio: Negocio, random: Random) -> None:
    """Two months of bookings: past trips made or cancelled, coming ones mostly confirmed."""
    places = Destino.objects.bulk_create(destinos(negocio))
    staff = Guia.objects.bulk_create(guias(negocio, random))
    trips = Tour.objects.bulk_create(tours(negocio, places, staff, random))
    extras = Servicio.objects.bulk_create(servicios(negocio))
    travellers = Usuario.objects.bulk_create(_registered(negocio, random) for _ in range(TRAVELLERS))
    Reserva.objects.bulk_create(_booked(random.choice(trips), random.choice(travellers), random) for _ in range(BOOKED))
    Contratacion.objects.bulk_create(
        _aged(contratacion(random.choice(extras), random.choice(travellers)), random) for _ in range(HIRED)
    )
    Recomendacion.objects.bulk_create(
        _aged(recomendacion(random.choice(trips), random.choice(travellers), random), random) for _ in range(OPINIONS)
    )


def _some_time_ago(random: Random) -> dt.datetime:
    return timezone.now() - dt.timedelta(days=random.uniform(0.01, DAYS_BACK))


def _aged(row: Row, random: Random) -> Row:
    row.creada_en = _some_time_ago(random)
    return row


def _registered(negocio: Negocio, random: Random) -> Usuario:
    somebody = usuario(negocio, random)
    somebody.registrado_en = timezone.now() - dt.timedelta(days=random.uniform(DAYS_BACK, 2 * DAYS_BACK))
    return somebody


def _booked(tour: Tour, traveller: Usuario, random: Random) -> Reserva:
    when = _some_time_ago(random)
    fecha = when.date() + dt.timedelta(days=random.randint(1, MOST_AHEAD))
    booked = reserva(tour, traveller, fecha, random)
    booked.creada_en, booked.estado = when, _estado(fecha, tour.negocio, random)
    return booked


def _estado(fecha: dt.date, negocio: Negocio, random: Random) -> Estado:
    if fecha < local_now(negocio.time_zone).date():
        return random.choice((Estado.COMPLETADA,) * 8 + (Estado.CANCELADA,))
    return random.choice((Estado.CONFIRMADA,) * 5 + (Estado.PENDIENTE,) * 3 + (Estado.CANCELADA,))
