"""What of a lot runs out, and who is told that it soon will? Reservations end by themselves, stays don't."""

import datetime as dt
from collections.abc import Iterator

from django.db.models import Exists, OuterRef

from dashboards.alerts import SYSTEM_ALERT, Level, alert_data
from dashboards.businesses.parking.metrics.expressions import instant
from dashboards.businesses.parking.models import Espacio, Reserva, Ticket
from dashboards.businesses.parking.models.record import outside_id
from dashboards.days import local_now
from dashboards.kinds import Telling

# So long before the end its user is told.
NOTICE = dt.timedelta(minutes=10)
# So many reservations are ended in one transaction; the rest a few seconds later.
MOST_AT_ONCE = 500
WAITING = (Reserva.Estado.PENDIENTE, Reserva.Estado.CONFIRMADA)


def expire(now: dt.datetime) -> list[tuple[int, Telling]]:
    """End the reservations that are over, and tell the users of those, and of stays, that end within NOTICE."""
    _end_reservations(now)
    return [*_reservations(now), *_stays(now)]


def _end_reservations(now: dt.datetime) -> None:
    """They become `vencida`; the space that nobody else waits for is free. What somebody is just at waits a round."""
    over = Reserva.objects.filter(estado__in=WAITING, hasta__lte=now).order_by("hasta", "pk")
    places = list(over.values_list("espacio_id", flat=True)[:MOST_AT_ONCE])
    if not places:
        return
    # The spaces first, as in domain.open_ticket: two orders would be a deadlock.
    spaces = Espacio.objects.order_by("pk").select_for_update(skip_locked=True, no_key=True)
    held = [space.pk for space in spaces.filter(pk__in=places)]
    # No column more than needed: another program may have written moments that Python has no word for.
    ended = over.filter(espacio_id__in=held).select_for_update(skip_locked=True, no_key=True, of=("self",))
    spaces_of = dict(ended.values_list("pk", "espacio_id"))
    Reserva.objects.filter(pk__in=spaces_of).update(estado=Reserva.Estado.VENCIDA)
    wanted = Reserva.objects.filter(espacio_id=OuterRef("pk"), estado__in=WAITING, hasta__gt=now)
    freed = Espacio.objects.filter(pk__in=spaces_of.values(), estado=Espacio.Estado.RESERVADO)
    freed.exclude(Exists(wanted)).update(estado=Espacio.Estado.LIBRE)


def _reservations(now: dt.datetime) -> Iterator[tuple[int, Telling]]:
    soon = Reserva.objects.filter(estado__in=WAITING, hasta__gt=now, hasta__lte=now + NOTICE).order_by("pk")
    rows = soon.exclude(cliente__usuario_id="").values_list(
        "pk", "negocio_id", "negocio__time_zone", "hasta", "espacio__numero", "cliente__usuario_id"
    )
    for key, negocio_id, time_zone, ends, numero, user in rows:
        message = f"Su reserva del espacio {numero} vence a las {_hour(time_zone, ends)}."
        yield negocio_id, _alert(user, message, now, f"parking_reserva/{key}/vence/{instant(ends)}")


def _stays(now: dt.datetime) -> Iterator[tuple[int, Telling]]:
    soon = Ticket.objects.filter(fecha_salida__isnull=True, vence__gt=now, vence__lte=now + NOTICE).order_by("pk")
    rows = soon.filter(vehiculo__cliente__usuario_id__gt="").values_list(
        "pk", "external_id", "negocio_id", "negocio__time_zone", "vence", "espacio__numero",
        "vehiculo__cliente__usuario_id",
    )  # fmt: skip
    for key, external_id, negocio_id, time_zone, ends, numero, user in rows:
        assert ends is not None  # by the filter
        name = outside_id(external_id or str(key))
        message = f"Su ticket {name} del espacio {numero} vence a las {_hour(time_zone, ends)}."
        yield negocio_id, _alert(user, message, now, f"parking_ticket/{key}/vence/{instant(ends)}")


def _alert(user: str, message: str, now: dt.datetime, key: str) -> Telling:
    data = alert_data(Level.WARNING, message, instant(now), True)
    return Telling(SYSTEM_ALERT, data, message=message, user=user, key=key)


def _hour(time_zone: str, moment: dt.datetime) -> str:
    """What the lot's clock shows; one lot's unknown time zone must not keep the others' people from being told."""
    try:
        return f"{local_now(time_zone, moment):%H:%M}"
    except (KeyError, ValueError):
        return f"{moment:%H:%M} UTC"
