"""Which rules are in force for whom, and how soon does a process know of a change?"""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from dashboards.alerts import Alert
from dashboards.kinds import kinds
from dashboards.models import Negocio
from notifications.alerts.checking import complaints
from notifications.alerts.models import AlertRule
from notifications.alerts.rules import LIFETIME, RuleBook, read_rules

PARKING = kinds()["parking"]
(FULL,) = PARKING.alerts


def rule(negocio: Negocio | None = None, **fields: Any) -> AlertRule:
    texts = {"name": "ocupacion", "metric": "stats", "field": "espacios_libres", "message": "x", "threshold": "3"}
    return AlertRule.objects.create(negocio=negocio, kind="" if negocio else "parking", **{**texts, **fields})


@pytest.fixture
def lots(db: None) -> list[Negocio]:
    return [Negocio.objects.create(code=code, name=code, kind="parking") for code in ("uno", "dos")]


def thresholds(negocio: Negocio) -> dict[str, Decimal]:
    return {alert.name: alert.threshold for alert in RuleBook().rules_of(negocio.pk, PARKING)}


def test_without_rows_a_kinds_rules_are_in_force(lots: list[Negocio]) -> None:
    assert RuleBook().rules_of(lots[0].pk, PARKING) == [FULL]


def test_a_negocios_own_rule_comes_before_its_kinds(lots: list[Negocio]) -> None:
    rule(threshold=90)
    rule(lots[0], threshold=80)
    rule(lots[0], name="otra", threshold=1)
    assert thresholds(lots[0]) == {"ocupacion": 80, "otra": 1}
    assert thresholds(lots[1]) == {"ocupacion": 90}


def test_a_rule_that_is_off_takes_the_kinds_away_too(lots: list[Negocio]) -> None:
    rule(lots[0], active=False)
    assert thresholds(lots[0]) == {}
    assert thresholds(lots[1]) == {"ocupacion": 95}


def test_a_number_that_is_none_is_passed_over(lots: list[Negocio]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE alert_rules SET threshold = 'NaN' WHERE id = %s", [rule(lots[0]).pk])
    assert thresholds(lots[0]) == {"ocupacion": 95}


def test_what_a_row_says_is_what_is_asked(lots: list[Negocio]) -> None:
    row = rule(
        lots[0], field="espacios_ocupados", total="espacios_total", threshold="95", hysteresis="5",
        message=FULL.message, topics=["alerts"],
    )  # fmt: skip
    row.refresh_from_db()
    assert row.alert == FULL
    assert row.alert.condition == FULL.condition


class Table:
    """What is read, how often, and a clock."""

    def __init__(self) -> None:
        self.now, self.reads = 100.0, 0
        self.rules: dict[int | str, Mapping[str, Alert]] = {}
        self.book = RuleBook(self.read, lambda: self.now)

    def read(self) -> Mapping[int | str, Mapping[str, Alert]]:
        self.reads += 1
        return dict(self.rules)

    def ask(self) -> list[int]:
        return [int(alert.threshold) for alert in self.book.rules_of(1, PARKING)]


def test_the_table_is_read_no_oftener_than_needed() -> None:
    table = Table()
    assert [table.ask() for _ in range(3)] == [[95]] * 3
    table.rules = {1: {"ocupacion": replace(FULL, threshold=Decimal(80))}}
    table.now += LIFETIME - 0.1
    assert (table.ask(), table.reads) == ([95], 1)
    table.now += 0.1
    assert (table.ask(), table.reads) == ([80], 2)


def test_a_change_is_known_at_once() -> None:
    table = Table()
    assert table.ask() == [95]
    table.rules = {"parking": {"ocupacion": replace(FULL, threshold=Decimal(80))}}
    table.book.forget()
    assert table.ask() == [80]


def test_what_was_read_before_a_change_is_kept_by_nobody() -> None:
    table = Table()
    old = table.read

    def changes_meanwhile() -> Mapping[int | str, Mapping[str, Alert]]:
        rules = old()
        if table.reads == 1:
            table.now += 1
            table.rules = {1: {"ocupacion": replace(FULL, threshold=Decimal(80))}}
            table.book.forget()
        return rules

    table.book = RuleBook(changes_meanwhile, lambda: table.now)
    assert table.ask() == [95]
    assert table.ask() == [80]


def test_reading_costs_one_statement(lots: list[Negocio], django_assert_num_queries: Any) -> None:
    for lot in lots:
        rule(lot)
    with django_assert_num_queries(1):
        assert set(read_rules()) == {lot.pk for lot in lots}


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"metric": "nada"}, {"metric": "«nada» no es una métrica de Parqueadero: "}),
        ({"field": "nada"}, {"field": "«nada» no es un número de la métrica: espacios_total, "}),
        ({"field": ""}, {"field": "«» no es un número de la métrica: "}),
        ({"total": "nada"}, {"total": "«nada» no es un número de la métrica: "}),
        ({"topics": ("stats",)}, {"topics": "«stats» no es un tema de avisos: parking, "}),
        ({"topics": ("user",)}, {"topics": "«user» no es un tema de avisos: "}),
        ({"user": "u-7"}, {"user": "O los temas o solo «u-7»"}),
        ({"message": "{valor} {ocupados}"}, {"message": "«{ocupados}» no se conoce"}),
        ({"metric": "ocupacion", "field": "porEstado.estado=libre.count", "total": ""}, {}),
        ({"metric": "tickets_activos", "field": "", "total": ""}, {}),
    ],
)
def test_a_complaint_names_field_and_value(fields: dict[str, Any], complaint: dict[str, str]) -> None:
    found = complaints("parking", replace(FULL, **fields))
    assert found.keys() == complaint.keys()
    for name, beginning in complaint.items():
        assert found[name].startswith(beginning)


def test_a_kind_that_there_is_not_is_named() -> None:
    assert complaints("panadería", FULL) == {"__all__": "«panadería» no es un tipo de negocio."}
