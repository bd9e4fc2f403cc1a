"""When rows happen again, and how that is kept by a clock."""

import datetime as dt

import pytest

from dashboards.imports.schedule import LONGEST_SLEEP, Past, Planned, by_rate, by_speed, play

DAY = dt.date(2020, 1, 1)
DAY_SECONDS = 86_400


def past(line: int, when: dt.date | dt.datetime) -> Past:
    return Past(line, "", {}, when)


class FakeClock:
    """A clock that only sleeping and working move."""

    def __init__(self) -> None:
        self.now, self.longest = 1_000.0, 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.longest = max(self.longest, seconds)
        self.now += seconds


def due(plan: list[Planned]) -> list[tuple[int, float]]:
    return [(planned.past.line, planned.due) for planned in plan]


def test_rows_of_a_date_spread_evenly_over_it_in_their_order() -> None:
    plan = by_speed([past(4, DAY), past(2, DAY), past(3, DAY + dt.timedelta(1)), past(5, DAY), past(6, DAY)], 1)
    assert due(plan) == [(2, 0), (4, 21_600), (5, 43_200), (6, 64_800), (3, DAY_SECONDS)]


def test_midnight_that_a_parser_made_of_a_date_is_that_date() -> None:
    midnight = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    assert due(by_speed([past(2, midnight), past(3, midnight)], 1)) == [(2, 0), (3, DAY_SECONDS / 2)]


def test_times_are_divided_by_the_speed() -> None:
    noon = dt.datetime(2020, 1, 1, 12, tzinfo=dt.timezone(dt.timedelta(hours=2)))
    rows = [past(2, noon + dt.timedelta(hours=1)), past(3, noon.astimezone(dt.UTC))]
    assert due(by_speed(rows, 3_600)) == [(3, 0), (2, 1)]


def test_rate_takes_the_order_of_the_dates_and_not_their_distance() -> None:
    rows = [past(2, DAY + dt.timedelta(1000)), past(3, DAY), past(4, DAY + dt.timedelta(1))]
    assert due(by_rate(rows, 2)) == [(3, 0), (4, 0.5), (2, 1)]


def test_no_rows_are_no_plan() -> None:
    assert by_speed([], 1) == by_rate([], 1) == []


def test_writing_takes_time_and_the_plan_does_not_drift() -> None:
    clock, written = FakeClock(), []

    def write(row: Past) -> None:
        written.append(clock.now - 1_000)
        clock.now += 0.3

    late = play(by_rate([past(line, DAY) for line in range(5)], 1), write, clock, clock.sleep, lambda: False)
    assert written == pytest.approx([0, 1, 2, 3, 4])
    assert late == pytest.approx(0)
    assert clock.longest <= LONGEST_SLEEP


def test_plan_that_cannot_be_kept_says_how_late_it_is() -> None:
    clock = FakeClock()

    def write(row: Past) -> None:
        clock.now += 2

    plan = by_rate([past(line, DAY) for line in range(5)], 1)
    assert play(plan, write, clock, clock.sleep, lambda: False) == pytest.approx(4)


def test_wish_to_stop_is_heard_between_rows_and_within_a_long_pause() -> None:
    clock, written = FakeClock(), []
    plan = by_speed([past(2, DAY), past(3, DAY + dt.timedelta(365))], 1)
    play(plan, lambda row: written.append(row.line), clock, clock.sleep, lambda: clock.now > 1_005)
    assert written == [2]
    assert clock.now < 1_006
