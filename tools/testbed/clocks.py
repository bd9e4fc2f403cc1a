"""How does a program get a clock that is wrong? A small library, built here, comes between it and the system's."""

import atexit
import functools
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tools.testbed.programs import find

SOURCE = Path(__file__).with_name("clock.c")


def clock_off_by(seconds: int) -> Mapping[str, str]:
    """The environment of a program whose calendar clock is that far ahead, or behind; its stopwatch stays true.

    Linux only. Raises Missing where there is no C compiler.
    """
    return {"LD_PRELOAD": str(_library()), "CLOCK_OFF_BY": str(seconds)}


@functools.cache
def _library() -> Path:
    """Built once in this process's life, and gone with it."""
    compiler = find(["cc", "gcc", "clang"], package="build-essential")
    folder = Path(tempfile.mkdtemp(prefix="pulso-clock-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    library = folder / "clock.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-O2", "-o", str(library), str(SOURCE), "-ldl"], check=True)
    return library
