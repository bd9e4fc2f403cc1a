"""How does a test get real web processes and workers, on real PostgreSQL and Redis?"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import psycopg
from django.conf import settings

from tests.acceptance.databases import url_of

ROOT = Path(settings.BASE_DIR)
# Embedded, a start makes the database too.
START_TIMEOUT = 90.0
STOP_TIMEOUT = 30.0


class Program:
    """One process of ours: its log is kept, and it is ended by its own pid."""

    def __init__(
        self, name: str, arguments: Sequence[str], environment: Mapping[str, str], log: Path, root: Path = ROOT
    ) -> None:
        self.name, self.log = name, log
        self._file = log.open("ab")
        self.process = subprocess.Popen(
            [sys.executable, *arguments], cwd=root, env=dict(environment), stdout=self._file, stderr=self._file
        )

    @property
    def pid(self) -> int:
        return self.process.pid

    def signal(self, number: int) -> None:
        self.process.send_signal(number)

    def kill(self) -> None:
        """SIGKILL, and reap."""
        self.process.kill()
        self.process.wait()
        self._file.close()

    def stop(self) -> int:
        """SIGTERM; returns the exit status. A frozen process is woken first."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
        try:
            return self.process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        finally:
            self._file.close()

    def text(self) -> str:
        """What it has logged."""
        return self.log.read_text(errors="replace")


class Web(Program):
    """`manage.py serve` on a port of its own, with further flags of that command."""

    def __init__(self, port: int, *flags: str, **options: Any) -> None:
        command = ["manage.py", "serve", "--host", "127.0.0.1", "--port", str(port), *flags]
        super().__init__(f"web-{port}", command, **options)
        self.port = port

    @property
    def http(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def ws(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    def wait_ready(self) -> None:
        """Return once /health/ready says 200; raises with the log when it doesn't."""
        deadline = time.monotonic() + START_TIMEOUT
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                if httpx.get(f"{self.http}/health/ready", timeout=5).status_code == 200:
                    return
            except httpx.HTTPError:
                pass
            time.sleep(0.1)
        raise AssertionError(f"{self.name} did not get ready:\n{self.text()[-4000:]}")


class Cluster:
    """Web processes and workers on one migrated database and one Redis. Use as a context manager.

    `root`: where the project is that they run.
    """

    def __init__(self, database: str, folder: Path, **environment: str) -> None:
        self.database, self.folder, self.root = database, folder, ROOT
        self.webs: list[Web] = []
        self.workers: list[Program] = []
        self.environment = {
            **os.environ,
            "DATABASE_URL": url_of(database),
            "REDIS_URL": str(settings.REDIS_URL),
            "SECRET_KEY": settings.SECRET_KEY,
            "JWT_SECRET": settings.JWT_SECRET,
            "LAYER_PREFIX": settings.LAYER_PREFIX,
            "PULSO_DATA_DIR": str(folder),
            "PULSO_DEMO": "0",
            "PYTHONUNBUFFERED": "1",
            **environment,
        }

    def __enter__(self) -> "Cluster":
        return self

    def __exit__(self, *error: object) -> None:
        with ExitStack() as ends:  # all of them, though one may not end in time
            for program in [*self.workers, *self.webs]:
                ends.callback(program.stop)

    def start(self, webs: int = 1, workers: int = 1) -> "Cluster":
        """Start processes and wait until they are ready."""
        new = [self.add_web(wait=False) for _ in range(webs)]
        hands = [self.add_worker(wait=False) for _ in range(workers)]
        for web in new:
            web.wait_ready()
        for worker in hands:
            self.wait_working(worker)
        return self

    def add_web(self, *flags: str, wait: bool = True, port: int | None = None, **environment: str) -> Web:
        web = Web(
            port or free_port(),
            *flags,
            environment=self.environment | environment,
            log=self._log("web"),
            root=self.root,
        )
        self.webs.append(web)
        if wait:
            web.wait_ready()
        return web

    def add_worker(self, wait: bool = True, **environment: str) -> Program:
        arguments = ["manage.py", "runworker", "changes"]
        worker = Program("worker", arguments, self.environment | environment, self._log("worker"), self.root)
        self.workers.append(worker)
        if wait:
            self.wait_working(worker)
        return worker

    def wait_working(self, worker: Program) -> None:
        """Return once the worker is in the registry of leases."""
        deadline = time.monotonic() + START_TIMEOUT
        with self.connect() as connection:
            while time.monotonic() < deadline and worker.process.poll() is None:
                if connection.execute("SELECT FROM processes WHERE id LIKE %s", [f"%-{worker.pid}-%"]).rowcount:
                    return
                time.sleep(0.1)
        raise AssertionError(f"a worker did not start:\n{worker.text()[-4000:]}")

    def manage(self, *arguments: str, **options: Any) -> "subprocess.CompletedProcess[str]":
        """Run a management command in a process of its own."""
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.run(
            command, cwd=self.root, env=self.environment, capture_output=True, text=True, timeout=300, **options
        )

    def wait_told(self) -> None:
        """Return once everything that was written so far is told."""
        deadline = time.monotonic() + START_TIMEOUT
        with self.connect() as connection:
            while connection.execute("SELECT FROM changes").rowcount:
                assert time.monotonic() < deadline, self.logs()
                time.sleep(0.02)

    def connect(self) -> "psycopg.Connection[Any]":
        """A connection as psql has it: none of our session settings, but for the schema."""
        url, options = self.environment["DATABASE_URL"], f"-c search_path={settings.SCHEMA}"
        return psycopg.connect(url, autocommit=True, options=options)

    def logs(self) -> str:
        """What all processes have logged."""
        return "\n".join(program.text() for program in [*self.webs, *self.workers])

    def _log(self, name: str) -> Path:
        number = len(self.webs) + len(self.workers)
        return self.folder / f"{name}-{number}.log"


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
