"""In which order do all the tests run? Side by side what can, then by itself what measures time or kills things."""

import os
import subprocess
import sys

# They count milliseconds, memory or statements, or stop servers: each needs the machine for itself.
ALONE = [
    "tests/acceptance/faults",
    "tests/acceptance/test_attached.py",
    "tests/acceptance/test_bad_input.py",
    "tests/acceptance/test_bursts.py",
    "tests/acceptance/test_chaos.py",
    "tests/acceptance/test_duties.py",
    "tests/acceptance/test_killed_clients.py",
    "tests/acceptance/test_killed_workers.py",
    "tests/acceptance/test_one_change.py",
    "tests/acceptance/test_outages.py",
    "tests/acceptance/test_stopping.py",
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
    rest = [f"--ignore={path}" for path in ALONE]
    # Both always run: who mends one failure wants to know of all.
    first = _pytest("--numprocesses", str(side_by_side), *BY_FILE, *rest)
    return _pytest(*ALONE) or first


def _pytest(*arguments: str) -> int:
    return subprocess.run([sys.executable, "-m", "pytest", "--durations=12", *arguments]).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
