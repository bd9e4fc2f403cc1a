"""What does a socket cost that nobody says anything to? Memory, and CPU over a whole period of pings."""

from collections.abc import Callable, Mapping

from benchmarks.peers.known import GORILLA
from benchmarks.peers.ours import MOST_SOCKETS, OURS
from benchmarks.peers.peer import Serving
from benchmarks.peers.side_by_side import MICROSECONDS, everything, side_by_side
from benchmarks.results import Report, most

NAME = "peers-idle"
FEW = 1_000
# Every socket is pinged once in it.
PERIOD = 54.0
BEFORE = 10.0
KILOBYTES = 1e-3
MEMORY, CPU = "memory of an idle socket", "CPU of an idle socket a second"


def measure(without: frozenset[str] = frozenset()) -> Report:
    """10,000 sockets, authenticated and subscribed; the slope from 1,000 on."""
    with side_by_side((OURS, GORILLA), without) as field:
        series = field.rounds(1, lambda name, serving: _idle(serving))
    figures = [
        *series.figures(MEMORY, "KB", KILOBYTES, but=OURS.name),
        *series.bounded(OURS.name, MEMORY, "KB", most(24), KILOBYTES),
        *series.figures(CPU, "µs/s", MICROSECONDS, but=OURS.name),
        *series.bounded(OURS.name, CPU, "µs/s", most(5), MICROSECONDS),
        *series.ratio(MEMORY, OURS.name, GORILLA.name),
    ]
    return Report(NAME, figures, field.lost, field.missing)


def _idle(serving: Serving) -> Mapping[str, float]:
    with serving.crowd(1) as load:
        alone = _a_second(serving, load.idle, BEFORE)
        load.open(FEW - 1)
        load.idle(1)
        few = serving.memory()
        load.open(MOST_SOCKETS - FEW)
        load.idle(1)
        many = serving.memory()
        busy = _a_second(serving, load.idle, PERIOD)
    return {MEMORY: (many - few) / (MOST_SOCKETS - FEW), CPU: (busy - alone) / MOST_SOCKETS}


def _a_second(serving: Serving, idle: Callable[[float], None], seconds: float) -> float:
    """Seconds of CPU a second."""
    before = serving.used()
    idle(seconds)
    return everything(serving.used_since(before)) / seconds
