"""How do fifty workers start within a minute? Forked from one process that has imported everything already.

Run as a program it forks a worker for each line that it reads, and answers with its pid. What is forked is the real
`runworker changes`; only the second that Python needs to import it is saved.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path


class Nursery:
    """Starts workers, kills them, and at its end those that are left. Use as a context manager."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.living: list[int] = []
        self._log = (folder / "nursery.log").open("ab")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.acceptance.nursery"],
            env=dict(environment), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log, text=True,
        )  # fmt: skip

    def __enter__(self) -> "Nursery":
        return self

    def __exit__(self, *error: object) -> None:
        while self.living:
            self.kill(self.living[0])
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()
        self._log.close()

    def start(self) -> int:
        """A new worker's pid; it works a moment later."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        pid = int(self._process.stdout.readline())
        self.living.append(pid)
        return pid

    def kill(self, pid: int) -> None:
        """SIGKILL."""
        os.kill(pid, signal.SIGKILL)
        self.living.remove(pid)


def main() -> None:
    import django

    django.setup()
    from realtime.management.commands.runworker import ChangesWorker  # needs loaded apps

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the dead are reaped by the kernel
    for _ in sys.stdin:
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            ChangesWorker(None, ["changes"], None).run()
            os._exit(0)
        print(pid, flush=True)


if __name__ == "__main__":
    main()
