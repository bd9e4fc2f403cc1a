"""Does a car get a space, leave it and pay, once?"""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from dashboards.businesses.parking.domain import (
    ForeignRow,
    NoSpace,
    NoTarifa,
    SpaceTaken,
    TicketClosed,
    close_ticket,
    occupy_by_tickets,
    open_ticket,
)
from dashboards.businesses.parking.models import Espacio, Pago, Ticket
from dashboards.businesses.parking.tests.lot import HOUR, NOON, Lot


def estado(espacio: Espacio) -> str:
    return Espacio.objects.get(pk=espacio.pk).estado


def test_a_car_comes_and_goes(lot: Lot) -> None:
    lot.tarifa()
    espacio, car = lot.espacio(), lot.vehiculo()
    ticket = open_ticket(lot.negocio, espacio, car, now=NOON)
    assert (ticket.espacio, ticket.vehiculo, ticket.fecha_ingreso, ticket.fecha_salida) == (espacio, car, NOON, None)
    assert estado(espacio) == "ocupado"
    pago = close_ticket(ticket, Pago.Metodo.TARJETA, now=NOON + 2 * HOUR)
    pago.refresh_from_db()
    assert (pago.ticket, pago.metodo, str(pago.monto), pago.fecha_pago) == (ticket, "tarjeta", "3.00", NOON + 2 * HOUR)
    assert Ticket.objects.get().fecha_salida == ticket.fecha_salida == NOON + 2 * HOUR
    assert estado(espacio) == "libre"
    assert open_ticket(lot.negocio, espacio, car).espacio == espacio


def test_any_space_is_a_free_one(lot: Lot, other: Lot) -> None:
    other.espacio()
    for each in ("ocupado", "reservado", "mantenimiento"):
        lot.espacio(estado=each)
    with pytest.raises(NoSpace) as raised:
        open_ticket(lot.negocio, None, lot.vehiculo())
    assert raised.value.negocio == lot.negocio
    free = lot.espacio()
    assert open_ticket(lot.negocio, None, lot.vehiculo()).espacio == free
    assert not Ticket.objects.exclude(espacio=free).exists()


@pytest.mark.parametrize("taken", ["ocupado", "reservado", "mantenimiento"])
def test_a_space_that_is_not_free_is_refused(lot: Lot, taken: str) -> None:
    espacio = lot.espacio(estado=taken)
    with pytest.raises(SpaceTaken):
        open_ticket(lot.negocio, espacio, lot.vehiculo())
    assert estado(espacio) == taken


def test_a_space_in_which_another_program_let_a_car_is_neither_given_nor_asked_for(lot: Lot) -> None:
    espacio = lot.espacio(estado="libre")
    lot.ticket(espacio)
    with pytest.raises(SpaceTaken):
        open_ticket(lot.negocio, espacio, lot.vehiculo())
    with pytest.raises(NoSpace):
        open_ticket(lot.negocio, None, lot.vehiculo())
    assert Ticket.objects.count() == 1


def test_a_reserved_space_is_for_who_reserved_it(lot: Lot) -> None:
    reserva = lot.reserva("confirmada")
    pending = lot.reserva("pendiente", espacio=reserva.espacio)
    for wrong in (None, pending, lot.reserva("confirmada")):
        with pytest.raises(SpaceTaken):
            open_ticket(lot.negocio, reserva.espacio, lot.vehiculo(), reserva=wrong)
    assert open_ticket(lot.negocio, None, lot.vehiculo(), reserva=reserva).espacio == reserva.espacio
    reserva.refresh_from_db()
    assert reserva.estado == "cumplida"


def test_a_ticket_is_paid_once(lot: Lot) -> None:
    lot.tarifa()
    ticket = open_ticket(lot.negocio, lot.espacio(), lot.vehiculo())
    stale = Ticket.objects.get()
    close_ticket(ticket, "efectivo")
    with pytest.raises(TicketClosed):
        close_ticket(stale, "efectivo")
    assert Pago.objects.count() == 1


def test_a_stay_is_charged_by_its_own_tarifa_else_by_the_newest_active_one(lot: Lot, other: Lot) -> None:
    own = lot.tarifa("5")
    lot.tarifa("1"), lot.tarifa("2"), lot.tarifa("4", activa=False), other.tarifa("9")
    special = lot.tarifa("7", activa=False)
    for tarifa, given, hourly in ((own, None, "5.00"), (None, None, "2.00"), (own, special, "7.00")):
        ticket = open_ticket(lot.negocio, lot.espacio(), lot.vehiculo(), tarifa=tarifa)
        assert str(close_ticket(ticket, "efectivo", tarifa=given).monto) == hourly


