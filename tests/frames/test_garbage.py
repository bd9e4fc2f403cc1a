"""Garbage in cycles is looked for seldom, and still found."""

import gc
import sys
import weakref
from collections.abc import Iterator
from subprocess import run
from typing import Any

import pytest

from realtime.garbage import THRESHOLDS, look_seldom
from realtime.management.commands import runworker

from .live import Accepting, Live, on_uvloop, serving, until
from .wire import closing

PEERS = 10


@pytest.fixture
def no_collector() -> Iterator[None]:
    """What lies in cycles stays."""
    gc.disable()
    yield
    gc.enable()


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


def test_so_does_a_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []

    async def work(worker: runworker.ChangesWorker) -> None:
        done.append("worked")

    monkeypatch.setattr(runworker, "look_seldom", lambda: done.append("looks seldom"))
    monkeypatch.setattr(runworker.ChangesWorker, "_work", work)
    runworker.ChangesWorker(None, runworker.CHANNELS, None).run()
    assert done == ["looks seldom", "worked"]


@pytest.mark.usefixtures("no_collector")
@pytest.mark.parametrize("ends", ["they close", "they are lost", "they are sent away", "they talk nonsense"])
@on_uvloop
async def test_nothing_of_a_connection_waits_for_the_collector(ends: str) -> None:
    """Thousands come back at once: what is left in cycles would have to be looked for among all that is alive."""
    app = Accepting()
    async with serving(app) as live:
        gone = [part for _ in range(PEERS) for part in await come_and_go(live, app, ends)]
        await until(lambda: all(part() is None for part in gone))


async def come_and_go(live: Live, app: Accepting, ends: str) -> "list[weakref.ref[Any]]":
    """Refers to the parts of a connection which has ended."""
    peer = await live.peer()
    outlet: Any = await app.outlet()
    app.outlets.clear()
    if ends == "they close":
        await peer.send(closing())
    elif ends == "they talk nonsense":
        await peer.send(b"\x8f\x8f\x8f\x8f")
        await peer.read_to_the_end()
        peer.close()
    elif ends == "they are lost":
        peer.close()
    else:
        outlet.abort()
    await until(lambda: app.disconnects)
    app.disconnects.clear()
    app.send = None
    return [weakref.ref(outlet), weakref.ref(outlet.conn)]
