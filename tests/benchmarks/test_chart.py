"""Does a chart show what was measured?"""

from benchmarks.chart import chart
from benchmarks.results import Report, figure

COST = "CPU of one more delivery"


def drawn(**costs: float) -> list[str]:
    """The lines for servers of these costs."""
    figures = [figure(f"{server}: {COST}", cost, "µs") for server, cost in costs.items()]
    ratio = figure(f"Pulso / floor: {COST}", 1.5, "×")
    return list(chart([Report("peers-cost", [*figures, ratio]).document()]))


def test_every_server_has_a_bar_and_a_ratio_has_none() -> None:
    title, *bars, _ = drawn(gorilla=12, floor=6)
    assert title.endswith("(µs)")
    assert [bar.split()[0] for bar in bars] == ["floor", "gorilla"]
    assert bars[1].count("█") == 2 * bars[0].count("█")


def test_one_that_is_far_off_leaves_the_others_some_length() -> None:
    *_, last, _ = drawn(floor=6, gorilla=12, channels=900)
    assert "…" in last
    assert "900" in last


def test_nothing_measured_is_not_drawn() -> None:
    assert list(chart([Report("latency", [figure("p50", 1, "ms")]).document()])) == []
