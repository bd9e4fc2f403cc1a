"""What does one published event cost Pulso, however few hear it? Posted, journaled, numbered; single and in batches."""

from collections.abc import Mapping
from functools import partial

from benchmarks.peers.ours import OURS
from benchmarks.peers.peer import SERVER, Serving
from benchmarks.peers.side_by_side import Field, others, side_by_side
from benchmarks.results import Report, most

NAME = "peers-publish"
SOCKETS = 1
BATCH = 100
ROUNDS = 3
WARM_UP, SECONDS = 1.0, 4.0
MILLISECONDS = 1000.0
SINGLE, IN_BATCHES = "CPU of an event", f"CPU of an event in batches of {BATCH}"
SIZES = {SINGLE: 1, IN_BATCHES: BATCH}


def measure(without: frozenset[str] = frozenset()) -> Report:
    """One listener, two posts under way."""
    with side_by_side([OURS], without) as field:
        series = field.rounds(ROUNDS, partial(_costs, field))
    figures = [
        *series.bounded(OURS.name, SINGLE, "ms", most(4), MILLISECONDS),
        *series.bounded(OURS.name, IN_BATCHES, "ms", most(0.4), MILLISECONDS),
        *(
            figure
            for name in SIZES
            for part in ("PostgreSQL", "Redis")
            for figure in series.figures(f"{name}, {part}", "ms", MILLISECONDS)
        ),
        *(figure for name in SIZES for figure in series.figures(f"{name}, so many a second", "/s")),
    ]
    return Report(NAME, figures, field.lost, field.missing)


def _costs(field: Field, name: str, serving: Serving) -> Mapping[str, float]:
    found: dict[str, float] = {}
    with serving.crowd(SOCKETS) as load:
        for figure, batch in SIZES.items():
            load.publish(WARM_UP, window=2, batch=batch)
            before = serving.used()
            run = load.publish(SECONDS, window=2, batch=batch)
            used = serving.used_since(before)
            field.lost += run.lost(name)
            found[figure] = used[SERVER] / max(run.events, 1)
            found |= {f"{figure}, {part}": seconds / max(run.events, 1) for part, seconds in others(used).items()}
            found[f"{figure}, so many a second"] = run.events / run.seconds
    return found
