"""Do reservations end, and do their users, and those of stays, know before?"""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections, transaction
from django.db.models import F

from dashboards.businesses.parking.expiring import NOTICE, expire
from dashboards.businesses.parking.models import Espacio, Reserva
from dashboards.businesses.parking.tests.lot import HOUR, NOON, Lot
from dashboards.kinds import Telling
from dashboards.models import Negocio
from notifications.expiring import expire_all
from notifications.models import Event

ENDS = NOON + HOUR  # of a reservation of the lot's
SOON = ENDS - dt.timedelta(minutes=4)
SECOND = dt.timedelta(seconds=1)


def at(moment: dt.datetime) -> list[tuple[int, Telling]]:
    with transaction.atomic():
        return expire(moment)


def test_a_reservation_is_told_to_its_own_user_before_it_ends(lot: Lot) -> None:
    user = lot.cliente(usuario_id="u-7")
    reserva = lot.reserva("confirmada", espacio=lot.espacio("A7", "reservado"), cliente=user)
    lot.reserva("confirmada")  # of somebody who isn't known here
    for estado in ("cumplida", "cancelada", "vencida"):
        lot.reserva(estado, cliente=user)
    message = "Su reserva del espacio A7 vence a las 13:00."
    data = {
        "level": "warning", "message": message, "timestamp": "2025-11-10T17:56:00Z", "action_required": True,
    }  # fmt: skip
    key = f"parking_reserva/{reserva.pk}/vence/2025-11-10T18:00:00Z"
    assert at(SOON) == [
        (lot.negocio.pk, Telling("system_alert", data, message=message, user="u-7", key=key)),
    ]
    assert [len(at(moment)) for moment in (ENDS - NOTICE - SECOND, ENDS - NOTICE, ENDS - SECOND)] == [0, 1, 1]


def test_a_stay_is_told_to_the_owner_of_the_car(lot: Lot) -> None:
    car = lot.vehiculo(cliente=lot.cliente(usuario_id="u-7"))
    lot.ticket(lot.espacio("B2", "ocupado"), car, vence=ENDS, external_id="88")
    lot.ticket(vehiculo=car, vence=ENDS, fecha_salida=NOON)
    lot.ticket(vehiculo=car)
    for stranger in (lot.vehiculo(), lot.vehiculo(cliente=lot.cliente())):
        lot.ticket(vehiculo=stranger, vence=ENDS)
    ((negocio_id, telling),) = at(SOON)
    assert negocio_id == lot.negocio.pk
    assert (telling.user, telling.topics) == ("u-7", ())
    assert telling.message == "Su ticket 88 del espacio B2 vence a las 13:00."
    assert at(ENDS + SECOND) == []


def test_a_longer_stay_is_another_fact(lot: Lot) -> None:
    car = lot.vehiculo(cliente=lot.cliente(usuario_id="u-7"))
    ticket = lot.ticket(vehiculo=car, vence=ENDS)
    ((_, first),) = at(SOON)
    ticket.vence = ENDS + HOUR
    ticket.save()
    assert at(SOON) == []
    ((_, second),) = at(SOON + HOUR)
    assert first.key != second.key


def test_a_reservation_that_is_over_ends_and_frees_its_space(lot: Lot) -> None:
    over = [lot.reserva(estado) for estado in ("confirmada", "pendiente")]
    kept = [lot.reserva(estado) for estado in ("cumplida", "cancelada")]
    at(ENDS - SECOND)
    assert {reserva.estado for reserva in Reserva.objects.filter(pk__in=[each.pk for each in over])} == {
        "confirmada", "pendiente",
    }  # fmt: skip
    at(ENDS)
    for reserva in (*over, *kept):
        reserva.refresh_from_db()
        reserva.espacio.refresh_from_db()
    assert [(reserva.estado, reserva.espacio.estado) for reserva in over] == [("vencida", "libre")] * 2
    assert [(reserva.estado, reserva.espacio.estado) for reserva in kept] == [
        ("cumplida", "reservado"), ("cancelada", "reservado"),
    ]  # fmt: skip


