"""How is a server loaded, and what came of it? By the C program of benchmarks/load, one line of orders at a time."""

import contextlib
import json
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.building import HERE, c_program
from benchmarks.processes import CLIENT_CPU, on_cpu

# More than any run publishes: it ends by its seconds.
UNBOUNDED = 10_000_000
END_WAIT = 10.0


@dataclass(frozen=True, slots=True)
class Run:
    """What one order to publish brought. Latencies in µs, from when an event was due to when a socket had it."""

    events: int
    sockets: int
    deliveries: int
    missing: int
    doubled: int
    strayed: int
    failed_posts: int
    closed: int
    seconds: float
    cpu: float
    frame_bytes: int
    p50: float
    p99: float
    max: float

    def lost(self, who: str) -> Sequence[str]:
        """Everything that should have come and didn't, and all else that must not happen."""
        wrong = {
            "deliveries missing": self.missing,
            "deliveries twice": self.doubled,
            "deliveries to the wrong room": self.strayed,
            "posts failed": self.failed_posts,
            "sockets closed": self.closed,
        }
        found = [f"{who}, {self.sockets} sockets, {self.events} events: {n} {what}" for what, n in wrong.items() if n]
        return found if self.events else [*found, f"{who}: nothing was published"]


class Load:
    """The running program, on the load's CPU. Raises RuntimeError where it has ended."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def open(self, count: int) -> None:
        """So many more sockets, each ready; raises RuntimeError where one isn't."""
        answer = self._order(f"open {count}")
        if answer["opened"] != count:
            raise RuntimeError(f"{answer['opened']} of {count} sockets could be opened")

    def publish(self, seconds: float, *, rate: float = 0.0, window: int = 1, batch: int = 1) -> Run:
        """Publish for so long: `rate` events a second, or so that `window` posts of `batch` events are under way."""
        return Run(**self._order(f"publish {UNBOUNDED} {seconds} {rate} {window} {batch}"))

    def idle(self, seconds: float) -> None:
        """Only answer pings; raises RuntimeError where a socket was closed."""
        if closed := self._order(f"idle {seconds}")["closed"]:
            raise RuntimeError(f"{closed} idle sockets were closed")

    def _order(self, line: str) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError(f"the load ended at: {line}")
        document: dict[str, Any] = json.loads(answer)
        return document


@contextmanager
def load(
    ports: Sequence[int], paths: Sequence[str], options: Mapping[str, str], rooms: Sequence[str] = ()
) -> Iterator[Load]:
    """A load on these ports; socket n asks for paths[n % len(paths)]. Its sockets go with it.

    `rooms`: a header for each of several rooms, to which POSTs go in turn; socket n is in room n % len(rooms).
    """
    with tempfile.TemporaryDirectory(prefix="pulso-load-") as folder:
        files = {"paths": paths, "post-headers": rooms}
        lists = {name: _written(Path(folder) / name, lines) for name, lines in files.items() if lines}
        command = [str(c_program(HERE / "load")), "--ports", ",".join(map(str, ports))]
        command += [word for name, value in {**options, **lists}.items() for word in (f"--{name}", value)]
        with on_cpu(CLIENT_CPU):
            process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            yield Load(process)
        finally:
            assert process.stdin is not None
            assert process.stdout is not None
            with contextlib.suppress(BrokenPipeError):
                process.stdin.close()
            try:
                process.wait(END_WAIT)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            process.stdout.close()


def _written(file: Path, lines: Sequence[str]) -> str:
    file.write_text("".join(f"{line}\n" for line in lines))
    return str(file)