def test_without_a_tarifa_nobody_leaves_and_nothing_changes(lot: Lot) -> None:
    espacio = lot.espacio()
    ticket = open_ticket(lot.negocio, espacio, lot.vehiculo())
    with pytest.raises(NoTarifa):
        close_ticket(ticket, "efectivo")
    assert (estado(espacio), Ticket.objects.get().fecha_salida, Pago.objects.count()) == ("ocupado", None, 0)


def test_a_space_put_into_maintenance_under_a_car_stays_there(lot: Lot) -> None:
    lot.tarifa()
    espacio = lot.espacio()
    ticket = open_ticket(lot.negocio, espacio, lot.vehiculo())
    Espacio.objects.update(estado="mantenimiento")
    close_ticket(ticket, "efectivo")
    assert estado(espacio) == "mantenimiento"


@pytest.mark.parametrize(
    "attempt",
    [
        lambda lot, other: open_ticket(lot.negocio, other.espacio(), lot.vehiculo()),
        lambda lot, other: open_ticket(lot.negocio, lot.espacio(), other.vehiculo()),
        lambda lot, other: open_ticket(lot.negocio, lot.espacio(), lot.vehiculo(), tarifa=other.tarifa()),
        lambda lot, other: open_ticket(lot.negocio, None, lot.vehiculo(), reserva=other.reserva("confirmada")),
        lambda lot, other: close_ticket(lot.ticket(), "efectivo", tarifa=other.tarifa()),
    ],
)
def test_rows_of_another_negocio_are_refused(lot: Lot, other: Lot, attempt: Callable[[Lot, Lot], Any]) -> None:
    lot.espacio()
    with pytest.raises(ForeignRow):
        attempt(lot, other)
    assert not Ticket.objects.filter(fecha_ingreso__gt=NOON).exists()


def test_a_space_follows_its_tickets(lot: Lot) -> None:
    espacio = lot.espacio()
    ticket = lot.ticket(espacio)
    occupy_by_tickets(espacio.pk)
    assert estado(espacio) == "ocupado"
    Ticket.objects.filter(pk=ticket.pk).update(fecha_salida=NOON)
    occupy_by_tickets(espacio.pk)
    assert estado(espacio) == "libre"
    Espacio.objects.update(estado="mantenimiento")
    occupy_by_tickets(espacio.pk)
    assert estado(espacio) == "mantenimiento"


def test_another_program_needs_to_name_what_has_no_default_only(lot: Lot) -> None:
    car = lot.vehiculo()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO parking_espacio (negocio_id, numero) VALUES (%s, '1') RETURNING id", [lot.negocio.pk]
        )
        (espacio,) = cursor.fetchone()
        cursor.execute(
            "INSERT INTO parking_ticket (negocio_id, espacio_id, vehiculo_id) VALUES (%s, %s, %s) RETURNING id",
            [lot.negocio.pk, espacio, car.pk],
        )
        (ticket,) = cursor.fetchone()
        cursor.execute("INSERT INTO parking_pago (negocio_id, ticket_id) VALUES (%s, %s)", [lot.negocio.pk, ticket])
        cursor.execute("INSERT INTO parking_cliente (negocio_id, nombre) VALUES (%s, 'Ana')", [lot.negocio.pk])
        cursor.execute("INSERT INTO parking_tarifa (negocio_id, nombre) VALUES (%s, 'x')", [lot.negocio.pk])
    assert Espacio.objects.get().estado == "libre"
    assert Ticket.objects.get().fecha_salida is None
    assert (Pago.objects.get().metodo, str(Pago.objects.get().monto)) == ("efectivo", "0.00")


def test_a_negocio_goes_with_all_its_rows(lot: Lot, other: Lot) -> None:
    for each in (lot, other):
        each.tarifa(), each.reserva("confirmada", vehiculo=each.vehiculo(cliente=each.cliente()))
        each.pago(each.ticket(each.espacio(seccion=each.seccion())))
    lot.negocio.delete()
    assert [pago.negocio for pago in Pago.objects.all()] == [other.negocio]
