"""Does the page's client merge, claim and write what it should?"""

import json
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.pages.lab import run

# -- State ---------------------------------------------------------------------------------------------

MERGE = """
const { Store } = await load("state");
const store = new Store();
const answers = frames.map(([data, version, epoch, trusted]) => store.merge({ data, version }, epoch, trusted));
return [answers.map(({ changed, older }) => older ? "older" : changed), { a: store.get("a"), b: store.get("b") }];
"""


def merge(page: Page, *frames: tuple[Any, ...]) -> Any:
    return run(page, f"const frames = {json.dumps(frames)};" + MERGE)


def test_metrics_are_merged_one_by_one(page: Page) -> None:
    answers, held = merge(page, ({"a": 1, "b": {"x": 1}}, 5, "e"), ({"b": {"x": 2}}, 6, "e"))
    assert answers == [["a", "b"], ["b"]]
    assert held == {"a": 1, "b": {"x": 2}}


def test_an_equal_value_is_no_change(page: Page) -> None:
    assert merge(page, ({"a": [1]}, 5, "e"), ({"a": [1]}, 6, "e"))[0] == [["a"], []]


def test_an_older_version_is_not_taken(page: Page) -> None:
    answers, held = merge(page, ({"a": 2}, 5, "e"), ({"a": 1}, 4, "e"))
    assert answers == [["a"], "older"]
    assert held["a"] == 2


def test_another_epoch_replaces_whatever_its_version(page: Page) -> None:
    assert merge(page, ({"a": 2}, 5, "e"), ({"a": 1}, 1, "f"))[1]["a"] == 1


def test_a_trusted_state_is_taken_whatever_its_version(page: Page) -> None:
    assert merge(page, ({"a": 2}, 5, "e"), ({"a": 1}, 4, "e", True))[1]["a"] == 1


# -- Claims --------------------------------------------------------------------------------------------

CLAIM = """
const { Freshness } = await load("freshness");
const { claim } = await load("indicator");
const freshness = new Freshness();
freshness.clockIs(ahead);
freshness.heard({ room: "r", as_of: "1970-01-01T00:00:00Z", next_due: due });
freshness.isStale = freshness.isStale.bind(freshness, now);
return claim(phase, freshness);
"""


@pytest.mark.parametrize(
    ("phase", "due", "ahead", "now", "said"),
    [
        ("live", "1970-01-01T00:00:05Z", 0, 7_900, "live"),
        ("live", "1970-01-01T00:00:05Z", 0, 8_100, "stale"),
        # The server's clock decides, not the browser's.
        ("live", "1970-01-01T00:00:05Z", 3_600_000, 8_100 - 3_600_000, "stale"),
        ("live", "1970-01-01T00:00:05Z", -3_600_000, 7_900 + 3_600_000, "live"),
        ("live", None, 0, 86_400_000, "live"),
        ("reconnecting", "1970-01-01T00:00:05Z", 0, 1_000, "reconnecting"),
        ("connecting", None, 0, 1_000, "connecting"),
    ],
)
def test_the_indicator_claims_no_more_than_it_knows(
    page: Page, phase: str, due: str | None, ahead: int, now: int, said: str
) -> None:
    given = json.dumps({"phase": phase, "due": due, "ahead": ahead, "now": now})
    assert run(page, f"const {{ phase, due, ahead, now }} = {given};" + CLAIM) == said


# -- Formats -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "format", "text"),
    [
        (1234, "number", "1.234"), (0.5, "number", "0,5"), (1234567.891, "number", "1.234.567,89"),
        (1234.5, "money", "$1.234,50"), (0, "money", "$0,00"), (0, "price", "—"), (None, "number", "—"),
        ("2026-11-23", "date", "lun 23 nov"), ("09:30:00", "time", "09:30"), (9, "hour", "9:00"),
        ("2026-11-22T03:04:05Z", "moment", "21 nov, 22:04"), ("<b>", "text", "<b>"),
    ],
)  # fmt: skip
def test_values_are_written_as_in_ecuador(page: Page, value: Any, format: str, text: str) -> None:
    script = "const { Formatter } = await load('format'); return new Formatter('America/Guayaquil').write"
    assert run(page, f"{script}({json.dumps(value)}, '{format}')") == text


def test_a_time_zone_that_the_browser_does_not_know_breaks_nothing(page: Page) -> None:
    run(page, "const { Formatter } = await load('format'); new Formatter('Nowhere/At_All').write(0, 'clock')")
