"""In which order do all the tests run? Side by side what can, then by itself what measures time or kills things."""

import os
import subprocess
import sys

# They start and kill processes, stop the clock, count seconds: each needs the machine for itself.
ALONE = [
    "tests/acceptance",
    "tests/embedded",
    "tests/frames",
    "tests/hub",
    "tests/pages",
    "tests/races",
]
MOST_SIDE_BY_SIDE = 4


def main(arguments: list[str]) -> int:
    if arguments:
        return _pytest(*arguments)
    side_by_side = min(os.cpu_count() or 1, MOST_SIDE_BY_SIDE)
    rest = [f"--ignore={path}" for path in ALONE]
    # Both always run: who mends one failure wants to know of all.
    first = _pytest("--numprocesses", str(side_by_side), "--dist", "loadfile", *rest)
    return _pytest(*ALONE) or first


def _pytest(*arguments: str) -> int:
    return subprocess.run([sys.executable, "-m", "pytest", *arguments]).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
