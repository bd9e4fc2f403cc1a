"""What does a second web process cost? The same load on two as on one, CPU of all processes for a delivery."""

from collections.abc import Mapping
from functools import partial

from benchmarks.peers.ours import OURS, OURS_TWICE
from benchmarks.peers.peer import SERVER, Serving
from benchmarks.peers.side_by_side import MICROSECONDS, Field, side_by_side
from benchmarks.results import Figure, Report, most

NAME = "peers-two-webs"
SOCKETS = 1_000
RATE = 40
ROUNDS = 3
WARM_UP, SECONDS = 1.0, 4.0
CPU = "CPU of a delivery, all its processes"


def measure(without: frozenset[str] = frozenset()) -> Report:
    """1,000 sockets at 40 events a second, in turns."""
    values: dict[str, list[float]] = {}
    lost: list[str] = []
    missing: list[str] = []
    for _ in range(ROUNDS):
        for peer in (OURS, OURS_TWICE):
            # One after the other: they would share a channel layer.
            with side_by_side([peer], without) as field:
                found = field.rounds(1, partial(_paced, field))
            for figure in found.figures(CPU, "µs", MICROSECONDS):
                values.setdefault(peer.name, []).append(figure.value)
            lost += field.lost
            missing += field.missing
    figures = [Figure(f"{name}: {CPU}", tuple(each), "µs") for name, each in values.items()]
    if len(values) == 2:
        ratios = [two / one for one, two in zip(*values.values(), strict=False)]
        figures.append(Figure(f"two web processes / one: {CPU}", tuple(ratios), "×", most(1.15)))
    return Report(NAME, figures, lost, missing)


def _paced(field: Field, name: str, serving: Serving) -> Mapping[str, float]:
    with serving.crowd(SOCKETS) as load:
        load.publish(WARM_UP, rate=RATE)
        before = serving.used()
        run = load.publish(SECONDS, rate=RATE)
        used = serving.used_since(before)
    field.lost += run.lost(name)
    return {CPU: used[SERVER] / max(run.deliveries, 1)}
