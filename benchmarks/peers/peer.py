"""What is a server that can be measured? It starts on one core, and says how it is loaded and who works for it."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field

import psutil

from benchmarks.loads import Load, load
from benchmarks.processes import cpu_seconds

EVENT_BYTES = 200
STAMP = "STAMP"
STAMP_BYTES = 31
# A hub's registering goes on for a moment after the last 101.
SETTLE = 0.5
# The part whose figures are compared; others, such as databases, are named apart.
SERVER = "server"


@dataclass(frozen=True, slots=True)
class Serving:
    """A server that runs. `parts`: what works for it -> the processes whose trees that are."""

    ports: Sequence[int]
    paths: Sequence[str]
    options: Mapping[str, str]
    parts: Mapping[str, Sequence[int]]
    window: int = 2
    # A slow server is measured for so much longer.
    patience: float = 1.0

    @contextmanager
    def crowd(self, sockets: int) -> Iterator[Load]:
        """So many sockets, and what publishes to them; a few events have warmed both."""
        with load(self.ports, self.paths, self.options) as loading:
            loading.open(sockets)
            time.sleep(SETTLE)
            yield loading

    def used(self) -> Mapping[str, float]:
        """Seconds of CPU that each part has used until now."""
        return {part: sum(map(cpu_seconds, pids)) for part, pids in self.parts.items()}

    def used_since(self, before: Mapping[str, float]) -> Mapping[str, float]:
        """Seconds of CPU that each part has used since then."""
        return {part: seconds - before[part] for part, seconds in self.used().items()}

    def memory(self) -> float:
        """Bytes of memory that the server's own processes hold, shared pages by share."""
        return float(sum(map(_tree_pss, self.parts[SERVER])))


@dataclass(frozen=True, slots=True)
class Peer:
    """A server by name. `serve()` raises Missing or Unbuilt where it can't be had here."""

    name: str
    serve: Callable[[], AbstractContextManager[Serving]] = field(repr=False)


def item(prefix: str, suffix: str, frame: str = "{}") -> str:
    """A posted event whose frame has EVENT_BYTES; `frame` is what the server makes around it."""
    bare = len(frame.replace("{}", prefix + suffix)) + STAMP_BYTES
    return f"{prefix}{STAMP}{'x' * (EVENT_BYTES - bare)}{suffix}"


def _tree_pss(pid: int) -> int:
    process = psutil.Process(pid)
    return sum(_pss(each.pid) for each in (process, *process.children(recursive=True)))


def _pss(pid: int) -> int:
    with open(f"/proc/{pid}/smaps_rollup") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("Pss:"))
