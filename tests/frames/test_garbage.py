"""Garbage in cycles is looked for seldom, and still found."""

import gc
import sys
import weakref
from collections.abc import Iterator
from subprocess import run

import pytest

from realtime.server.garbage import THRESHOLDS, look_seldom


@pytest.fixture
def as_before() -> Iterator[None]:
    thresholds = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)


class Link:
    """Part of a cycle."""

    other: "Link"


@pytest.mark.usefixtures("as_before")
def test_what_is_loaded_is_left_alone_and_new_cycles_are_found() -> None:
    look_seldom()
    assert gc.get_freeze_count() > 10_000
    link = Link()
    link.other = link
    gone = weakref.ref(link)
    del link
    kept: list[list[None]] = [[] for _ in range(THRESHOLDS[0] + 1_000)]
    assert gone() is None
    assert kept


def test_a_server_that_starts_looks_seldom() -> None:
    script = (
        "import gc, realtime.server.runner as runner\n"
        "runner.listen = lambda *_: (print(gc.get_freeze_count() > 0), exit(0))\n"
        "runner.run(None, host='127.0.0.1', ports=[0])"
    )
    assert run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout == "True\n"
