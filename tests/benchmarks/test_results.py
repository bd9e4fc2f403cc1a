"""Does a benchmark's report say what was measured, and end the run as it should?"""

import math

import pytest

from benchmarks.__main__ import status
from benchmarks.results import Figure, Report, figure, least, merged, most, percentile


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [([5], 0.99, 5), ([1, 2, 3, 4], 0.5, 2), (range(1, 101), 0.99, 99), (range(1, 401), 0.99, 396), ([3, 1, 2], 1, 3)],
)
def test_a_percentile_is_the_smallest_value_that_so_many_do_not_exceed(
    values: list[float], share: float, expected: float
) -> None:
    assert percentile(values, share) == expected


def test_nothing_measured_has_no_percentile_and_keeps_no_bound() -> None:
    assert math.isnan(percentile([], 0.5))
    assert "MISSED" in Report("r", [figure("nothing", math.nan, "ms", most(1))]).table()
    assert not figure("nothing", math.nan, "/s", least(1)).kept


def test_several_runs_are_told_as_medians() -> None:
    runs = [Report("r", [figure("speed", speed, "/s", least(60))]) for speed in (10, 70, 80)]
    report = merged(runs)
    assert report.figures[0].value == 70
    assert report.kept
    assert "10 to 80" in report.table()


def test_rounds_of_one_run_are_told_as_medians_too() -> None:
    runs = [Report("r", [Figure("cost", rounds, "µs")]) for rounds in ((1.0, 2.0, 3.0), (4.0, 5.0, 6.0))]
    assert merged(runs).figures[0].value == 3.5


def test_a_lost_message_fails_the_run() -> None:
    runs = [Report("r", [figure("speed", 70, "/s")], lost) for lost in ([], ["message 3"])]
    assert merged(runs).lost == ["message 3"]
    assert status([merged(runs)], strict=False) == 1


def test_a_peer_that_could_not_be_had_fails_the_run() -> None:
    runs = [Report("r", [figure("speed", 70, "/s")], missing=missing) for missing in ([], ["nchan: not installed"])]
    assert "MISSING: nchan: not installed" in merged(runs).table()
    assert status([merged(runs)], strict=False) == 1


def test_a_missed_bound_fails_a_strict_run_only() -> None:
    report = Report("r", [figure("wait", 120, "ms", most(100))])
    assert "MISSED" in report.table()
    assert status([report], strict=False) == 0
    assert status([report], strict=True) == 1
