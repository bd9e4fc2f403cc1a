"""Do the tests pass on every Python and Django that Pulso supports? One virtual environment for each."""

import subprocess
import sys

from tools import interpreters

ROWS = {"3.11": [], "3.12": ["Django>=6.1,<6.2"], "3.13": ["Django>=6.1,<6.2"]}


def main() -> None:
    outcomes = {}
    for version, extra in ROWS.items():
        print(f"== Python {version} {' '.join(extra)}", flush=True)
        outcomes[version] = _test(version, extra)
    print("\n".join(f"Python {version}: {outcome}" for version, outcome in outcomes.items()))
    sys.exit(any(outcome != "passed" for outcome in outcomes.values()))


def _test(version: str, extra: "list[str]") -> str:
    python = interpreters.find(version)
    if python is None:
        return "NOT TESTED, no such Python on PATH or in pyenv"
    folder = f".venv-{version}"
    overruled = [f"--extra={requirement}" for requirement in extra]
    made = [python, "-m", "tools.venv", "--folder", folder, *overruled, "requirements-dev.txt"]
    tested = [f"{folder}/bin/python", "-m", "tools.testbed", "-m", "tools.suite", *sys.argv[1:]]
    for command in (made, tested):
        if subprocess.run(command).returncode != 0:
            return "FAILED"
    return "passed"


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
