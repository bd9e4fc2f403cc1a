"""What happens next at the demo's operator? One thing at a time: somebody books, pays, hires, cancels or thanks."""

import datetime as dt
from random import Random

from django.db import transaction
from django.db.models import Model

from dashboards.businesses.tourism.demo.stock import contratacion, recomendacion, reserva, servicios, tours, usuario
from dashboards.businesses.tourism.models import Contratacion, Recomendacion, Reserva, Servicio, Tour, Usuario
from dashboards.days import local_now
from dashboards.models import Negocio

Estado = Reserva.Estado

MOST_PENDING = 25
MOST_AHEAD = 9  # days from today to the trip
NEWCOMERS = 0.15  # how often it is somebody new
MOST_KEPT = 3_000  # the demo runs for weeks: beyond so many rows of a table its oldest go
CONFIRMED = (Estado.CONFIRMADA,) * 6 + (Estado.CANCELADA,)
WHAT = ("book",) * 9 + ("answer",) * 8 + ("hire",) * 5 + ("recommend",) * 3 + ("cancel",)


@transaction.atomic
def step(negocio: Negocio, random: Random) -> None:
    """Make one thing happen; where there is nothing to answer or to cancel, somebody books."""
    what = random.choice(WHAT)
    pending = Reserva.objects.filter(negocio=negocio, estado=Estado.PENDIENTE).order_by("creada_en", "pk")
    if what == "hire":
        _hire(negocio, random)
    elif what == "recommend":
        _recommend(negocio, random)
    elif what == "cancel" and (coming := _coming(negocio)):
        _becomes(coming, Estado.CANCELADA)
    elif (what == "answer" or len(pending) > MOST_PENDING) and pending:
        _becomes(random.choice(pending), random.choice(CONFIRMED))
    else:
        _book(negocio, random)


def _coming(negocio: Negocio) -> Reserva | None:
    today = local_now(negocio.time_zone).date()
    confirmed = Reserva.objects.filter(negocio=negocio, estado=Estado.CONFIRMADA, fecha__gt=today)
    return confirmed.order_by("fecha", "pk").first()


def _becomes(booked: Reserva, estado: Estado) -> None:
    booked.estado = estado
    booked.save(update_fields=["estado"])


def _book(negocio: Negocio, random: Random) -> None:
    today = local_now(negocio.time_zone).date()
    gone = Reserva.objects.filter(negocio=negocio, estado=Estado.CONFIRMADA, fecha__lt=today)
    gone.update(estado=Estado.COMPLETADA)
    fecha = today + dt.timedelta(days=random.randint(0, MOST_AHEAD))
    reserva(_trip(negocio, random), _traveller(negocio, random), fecha, random).save()
    _forget_the_oldest(Reserva, negocio)


def _hire(negocio: Negocio, random: Random) -> None:
    offered = list(Servicio.objects.filter(negocio=negocio, activo=True).order_by("pk"))
    if not offered:
        offered = Servicio.objects.bulk_create(servicios(negocio))
    contratacion(random.choice(offered), _traveller(negocio, random)).save()
    _forget_the_oldest(Contratacion, negocio)


def _recommend(negocio: Negocio, random: Random) -> None:
    recomendacion(_trip(negocio, random), _traveller(negocio, random), random).save()
    _forget_the_oldest(Recomendacion, negocio)


def _trip(negocio: Negocio, random: Random) -> Tour:
    offered = list(Tour.objects.filter(negocio=negocio, activo=True).order_by("pk"))
    return random.choice(offered or Tour.objects.bulk_create(tours(negocio, [], [], random)))


def _traveller(negocio: Negocio, random: Random) -> Usuario:
    known = Usuario.objects.filter(negocio=negocio).order_by("pk")
    size = known.count()
    if size and (size >= MOST_KEPT or random.random() > NEWCOMERS):
        return known[random.randrange(size)]
    somebody = usuario(negocio, random)
    somebody.save()
    return somebody


def _forget_the_oldest(model: type[Model], negocio: Negocio) -> None:
    newest_first = model._default_manager.filter(negocio=negocio).order_by("-creada_en", "-pk")
    if oldest := list(newest_first.values_list("pk", flat=True)[MOST_KEPT:]):
        model._default_manager.filter(pk__in=oldest).delete()
