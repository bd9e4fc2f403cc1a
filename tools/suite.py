"""In which order do all the tests run? Side by side what can, then what kills things, then what measures time alone."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

# It takes long and does little: clients who come and go for minutes.
CHURN = ["tests/acceptance/test_churn.py"]
# They kill things, and wait seconds for what becomes of them; the first have servers of their own.
FAULTS = ["tests/acceptance/faults"]
KILLING = [
    "tests/acceptance/test_chaos.py",
    "tests/acceptance/test_duties.py",
    "tests/acceptance/test_outages.py",
    "tests/acceptance/test_stopping.py",
]
# They count milliseconds, memory or statements: each needs the machine for itself.
ALONE = [
    "tests/acceptance/test_attached.py",
    "tests/acceptance/test_bad_input.py",
    "tests/acceptance/test_bursts.py",
    "tests/acceptance/test_killed_clients.py",
    "tests/acceptance/test_killed_workers.py",
    "tests/acceptance/test_one_change.py",
    "tests/acceptance/test_ticks.py",
    "tests/frames",
    "tests/gate",
    "tests/hub",
    "tests/races",
]
MOST_SIDE_BY_SIDE = 4
# In the order of their names: by the number of its tests, the longest file of all would come last and alone.
BY_FILE = ["--dist", "loadfile", "--no-loadscope-reorder"]


def main(arguments: list[str]) -> int:
    if arguments:
        return _pytest(*arguments)
    side_by_side = min(os.cpu_count() or 1, MOST_SIDE_BY_SIDE)
    rest = [f"--ignore={path}" for path in [*CHURN, *FAULTS, *KILLING, *ALONE]]
    # All always run: who mends one failure wants to know of all.
    with _beside(CHURN) as churn:
        codes = [_pytest("--numprocesses", str(side_by_side), *BY_FILE, *rest)]
    with _beside(FAULTS) as faults:
        codes.append(_pytest(*KILLING))
    codes += [_pytest(*ALONE), churn.returncode, faults.returncode]
    return next(filter(None, codes), 0)


def _pytest(*arguments: str) -> int:
    return subprocess.run(_command(*arguments)).returncode


@contextmanager
def _beside(paths: list[str]) -> Iterator["subprocess.Popen[bytes]"]:
    """These tests on a testbed of their own during the block, which ends with them; then what they have printed."""
    with tempfile.TemporaryFile() as printed:
        process = subprocess.Popen(_command(*paths, testbed=True), stdout=printed, stderr=subprocess.STDOUT)
        try:
            yield process
            process.wait()
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                process.wait()
            _print(printed)


def _command(*arguments: str, testbed: bool = False) -> list[str]:
    servers = ["-m", "tools.testbed"] if testbed else []
    return [sys.executable, *servers, "-m", "pytest", "--durations=12", *arguments]


def _print(printed: IO[bytes]) -> None:
    printed.seek(0)
    sys.stdout.buffer.write(printed.read())
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
