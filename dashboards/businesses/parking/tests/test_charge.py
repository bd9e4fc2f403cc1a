"""Does a stay cost what the wire says, at every border?"""

import datetime as dt
import zoneinfo
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.businesses.parking.domain import charge
from dashboards.businesses.parking.tests.lot import NOON


@dataclass
class Prices:
    precio_hora: Decimal = Decimal("1.25")
    precio_dia: Decimal = Decimal("9.00")


MICROSECOND = dt.timedelta(microseconds=1)
HOUR_IN_MICROSECONDS = 3_600 * 10**6
prices = st.builds(Prices, st.decimals(0, 500, places=2), st.decimals(0, 5_000, places=2))
# Whole hours up to ten days, and a little more or less.
borders = st.builds(
    lambda hours, off: max(0, hours * HOUR_IN_MICROSECONDS + off), st.integers(0, 240), st.integers(-2, 2)
)
stays = st.one_of(borders, st.integers(0, 240 * HOUR_IN_MICROSECONDS))


def wire_rule(microseconds: int, tarifa: Prices) -> Decimal:
    """wire.md, 2, word by word, in exact numbers: 8 h or more -> ceil(h/24) × precio_dia, else max(1, ceil(h)) × …"""
    hours = Fraction(microseconds, HOUR_IN_MICROSECONDS)
    return ceil(hours / 24) * tarifa.precio_dia if hours >= 8 else max(1, ceil(hours)) * tarifa.precio_hora


@given(stays, prices)
def test_a_stay_costs_what_the_wire_says(microseconds: int, tarifa: Prices) -> None:
    parked = dt.timedelta(microseconds=microseconds)
    assert charge(NOON, NOON + parked, tarifa) == wire_rule(microseconds, tarifa)


@pytest.mark.parametrize(
    ("hours", "off", "cost"),
    [
        (0, 0, "1.25"), (0, 1, "1.25"), (1, -1, "1.25"), (1, 0, "1.25"), (1, 1, "2.50"), (7, 0, "8.75"),
        (7, 1, "10.00"), (8, -1, "10.00"), (8, 0, "9.00"), (8, 1, "9.00"), (24, 0, "9.00"), (24, 1, "18.00"),
        (48, 0, "18.00"), (48, 1, "27.00"),
    ],
)  # fmt: skip
def test_the_borders_by_hand(hours: int, off: int, cost: str) -> None:
    salida = NOON + dt.timedelta(hours=hours) + off * MICROSECOND
    assert charge(NOON, salida, Prices()) == Decimal(cost)


def test_clocks_that_disagree_cost_the_least() -> None:
    assert charge(NOON, NOON - dt.timedelta(minutes=5), Prices()) == Decimal("1.25")


def test_the_hour_that_comes_twice_is_paid_twice() -> None:
    madrid = zoneinfo.ZoneInfo("Europe/Madrid")
    ingreso = dt.datetime(2025, 10, 26, 1, 30, tzinfo=madrid)
    salida = dt.datetime(2025, 10, 26, 3, 30, tzinfo=madrid)  # the wall shows two hours, three have passed
    assert charge(ingreso, salida, Prices()) == Decimal("3.75")
