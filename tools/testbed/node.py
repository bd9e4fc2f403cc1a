"""Which Node.js runs the teams' own client libraries? The system's, with its npm."""

import subprocess
from dataclasses import dataclass

from tools.testbed.programs import find

OLDEST = 18


@dataclass(eq=False)
class TooOld(Exception):
    """The Node.js on PATH is too old for the tests' client libraries."""

    path: str
    version: str

    def __str__(self) -> str:
        return f"The tests need Node.js {OLDEST} or newer; {self.path} is {self.version}."


def node() -> str:
    """The path of the program; Missing if there is none, TooOld if it won't do."""
    path = find(["node", "nodejs"], package="nodejs")
    version = subprocess.run([path, "--version"], capture_output=True, text=True).stdout.strip()
    if not version.startswith("v") or int(version[1:].partition(".")[0]) < OLDEST:
        raise TooOld(path, version)
    return path


def npm() -> str:
    """The path of Node's package manager; Missing if there is none."""
    return find(["npm"], package="npm")
