"""Which number does a rule compare, and which can be entered?"""

from decimal import Decimal
from typing import Any

import pytest

from dashboards.alerts import Alert, Comparison
from notifications.alerts.measuring import measure, number_at, paths_in

FIGURE = {
    "total": 8,
    "media": 2.5,
    "nombre": "A",
    "activo": True,
    "anidado": {"uno": 1},
    "porEstado": [{"estado": "libre", "count": 3}, {"estado": "ocupado", "count": 5}],
}


def alert(**fields: Any) -> Alert:
    wanted = {"name": "x", "metric": "m", "field": "total", "comparison": Comparison.MORE, "message": ""}
    return Alert(**{**wanted, "threshold": Decimal(1), **fields})


@pytest.mark.parametrize(
    ("path", "number"),
    [
        ("total", "8"),
        ("media", "2.5"),
        ("anidado.uno", "1"),
        ("porEstado", "2"),
        ("porEstado.estado=ocupado.count", "5"),
        ("nombre", None),
        ("activo", None),
        ("anidado", None),
        ("nada", None),
        ("total.mas", None),
        ("porEstado.estado=nadie.count", None),
        ("porEstado.count", None),
        ("", None),
    ],
)
def test_a_path_leads_to_a_number_or_nowhere(path: str, number: str | None) -> None:
    assert number_at(FIGURE, path) == (None if number is None else Decimal(number))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), None, "7", {}])
def test_what_is_no_finite_number_is_none(value: Any) -> None:
    assert number_at({"x": value}, "x") is None


def test_a_figure_that_is_a_list_counts_its_entries() -> None:
    assert number_at([{}, {}, {}], "") == 3


def test_a_part_is_measured_in_percent_of_the_whole() -> None:
    rule = alert(field="libres", total="todos")
    assert measure(rule, {"m": {"libres": 1, "todos": 8}}) == Decimal("12.5")
    assert measure(rule, {"m": {"libres": 0, "todos": 0}}) is None
    assert measure(rule, {"m": {"libres": 1}}) is None
    assert measure(rule, {}) is None


def test_every_path_that_is_named_leads_to_a_number() -> None:
    paths = list(paths_in(FIGURE))
    assert paths == [
        "total", "media", "anidado.uno", "porEstado", "porEstado.estado=libre.count", "porEstado.estado=ocupado.count",
    ]  # fmt: skip
    assert all(number_at(FIGURE, path) is not None for path in paths)
