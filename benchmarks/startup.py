"""How long does a newcomer wait? `make run` in a clean clone until the first page, and the second time.

Downloads don't count: a first clone makes its virtual environment before the clock starts, which leaves every package
in pip's cache. The clone is of what is committed.
"""

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from benchmarks.results import Report, figure, most
from benchmarks.servers import SERVERS, forget_embedded
from tests.acceptance.cluster import ROOT, free_port

NAME = "startup"
PATIENCE = 300.0
STOP_PATIENCE = 30.0
# They name this installation, or its virtual environment.
OURS = {*SERVERS, "PULSO_DATA_DIR", "DJANGO_SETTINGS_MODULE", "PYTHONPATH", "VIRTUAL_ENV", "MAKEFLAGS", "MAKELEVEL"}


def measure() -> Report:
    """Two clones: one fills pip's cache, the other is measured."""
    with clone() as first:
        started = time.monotonic()
        subprocess.run(["make", "needs-run"], cwd=first, env=_environment(0), check=True, capture_output=True)
        filling = time.monotonic() - started
    with clone() as fresh:
        clean, second = (_to_first_page(fresh) for _ in range(2))
    figures = [
        figure("make run in a clean clone to the first page", clean, "s", most(90)),
        figure("make run again to the first page", second, "s", most(10)),
        figure("environment of the clone before, with downloads if any", filling, "s"),
    ]
    return Report(NAME, figures)


@contextmanager
def clone() -> Iterator[Path]:
    """A clean clone, gone afterwards with all that it made."""
    with tempfile.TemporaryDirectory(prefix="pulso-bench-", dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o711)  # root's PostgreSQL runs as another user
        checkout = folder / "pulso"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(checkout)], check=True)
        try:
            yield checkout
        finally:
            forget_embedded(checkout / ".pulso")


def _to_first_page(checkout: Path) -> float:
    """Seconds from `make run` until a browser would have a page; ends what it started."""
    port = free_port()
    log = checkout.parent / "make.log"
    started = time.monotonic()
    with log.open("ab") as file:
        # A session of its own, so that all of it gets the Ctrl-C.
        process = subprocess.Popen(
            ["make", "run"], cwd=checkout, env=_environment(port), stdout=file, stderr=file, start_new_session=True
        )
    try:
        _await_page(f"http://127.0.0.1:{port}/", process, log)
        return time.monotonic() - started
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.wait(STOP_PATIENCE)


def _await_page(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(url, follow_redirects=True, timeout=30).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.05)
    raise RuntimeError(f"no page at {url}:\n{log.read_text(errors='replace')[-4000:]}")


def _environment(port: int) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in OURS}
    return kept | {"PORT": str(port)}
