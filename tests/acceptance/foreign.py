"""How does a test speak with the libraries that the teams use? By the programs of tests/clients, unmodified."""

import asyncio
import http.server
import json
import os
import shutil
import subprocess
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from tests.acceptance.cluster import ROOT
from tests.acceptance.waiting import until

SOURCE = ROOT / "tests" / "clients"
INSTALL_TIMEOUT = 180.0
PATIENCE = 10.0


def install(folder: Path) -> Path:
    """A copy of tests/clients with the packages of its lock file; raises CalledProcessError with npm's words shown."""
    copy = folder / "clients"
    shutil.copytree(SOURCE, copy, ignore=shutil.ignore_patterns("node_modules"))
    npm = os.environ.get("PULSO_NPM", "npm")
    command = [npm, "ci", "--ignore-scripts", "--prefer-offline"]
    subprocess.run(command, cwd=copy, check=True, timeout=INSTALL_TIMEOUT, stdout=subprocess.DEVNULL)
    return copy


class NodeClient:
    """A running program; each JSON line that it tells is kept."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.told: list[Any] = []
        self._process = process
        self._news = asyncio.Event()
        self._task = asyncio.create_task(self._read())

    async def order(self, name: str, value: Any) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({name: value}).encode() + b"\n")
        await self._process.stdin.drain()

    def of(self, name: str) -> list[Any]:
        """What it told under that name."""
        return [document[name] for document in self.told if name in document]

    async def wait_for(self, name: str, count: int, timeout: float = PATIENCE) -> list[Any]:
        """What it told under that name, once that are so many; raises TimeoutError naming all that it told."""
        await self.wait_until(lambda: len(self.of(name)) >= count, timeout)
        return self.of(name)

    async def wait_until(self, holds: Callable[[], bool], timeout: float = PATIENCE) -> None:
        await until(holds, self._news, timeout, lambda: f"it told {self.told[-5:]!r}")

    async def end(self) -> None:
        """Close its orders, which ends it."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        await asyncio.wait_for(self._process.wait(), PATIENCE)
        await self._task

    async def _read(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            self.told.append(json.loads(line))
            self._news.set()


@asynccontextmanager
async def node_client(folder: Path, script: str, *arguments: str) -> AsyncIterator[NodeClient]:
    """A program of the installed copy, ended at the end."""
    node = os.environ.get("PULSO_NODE", "node")
    process = await asyncio.create_subprocess_exec(
        node, script, *arguments, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    running = NodeClient(process)
    try:
        yield running
    finally:
        await running.end()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def front_end() -> Iterator[str]:
    """The page of tests/clients from a web server that isn't ours, as its URL."""

    def handler(*arguments: Any) -> _Quiet:
        return _Quiet(*arguments, directory=str(SOURCE))

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://localhost:{server.server_port}/page.html"
        finally:
            server.shutdown()
            thread.join()
