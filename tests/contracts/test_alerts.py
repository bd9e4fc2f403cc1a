"""Can every rule that a kind declares be held against its figures?"""

from collections import Counter
from decimal import Decimal

import pytest

from dashboards.alerts import Alert
from dashboards.kinds import Kind, kinds
from notifications.alerts.checking import complaints
from notifications.alerts.measuring import number_at, paths_in

KINDS = list(kinds().values())
DECLARED = [(kind, alert) for kind in KINDS for alert in kind.alerts]


@pytest.mark.parametrize(("kind", "alert"), DECLARED, ids=[f"{kind.name}-{alert.name}" for kind, alert in DECLARED])
def test_a_declared_rule_could_be_entered_as_it_is(kind: Kind, alert: Alert) -> None:
    assert complaints(kind.name, alert) == {}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_kinds_rules_are_told_apart(kind: Kind) -> None:
    assert set(Counter(alert.name for alert in kind.alerts).values()) <= {1}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_what_is_offered_for_a_rule_can_be_measured(kind: Kind) -> None:
    for metric in kind.metrics:
        empty = metric.shape(())
        assert all(number_at(empty, path) is not None for path in paths_in(empty)), metric.name


def test_a_lot_that_is_nearly_full_is_told_by_itself() -> None:
    (full,) = kinds()["parking"].alerts
    assert full.condition == "stats.espacios_ocupados % espacios_total >= 95"
    assert (full.hysteresis, full.topics, full.active) == (Decimal(5), ("alerts",), True)


def test_a_queue_with_many_cancellations_is_told_by_itself() -> None:
    (many,) = kinds()["citas"].alerts
    assert many.condition == "por_estado.porEstado.estado=cancelada.hoy > 10"
    assert (many.daily, many.active) == (True, True)
