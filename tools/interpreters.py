"""Which Pythons are on this machine? Runs on any Python 3.7, to find a newer one."""

from __future__ import annotations

import glob
import os
import subprocess
from collections.abc import Iterator

TESTED = ("3.13", "3.12", "3.11")
# A system Python without ensurepip makes no virtual environments.
ASK = "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2])"


def find(version: str) -> str | None:
    """The path of a Python such as "3.12" that runs and makes virtual environments; None if there is none."""
    return next((path for path in _candidates(version) if _version(path) == version), None)


def _candidates(version: str) -> Iterator[str]:
    # pyenv's shims are on PATH but run only what is switched on, so every folder of PATH gets its turn.
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        path = os.path.join(folder, "python" + version)
        if os.access(path, os.X_OK):
            yield path
    pyenv = os.environ.get("PYENV_ROOT") or os.path.expanduser("~/.pyenv")
    installed = glob.glob(os.path.join(pyenv, "versions", version + "*", "bin", "python"))
    yield from sorted(installed, reverse=True)


def _version(path: str) -> str:
    try:
        answer = subprocess.run([path, "-c", ASK], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    except OSError:
        return ""
    return answer.stdout.decode().strip()
