"""Is a program that the tests need here? As root with apt it is installed, else asked for."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass


@dataclass(eq=False)
class Missing(Exception):
    """A program that the tests need is missing."""

    name: str
    package: str

    def __str__(self) -> str:
        return (
            f"The tests need {self.name}, which is not on PATH: `apt-get install {self.package}` on Debian "
            f"or Ubuntu, `brew install {self.package.removesuffix('-server')}` on macOS."
        )


def find(names: list[str], *, package: str) -> str:
    """The path of the first of `names` that exists, installed if need be; Missing if it can't be had."""
    path = _first(names)
    if path is None and os.geteuid() == 0 and shutil.which("apt-get"):
        _install(package)
        path = _first(names)
    if path is None:
        raise Missing(names[0], package)
    return path


def _first(names: list[str]) -> str | None:
    return next((path for name in names if (path := shutil.which(name))), None)


def _install(package: str) -> None:
    print(f"Installing {package} with apt-get.", file=sys.stderr, flush=True)
    # RUNLEVEL=1 keeps the package from starting a server of its own.
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    for command in (["update"], ["install", "--yes", "--no-install-recommends", package]):
        subprocess.run(["apt-get", "--quiet", *command], env=environment, stdout=sys.stderr)