@pytest.mark.parametrize("estado", ["ocupado", "mantenimiento", "libre"])
def test_a_space_that_is_not_reserved_stays_as_it_is(lot: Lot, estado: str) -> None:
    reserva = lot.reserva("confirmada", espacio=lot.espacio(estado=estado))
    at(ENDS)
    reserva.espacio.refresh_from_db()
    assert reserva.espacio.estado == estado


def test_a_space_that_somebody_else_waits_for_stays_reserved(lot: Lot) -> None:
    space = lot.espacio(estado="reservado")
    lot.reserva("confirmada", espacio=space)
    later = lot.reserva("confirmada", espacio=space)
    Reserva.objects.filter(pk=later.pk).update(desde=ENDS, hasta=ENDS + HOUR)
    at(ENDS)
    space.refresh_from_db()
    later.refresh_from_db()
    assert (space.estado, later.estado) == ("reservado", "confirmada")


def test_an_unknown_time_zone_keeps_nobody_from_being_told(lot: Lot, other: Lot) -> None:
    for each in (lot, other):
        each.reserva("confirmada", cliente=each.cliente(usuario_id="u-7"))
    Negocio.objects.filter(pk=other.negocio.pk).update(time_zone="Nowhere/Here")
    hours = {telling.message.rpartition(" a las ")[2] for _, telling in at(SOON)}
    assert hours == {"13:00.", "18:00 UTC."}


def test_moments_that_python_has_no_word_for_hold_up_nobody(lot: Lot) -> None:
    endless, begun = lot.reserva("confirmada"), lot.reserva("confirmada")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE parking_reserva SET hasta = 'infinity' WHERE id = %s", [endless.pk])
        cursor.execute("UPDATE parking_reserva SET desde = '-infinity' WHERE id = %s", [begun.pk])
    at(SOON)
    at(ENDS)
    states = dict(Reserva.objects.values_list("pk", "estado"))
    assert (states[endless.pk], states[begun.pk]) == ("confirmada", "vencida")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("table", ["parking_reserva", "parking_espacio"])
def test_what_somebody_is_just_at_waits_a_round(lot: Lot, table: str) -> None:
    reserva = lot.reserva("confirmada")
    somebody = connection.copy()
    try:
        somebody.set_autocommit(False)
        with somebody.cursor() as cursor:
            # Touches the reservation or its space, and is not done yet.
            cursor.execute(f"UPDATE {table} SET external_id = 'x'")
            with connection.cursor() as ours:
                ours.execute("SET lock_timeout = '5s'")  # who waited would wait for ever
                expire_all()
                ours.execute("RESET lock_timeout")
            reserva.refresh_from_db()
            assert reserva.estado == "confirmada"
            cursor.execute("UPDATE parking_reserva SET estado = 'cancelada'")
        somebody.commit()
    finally:
        somebody.close()
    expire_all()
    reserva.refresh_from_db()
    assert reserva.estado == "cancelada"


@pytest.mark.django_db(transaction=True)
def test_two_who_do_it_at_once_tell_once_and_end_once(lot: Lot) -> None:
    for _ in range(20):
        lot.reserva("confirmada", cliente=lot.cliente(usuario_id="u-7"))
        lot.reserva("confirmada")
    near = Reserva.objects.exclude(cliente__usuario_id="")
    near.update(hasta=F("desde") + (dt.datetime.now(dt.UTC) - NOON) + dt.timedelta(minutes=5))

    def work() -> int:
        try:
            return sum(expire_all() for _ in range(3))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as threads:
        told = [future.result() for future in [threads.submit(work) for _ in range(4)]]
    assert sum(told) == 20
    assert Event.objects.filter(topic="user:u-7", type="system_alert").count() == 20
    assert Event.objects.exclude(topic="user:u-7").count() == 0
    states = list(Reserva.objects.order_by("estado").values_list("estado", flat=True))
    assert states == ["confirmada"] * 20 + ["vencida"] * 20
    assert Espacio.objects.filter(estado="libre").count() == 20
