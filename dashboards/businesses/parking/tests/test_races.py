"""Is a space sold once, however many ask at the same time? On real connections, each attempt in its own."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, transaction

from dashboards.businesses.parking.domain import (
    NoSpace,
    ParkingError,
    SpaceTaken,
    TicketClosed,
    close_ticket,
    open_ticket,
)
from dashboards.businesses.parking.models import Espacio, Pago, Ticket
from dashboards.businesses.parking.tests.lot import Lot

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 12  # leaves some of the pool's 16 connections for the test itself


def outcomes(attempts: int, attempt: Callable[[int], Any]) -> Counter[str]:
    """How often each outcome came of so many attempts, AT_ONCE of them at any time."""
    together = Barrier(AT_ONCE)

    def one(number: int) -> str:
        if number < AT_ONCE:
            together.wait(30)
        try:
            attempt(number)
        except ParkingError as error:
            return type(error).__name__
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(AT_ONCE) as threads:
        return Counter(threads.map(one, range(attempts)))


@pytest.fixture
def ten(transactional_db: None, lot: Lot) -> Lot:
    """A lot with its last ten spaces free."""
    lot.tarifa()
    for _ in range(10):
        lot.espacio(), lot.espacio(estado="ocupado"), lot.espacio(estado="mantenimiento")
    return lot


def assert_ten_sold() -> None:
    opened = Ticket.objects.filter(fecha_salida__isnull=True)
    assert opened.count() == opened.values("espacio").distinct().count() == 10
    assert not Espacio.objects.filter(estado="libre").exists()
    assert Espacio.objects.filter(estado="ocupado").count() == 20


def test_two_hundred_attempts_for_any_of_the_last_ten_spaces_are_ten_tickets(ten: Lot) -> None:
    cars = [ten.vehiculo() for _ in range(200)]
    result = outcomes(200, lambda number: open_ticket(ten.negocio, None, cars[number]))
    assert result == {"done": 10, "NoSpace": 190}
    assert_ten_sold()


def test_two_hundred_attempts_for_ten_named_spaces_are_ten_tickets(ten: Lot) -> None:
    cars = [ten.vehiculo() for _ in range(200)]
    free = list(Espacio.objects.filter(estado="libre"))
    result = outcomes(200, lambda number: open_ticket(ten.negocio, free[number // 3 % 10], cars[number]))
    assert result == {"done": 10, "SpaceTaken": 190}
    assert_ten_sold()


def test_named_and_any_together_are_ten_tickets(ten: Lot) -> None:
    cars = [ten.vehiculo() for _ in range(200)]
    free = list(Espacio.objects.filter(estado="libre"))
    result = outcomes(
        200, lambda number: open_ticket(ten.negocio, free[number % 10] if number % 2 else None, cars[number])
    )
    assert result["done"] == 10
    assert set(result) <= {"done", NoSpace.__name__, SpaceTaken.__name__}
    assert_ten_sold()


def test_a_space_that_is_given_back_is_sold_to_who_waits_for_it(ten: Lot) -> None:
    Espacio.objects.filter(estado="libre").exclude(pk=Espacio.objects.filter(estado="libre")[0].pk).delete()
    cars = [ten.vehiculo() for _ in range(AT_ONCE)]

    class ChangedMind(ParkingError):
        """The driver drives on."""

    def attempt(number: int) -> None:
        with transaction.atomic():
            open_ticket(ten.negocio, None, cars[number])
            if number != 5:
                raise ChangedMind

    result = outcomes(AT_ONCE, attempt)
    # However many came before the one that stays, and after.
    assert (result["done"], result["ChangedMind"] + result["NoSpace"], result.total()) == (1, 11, 12)
    assert Ticket.objects.get().vehiculo == cars[5]


def test_one_ticket_closed_by_many_is_paid_once(ten: Lot) -> None:
    ticket = open_ticket(ten.negocio, None, ten.vehiculo())
    result = outcomes(24, lambda number: close_ticket(Ticket.objects.get(pk=ticket.pk), "efectivo"))
    assert result == {"done": 1, TicketClosed.__name__: 23}
    assert Pago.objects.count() == 1


def test_cars_that_come_and_go_at_once_never_deadlock(ten: Lot) -> None:
    cars = [ten.vehiculo() for _ in range(AT_ONCE)]

    def attempt(number: int) -> None:
        close_ticket(open_ticket(ten.negocio, None, cars[number % AT_ONCE]), "efectivo")

    result = outcomes(120, attempt)
    assert set(result) <= {"done", "NoSpace"}
    assert result["done"] == Pago.objects.count() == Ticket.objects.filter(fecha_salida__isnull=False).count()
    assert Espacio.objects.filter(estado="libre").count() == 10
