"""What does one more delivery cost each server? The slope of its CPU between 500 and 1,500 sockets, 200-byte events."""

from collections.abc import Mapping
from functools import partial

from benchmarks.peers.known import CHANNELS, FLOOR, GORILLA, NCHAN, SOCKETIO, WS
from benchmarks.peers.ours import OURS
from benchmarks.peers.peer import SERVER, Serving
from benchmarks.peers.side_by_side import MICROSECONDS, Field, side_by_side
from benchmarks.results import Figure, Report, least, most

NAME = "peers-cost"
FEW, MANY = 500, 1_500
ROUNDS = 5
WARM_UP, SECONDS = 0.3, 2.5
# Events under way at the floor, so that the load has always something to read.
FLOOD = 8
SLOPE = "CPU of one more delivery"
RECEIVED = "frames a second that the load reads of its core"


def measure(without: frozenset[str] = frozenset()) -> Report:
    """Every peer in turn, three times."""
    peers = (FLOOR, OURS, GORILLA, CHANNELS, NCHAN, WS, SOCKETIO)
    with side_by_side(peers, without) as field:
        series = field.rounds(ROUNDS, partial(_slope, field))
    figures: list[Figure] = [
        *series.bounded(FLOOR.name, RECEIVED, "/s", least(100_000)),
        *series.figures(SLOPE, "µs"),
        *series.ratio(SLOPE, OURS.name, FLOOR.name, most(1.5)),
        *series.ratio(SLOPE, OURS.name, CHANNELS.name, most(1 / 15)),
        *series.ratio(SLOPE, OURS.name, GORILLA.name),
        *series.figures("frame", "bytes"),
    ]
    return Report(NAME, figures, field.lost, field.missing)


def _slope(field: Field, name: str, serving: Serving) -> Mapping[str, float]:
    with serving.crowd(0) as load:
        found: dict[str, float] = {}
        costs: list[float] = []
        for sockets in (FEW, MANY):
            load.open(sockets - (FEW if costs else 0))
            load.publish(WARM_UP, window=serving.window)
            before = serving.used()
            run = load.publish(SECONDS * serving.patience, window=FLOOD if name == FLOOR.name else serving.window)
            costs.append(serving.used_since(before)[SERVER] / max(run.events, 1) * MICROSECONDS)
            field.lost += run.lost(name)
            found[RECEIVED] = run.deliveries / run.cpu
            found["frame"] = run.frame_bytes
    return found | {SLOPE: (costs[1] - costs[0]) / (MANY - FEW)}
