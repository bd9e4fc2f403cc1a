"""What does each server use at a fixed rate, and how late is it? 1,000 sockets, 40 and 60 events a second."""

from collections.abc import Mapping
from functools import partial

from benchmarks.peers.known import FLOOR, GORILLA, NCHAN, SOCKETIO, WS
from benchmarks.peers.ours import OURS
from benchmarks.peers.peer import SERVER, Serving
from benchmarks.peers.side_by_side import Field, everything, side_by_side
from benchmarks.results import Figure, Report, most

NAME = "peers-rate"
SOCKETS = 1_000
RATES = (40, 60)
ROUNDS = 3
WARM_UP, SECONDS = 0.5, 4.0
PERCENT = 100.0
MILLISECONDS = 1e-3


def measure(without: frozenset[str] = frozenset()) -> Report:
    """Every peer that can keep the pace in turn, three times; plain Channels can't."""
    with side_by_side((FLOOR, OURS, GORILLA, NCHAN, WS, SOCKETIO), without) as field:
        series = field.rounds(ROUNDS, partial(_at_rates, field))
    figures: list[Figure] = []
    for rate in RATES:
        figures += series.figures(_cpu(rate), "% of a core", PERCENT)
        figures += series.figures(_apart(rate), "% of a core", PERCENT)
        figures += series.figures(_p99(rate), "ms", MILLISECONDS)
        figures += series.ratio(_cpu(rate), OURS.name, GORILLA.name, most(1.0))
        figures += series.ratio(_p99(rate), OURS.name, GORILLA.name, most(0.5))
    return Report(NAME, figures, field.lost, field.missing)


def _at_rates(field: Field, name: str, serving: Serving) -> Mapping[str, float]:
    found: dict[str, float] = {}
    with serving.crowd(SOCKETS) as load:
        load.publish(WARM_UP, window=serving.window)
        for rate in RATES:
            before = serving.used()
            run = load.publish(SECONDS, rate=rate)
            used = serving.used_since(before)
            field.lost += run.lost(name)
            # For each event: one that lags works for longer than it was asked to.
            found[_cpu(rate)] = everything(used) / max(run.events, 1) * rate
            if len(used) > 1:
                found[_apart(rate)] = used[SERVER] / max(run.events, 1) * rate
            found[_p99(rate)] = run.p99
    return found


def _cpu(rate: int) -> str:
    return f"CPU at {rate} events a second"


def _apart(rate: int) -> str:
    return f"{_cpu(rate)}, without its databases"


def _p99(rate: int) -> str:
    return f"p99 at {rate} events a second"
