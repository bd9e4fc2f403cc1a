"""How are several servers measured in one run? In turns, so that what else the machine does meets all of them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from benchmarks.building import Unbuilt
from benchmarks.crowd import allow_files
from benchmarks.peers.peer import SERVER, Peer, Serving
from benchmarks.results import Bound, Figure
from tools.testbed.programs import Missing

MICROSECONDS = 1e6
# A server holds its sockets and its own files.
MOST_FILES = 18_000


@dataclass(slots=True)
class Field:
    """The servers that run side by side; why others don't; what went missing in the run."""

    serving: dict[str, Serving] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)

    def rounds(self, count: int, measure: Callable[[str, Serving], Mapping[str, float]]) -> "Series":
        """Measure each server in turn, so many times. One that fails is lost, and not measured again."""
        series = Series()
        for _ in range(count):
            for name, serving in list(self.serving.items()):
                try:
                    series.add(name, measure(name, serving))
                except RuntimeError as error:
                    self.lost.append(f"{name}: {error}")
                    del self.serving[name]
        return series


class Series:
    """What was measured: name of the server -> name of the figure -> its value in each round."""

    def __init__(self) -> None:
        self._values: dict[str, dict[str, list[float]]] = {}

    def add(self, server: str, figures: Mapping[str, float]) -> None:
        """The figures of one server in one round."""
        for name, value in figures.items():
            self._values.setdefault(server, {}).setdefault(name, []).append(value)

    def figures(self, name: str, unit: str, scale: float = 1.0, but: str = "") -> Iterator[Figure]:
        """That figure of every server that has it, `but` one."""
        for server, values in self._values.items():
            if name in values and server != but:
                yield Figure(f"{server}: {name}", tuple(value * scale for value in values[name]), unit)

    def ratio(self, name: str, ours: str, theirs: str, bound: Bound | None = None) -> Iterator[Figure]:
        """That figure of one server against another's of the same round; nothing where either is missing."""
        both = [self._values.get(server, {}).get(name, []) for server in (ours, theirs)]
        pairs = [(mine, yours) for mine, yours in zip(*both, strict=False) if yours > 0]
        if pairs:
            values = tuple(mine / yours for mine, yours in pairs)
            yield Figure(f"{ours} / {theirs}: {name}", values, "×", bound)

    def bounded(self, server: str, name: str, unit: str, bound: Bound, scale: float = 1.0) -> Iterator[Figure]:
        """That figure of one server, which a bound holds."""
        for figure in self.figures(name, unit, scale):
            if figure.name == f"{server}: {name}":
                yield Figure(figure.name, figure.values, unit, bound)


@contextmanager
def side_by_side(peers: Sequence[Peer], without: frozenset[str]) -> Iterator[Field]:
    """All of them but those left out by name, started; gone at the end."""
    allow_files(MOST_FILES)
    running = Field()
    with ExitStack() as stack:
        for peer in peers:
            if peer.name in without:
                continue
            try:
                running.serving[peer.name] = stack.enter_context(peer.serve())
            except (Missing, Unbuilt, RuntimeError) as error:
                running.missing.append(f"{peer.name}: {error}")
        yield running


def everything(used: Mapping[str, float]) -> float:
    """CPU of a server and of all that works for it."""
    return sum(used.values())


def others(used: Mapping[str, float]) -> Mapping[str, float]:
    """CPU of what works for a server, by name."""
    return {part: seconds for part, seconds in used.items() if part != SERVER}
