"""How fast are 10,000 sockets told on one core, and how late is the last? At full speed, and at a fixed rate."""

from collections.abc import Mapping
from functools import partial

from benchmarks.peers.known import FLOOR, GORILLA
from benchmarks.peers.ours import MOST_SOCKETS, OURS
from benchmarks.peers.peer import Serving
from benchmarks.peers.side_by_side import Field, side_by_side
from benchmarks.results import Report, least, most

NAME = "peers-10000"
ROUNDS = 2
WARM_UP, SECONDS = 1.0, 8.0
# As many deliveries a second as 40 and 60 events to 1,000 sockets are.
RATES = (4, 6)
MILLISECONDS = 1e-3
SPEED = "deliveries a second, 10,000 sockets"
LATE_AT_SPEED = "p99 at full speed, 10,000 sockets"


def measure(without: frozenset[str] = frozenset()) -> Report:
    """Pulso, the Go hub and the floor in turn."""
    with side_by_side((OURS, GORILLA, FLOOR), without) as field:
        series = field.rounds(ROUNDS, partial(_crowded, field))
    figures = [
        *series.figures(SPEED, "/s"),
        *(line for rate in RATES for line in series.figures(_late(rate), "ms", MILLISECONDS)),
        *series.figures(LATE_AT_SPEED, "ms", MILLISECONDS),
        *series.ratio(SPEED, OURS.name, GORILLA.name, least(1.2)),
        *(line for rate in RATES for line in series.ratio(_late(rate), OURS.name, GORILLA.name, most(0.5))),
        *series.ratio(LATE_AT_SPEED, OURS.name, GORILLA.name),
    ]
    return Report(NAME, figures, field.lost, field.missing)


def _crowded(field: Field, name: str, serving: Serving) -> Mapping[str, float]:
    with serving.crowd(MOST_SOCKETS) as load:
        load.publish(WARM_UP, window=serving.window)
        fast = load.publish(SECONDS, window=serving.window)
        paced = {rate: load.publish(SECONDS, rate=rate) for rate in RATES}
    field.lost += [line for run in (fast, *paced.values()) for line in run.lost(name)]
    late = {_late(rate): run.p99 for rate, run in paced.items()}
    return {SPEED: fast.deliveries / fast.seconds, LATE_AT_SPEED: fast.p99, **late}


def _late(rate: int) -> str:
    return f"p99 at {rate} events a second, 10,000 sockets"
