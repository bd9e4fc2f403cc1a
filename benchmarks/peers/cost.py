"""What does one more delivery cost each server? The slope of its CPU between 500 and 1,500 sockets, 200-byte events.

All are measured at the same pace, at which each event goes out by itself: under load Pulso writes several as one, and
then its slope would say how many rather than what one costs.
"""

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
WARM_UP, SECONDS, FLOODED = 0.3, 4.0, 1.0
RATE = 30
# Events under way at the floor, so that the load has always something to read.
FLOOD = 8
SLOPE = "CPU of one more delivery"
RECEIVED = "frames a second that the load reads of its core"


def measure(without: frozenset[str] = frozenset()) -> Report:
    """Every peer in turn, five times."""
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
    # Plain Channels can't keep the pace: one at a time.
    pace = {"rate": RATE} if serving.window > 1 else {"window": serving.window}
    with serving.crowd(0) as load:
        found: dict[str, float] = {}
        costs: list[float] = []
        for sockets in (FEW, MANY):
            load.open(sockets - (FEW if costs else 0))
            load.publish(WARM_UP, window=serving.window)
            before = serving.used()
            run = load.publish(SECONDS * serving.patience, **pace)
            costs.append(serving.used_since(before)[SERVER] / max(run.events, 1) * MICROSECONDS)
            field.lost += run.lost(name)
            found["frame"] = run.frame_bytes
        if name == FLOOR.name:
            flooded = load.publish(FLOODED, window=FLOOD)
            field.lost += flooded.lost(name)
            found[RECEIVED] = flooded.deliveries / flooded.cpu
    return found | {SLOPE: (costs[1] - costs[0]) / (MANY - FEW)}
