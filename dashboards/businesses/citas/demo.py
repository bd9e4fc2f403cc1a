"""What does a believable barbershop look like, and what happens there next?"""

import datetime as dt
from collections.abc import Sequence
from itertools import product
from random import Random

from django.db import transaction

from dashboards.businesses.citas.models import Cita, Estacion, Horario, Servicio
from dashboards.days import local_now
from dashboards.kinds import Demo
from dashboards.models import Negocio

Estado = Cita.Estado

ESTACIONES = ("Sillón 1", "Sillón 2", "Sillón 3", "Sillón infantil")
# nombre, minutes, price in US dollars (what Ecuador pays with)
SERVICIOS = (
    ("Corte clásico", 30, "8.00"),
    ("Corte y barba", 45, "12.50"),
    ("Afeitado con navaja", 30, "7.00"),
    ("Perfilado de barba", 15, "5.00"),
    ("Corte infantil", 30, "6.00"),
    ("Tinte", 60, "25.00"),
)
CLIENTES = (
    "Andrés", "Mateo", "Camila", "Sebastián", "Doménica", "Joel", "Emilia", "Kevin", "Rafaela",
    "Nicole", "Ismael", "Paúl", "Samantha", "Daniela", "Jefferson", "Lucía", "Wilmer", "Martina",
)  # fmt: skip
OPENS, CLOSES = 9, 19
DAYS_BACK, DAYS_AHEAD = 21, 1
# How the days gone by ended, in parts of a hundred.
ENDINGS = {Estado.COMPLETADA: 62, Estado.ATENDIDA: 18, Estado.CANCELADA: 12, Estado.NO_ASISTIO: 8}
# What can happen to a cita next, the likely thing first and more often.
NEXT: dict[str, Sequence[Estado]] = {
    Estado.PENDIENTE: (Estado.CONFIRMADA,) * 8 + (Estado.CANCELADA,),
    Estado.CONFIRMADA: (Estado.EN_ATENCION,) * 10 + (Estado.NO_ASISTIO, Estado.CANCELADA),
    Estado.EN_ATENCION: (Estado.ATENDIDA, Estado.COMPLETADA),
}
FEWEST_OPEN = 8  # citas of today that still wait; below it, the next thing is a new one
MOST_KEPT = 2_000  # the demo runs for weeks: beyond it the oldest citas go


def seed(negocio: Negocio, random: Random) -> None:
    """Three weeks of citas behind, today as far as it has come, and tomorrow's bookings."""
    with transaction.atomic():
        estaciones = Estacion.objects.bulk_create(Estacion(negocio=negocio, nombre=nombre) for nombre in ESTACIONES)
        servicios = Servicio.objects.bulk_create(
            Servicio(negocio=negocio, nombre=nombre, duracion=minutes, precio=price)
            for nombre, minutes, price in SERVICIOS
        )
        Horario.objects.bulk_create(_opening_hours(negocio))
        now = local_now(negocio.time_zone)
        Cita.objects.bulk_create(
            _booked(start, now, random, estacion, random.choice(servicios))
            for start, estacion in product(_starts(now), estaciones)
            if random.random() < 0.35
        )


def _opening_hours(negocio: Negocio) -> list[Horario]:
    def hours(dia: int, closes: int) -> Horario:
        return Horario(negocio=negocio, dia=dia, abre=dt.time(OPENS), cierra=dt.time(closes))

    return [hours(dia, CLOSES) for dia in range(Horario.Dia.DOMINGO)] + [hours(Horario.Dia.DOMINGO, 14)]


def _starts(now: dt.datetime) -> list[dt.datetime]:
    days = range(-DAYS_BACK, DAYS_AHEAD + 1)
    opening = now.replace(hour=OPENS, minute=0, second=0, microsecond=0)
    return [opening + dt.timedelta(days=day, hours=hour) for day in days for hour in range(CLOSES - OPENS)]


def _booked(start: dt.datetime, now: dt.datetime, random: Random, estacion: Estacion, servicio: Servicio) -> Cita:
    end = start + dt.timedelta(minutes=servicio.duracion)
    return Cita(
        negocio_id=estacion.negocio_id, estacion=estacion, servicio=servicio,
        cliente_nombre=random.choice(CLIENTES), estado=_estado(start, end, now, random),
        fecha=start.date(), hora_inicio=start.time(), hora_fin=end.time(),
    )  # fmt: skip


def _estado(start: dt.datetime, end: dt.datetime, now: dt.datetime, random: Random) -> Estado:
    if end <= now:
        return random.choices(tuple(ENDINGS), tuple(ENDINGS.values()))[0]
    if start <= now:
        return Estado.EN_ATENCION
    return random.choice((Estado.PENDIENTE, Estado.CONFIRMADA))


def step(negocio: Negocio, random: Random) -> None:
    """Book a cita when few of today's are open, else move one of them on."""
    now = local_now(negocio.time_zone)
    today = Cita.objects.filter(negocio=negocio, fecha=now.date())
    waiting = today.filter(estado__in=NEXT).order_by("hora_inicio", "pk")
    if len(waiting) < FEWEST_OPEN or random.random() < 0.2:
        _book(negocio, now, random)
    else:
        cita = random.choice(waiting[:4])
        cita.estado = random.choice(NEXT[cita.estado])
        cita.save(update_fields=("estado", "actualizado_en"))


def _book(negocio: Negocio, now: dt.datetime, random: Random) -> None:
    hour = random.randrange(min(max(now.hour, OPENS), CLOSES - 1), CLOSES)
    start = now.replace(hour=hour, minute=random.choice((0, 15, 30, 45)), second=0, microsecond=0)
    estacion = random.choice(Estacion.objects.filter(negocio=negocio) or [None])
    servicio = random.choice(Servicio.objects.filter(negocio=negocio) or [None])
    end = start + dt.timedelta(minutes=servicio.duracion if servicio else 30)
    Cita.objects.create(
        negocio=negocio, estacion=estacion, servicio=servicio, cliente_nombre=random.choice(CLIENTES),
        fecha=start.date(), hora_inicio=start.time(), hora_fin=end.time(),
    )  # fmt: skip
    _forget_the_oldest(negocio)


def _forget_the_oldest(negocio: Negocio) -> None:
    newest_first = Cita.objects.filter(negocio=negocio).order_by("-fecha", "-pk")
    if oldest := list(newest_first.values_list("pk", flat=True)[MOST_KEPT:]):
        Cita.objects.filter(pk__in=oldest).delete()


DEMO = Demo("demo-citas", "Barbería Central", "America/Guayaquil", seed, step)
