"""Is a rule told of once each time a figure comes to what it asks, and never else?"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.alerts import Alert, Comparison, Level
from dashboards.kinds import Telling
from notifications.alerts.judging import Firing, Subject, judge

NOON = "2025-11-10T12:00:00.000Z"
FULL = Alert(
    name="lleno", metric="stats", field="ocupados", total="todos", comparison=Comparison.AT_LEAST,
    threshold=Decimal(95), hysteresis=Decimal(5), message="{negocio}: {valor} % (≥ {umbral} %)", topics=("alerts",),
)  # fmt: skip
COUNT = Alert("muchas", "stats", "n", Comparison.MORE, Decimal(10), "Van {valor}.", hysteresis=Decimal(2))


def subject(figures: Mapping[str, Any], as_of: str = NOON, time_zone: str = "America/Guayaquil") -> Subject:
    return Subject(1, "parking", "Lote Norte", time_zone, figures, as_of)


class House:
    """A negocio whose rules are judged again and again, as a worker does it."""

    def __init__(self, *rules: Alert) -> None:
        self.rules = rules
        self.firings: dict[str, Firing] = {}

    def at(self, value: Any, as_of: str = NOON) -> list[Telling]:
        """What is told when `n` (and the part of 100) comes to this value."""
        figures = {"stats": {"n": value, "ocupados": value, "todos": 100}}
        verdict = judge(self.rules, subject(figures, as_of), self.firings)
        for name in verdict.rearmed:
            del self.firings[name]
        self.firings |= {firing.rule: firing for firing in verdict.fired}
        return verdict.tellings

    def told(self, values: Iterable[int]) -> list[int]:
        """Those of the values at which something was told."""
        return [value for value in values if self.at(value)]


def test_it_is_told_as_wire_md_has_it() -> None:
    assert House(FULL).at(96.5) == [
        Telling(
            "system_alert",
            {
                "level": "warning", "message": "Lote Norte: 96,5 % (≥ 95 %)", "timestamp": NOON,
                "action_required": False,
            },
            message="Lote Norte: 96,5 % (≥ 95 %)", topics=("alerts",),
        )
    ]  # fmt: skip


def test_a_rule_for_one_user_is_told_to_nobody_else() -> None:
    rule = replace(FULL, topics=(), user="u-7", level=Level.CRITICAL, action_required=True)
    (telling,) = House(rule).at(99)
    assert (telling.user, telling.topics) == ("u-7", ())
    assert (telling.data["level"], telling.data["action_required"]) == ("critical", True)


def test_a_crossing_is_told_once_and_again_only_after_it_went_back_far_enough() -> None:
    assert House(FULL).told([94, 95, 97, 94, 95, 91, 100, 90, 94, 95, 96]) == [95, 95]
    house = House(FULL)
    assert [bool(house.at(value)) for value in (96, 90, 96, 91, 96)] == [True, False, True, False, False]


@pytest.mark.parametrize(
    ("comparison", "values", "told"),
    [
        (Comparison.MORE, [10, 11, 12, 9, 11, 8, 11], [11, 11]),
        (Comparison.AT_LEAST, [9, 10, 9, 10, 8, 10], [10, 10]),
        (Comparison.LESS, [10, 9, 11, 9, 12, 9], [9, 9]),
        (Comparison.AT_MOST, [11, 10, 11, 10, 12, 10], [10, 10]),
        (Comparison.EQUAL, [9, 10, 11, 10, 12, 10, 8, 10], [10, 10, 10]),
    ],
)
def test_each_comparison_has_its_way_back(comparison: Comparison, values: list[int], told: list[int]) -> None:
    assert House(replace(COUNT, comparison=comparison)).told(values) == told


@given(
    st.lists(st.integers(0, 20), max_size=60),
    st.sampled_from([Comparison.AT_LEAST, Comparison.MORE]),
    st.integers(0, 6),
)
def test_it_is_told_exactly_once_for_each_crossing(values: list[int], comparison: Comparison, back: int) -> None:
    rule = replace(COUNT, comparison=comparison, hysteresis=Decimal(back))
    # Said anew: a crossing is a value that holds, the first at all or the first since one that had gone back.
    expected, armed = [], True
    for place, value in enumerate(values):
        holds = value >= 10 if comparison == Comparison.AT_LEAST else value > 10
        if holds and armed:
            expected.append(place)
        armed = not holds and (armed or value <= 10 - back)
    house = House(rule)
    assert [place for place, value in enumerate(values) if house.at(value)] == expected


@given(st.lists(st.integers(0, 20), max_size=40))
def test_downwards_it_is_the_mirror_image(values: list[int]) -> None:
    up = House(replace(COUNT, comparison=Comparison.AT_LEAST))
    down = House(replace(COUNT, comparison=Comparison.AT_MOST))
    assert [bool(up.at(value)) for value in values] == [bool(down.at(20 - value)) for value in values]


def test_a_rule_whose_metric_was_not_computed_stays_as_it_is() -> None:
    firing = Firing("lleno", FULL.condition)
    without: list[dict[str, Any]] = [
        {}, {"stats": {}}, {"stats": {"ocupados": 0, "todos": 0}}, {"dashboard": {"ocupados": 9}},
    ]  # fmt: skip
    for figures in without:
        assert judge([FULL], subject(figures), {}).tellings == []
        verdict = judge([FULL], subject(figures), {"lleno": firing})
        assert (verdict.tellings, verdict.fired, verdict.rearmed) == ([], [], [])


def test_a_changed_rule_is_another_rule() -> None:
    house = House(FULL)
    assert house.at(96)
    house.rules = (replace(FULL, message="Otra cosa"),)
    assert not house.at(97)
    house.rules = (replace(FULL, threshold=Decimal("95.00")),)
    assert not house.at(97)
    house.rules = (replace(FULL, threshold=Decimal(98)),)
    assert not house.at(97)
    assert house.at(98)
    house.rules = (replace(FULL, threshold=Decimal(80)),)
    assert house.at(98)


def test_a_rule_that_was_switched_off_is_forgotten() -> None:
    house = House(FULL)
    assert house.at(96)
    house.rules = ()
    assert not house.at(97)
    house.rules = (FULL,)
    assert house.at(97)


def test_rules_are_judged_apart() -> None:
    house = House(FULL, COUNT)
    assert [telling.message for telling in house.at(11)] == ["Van 11."]
    assert [telling.message for telling in house.at(95)] == ["Lote Norte: 95 % (≥ 95 %)"]


def test_each_day_of_the_negocio_begins_anew() -> None:
    house = House(replace(COUNT, daily=True))
    assert house.at(11, "2025-11-10T12:00:00.000Z")
    assert not house.at(12, "2025-11-11T04:59:59.999Z")  # still the tenth in Guayaquil
    assert house.at(12, "2025-11-11T05:00:00.000Z")
    assert not house.at(13, "2025-11-11T06:00:00.000Z")


def test_a_day_is_one_of_utc_where_nobody_knows_the_time_zone() -> None:
    for zone in ("Nowhere/Here", "../etc", ""):
        assert subject({}, "2025-11-11T04:00:00.000Z", zone).day == dt.date(2025, 11, 11)


def test_a_message_says_what_it_knows_and_leaves_the_rest() -> None:
    rule = replace(COUNT, message="{valor} {umbral} {negocio} {otro} {0} {", threshold=Decimal("10.50"))
    (telling,) = House(rule).at(1200)
    assert telling.message == "1200 10,5 Lote Norte {otro} {0} {"
