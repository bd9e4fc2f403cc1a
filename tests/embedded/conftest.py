"""A folder for private servers, and processes that use them."""

import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import psycopg
import pytest

from realtime.embedded.locks import is_held
from realtime.embedded.server import Address, PrivatePostgres

HOLDER = Path(__file__).with_name("holder.py")
ROOT = HOLDER.parents[2]
PATIENCE = 60.0  # s


class Holder:
    """A process that uses the server of a place."""

    def __init__(self, place: "Place", flags: tuple[str, ...]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, HOLDER, place.folder, place.system, *flags],
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    @cached_property
    def facts(self) -> dict[str, Any]:
        """What it said when it had the server."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, "the holder died"
        facts: dict[str, Any] = json.loads(line)
        assert "error" not in facts, facts["text"]
        return facts

    @property
    def postmaster(self) -> int:
        return int(self.facts["postmaster"])

    @property
    def home(self) -> Path:
        return Path(self.facts["home"])

    def query(self, statement: str) -> Any:
        """The first value that the server answers."""
        with psycopg.connect(self.facts["url"]) as connection:
            cursor = connection.execute(statement)
            row = cursor.fetchone() if cursor.description else None
            return row[0] if row else None

    def leave(self) -> None:
        """Let it release the server and end."""
        self.process.communicate("leave\n", timeout=PATIENCE)
        assert self.process.returncode == 0

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.communicate(timeout=PATIENCE)


@dataclass
class Place:
    """A checkout's `.pulso`, and root's folder, both temporary."""

    top: Path
    name: str = "checkout"
    holders: list[Holder] = field(default_factory=list)

    @property
    def folder(self) -> Path:
        return self.top / self.name / ".pulso"

    @property
    def system(self) -> Path:
        return self.top / "system"

    def make(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        for path in (self.folder, self.folder.parent):
            give_to_nobody(path)

    def server(self) -> PrivatePostgres:
        return PrivatePostgres(self.folder, system_folder=self.system)

    def hold(self, *flags: str) -> Holder:
        """Start a process that uses the server; it may still be starting."""
        self.make()
        holder = Holder(self, flags)
        self.holders.append(holder)
        return holder

    def remove(self) -> None:
        for holder in self.holders:
            if holder.process.poll() is None:
                holder.kill()
        self.server().destroy()
        lock = self.folder / "postgres" / "server.lock"
        if lock.exists() and is_held(lock):
            self.hold("--unprivileged").leave()  # attaches to what a killed one left, and stops it
        shutil.rmtree(self.top)


def nobody() -> int:
    return pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else os.geteuid()


def give_to_nobody(path: Path) -> None:
    os.chown(path, nobody(), -1)


def query(address: Address, statement: str) -> Any:
    with psycopg.connect(address.url) as connection:
        cursor = connection.execute(statement)
        row = cursor.fetchone()
        return row[0] if row else None


@contextmanager
def a_place(name: str = "checkout") -> Iterator[Place]:
    # pytest's tmp_path can't be entered by the account that runs root's servers, and is long.
    place = Place(Path(tempfile.mkdtemp(prefix="pulso-", dir="/tmp")), name)
    place.top.chmod(0o711)
    try:
        yield place
    finally:
        place.remove()


@pytest.fixture
def place() -> Iterator[Place]:
    """Where no server was yet."""
    with a_place() as place:
        yield place


@pytest.fixture(scope="module")
def used_place() -> Iterator[Place]:
    """Where a server was; the tests of a module share it and leave it stopped."""
    with a_place() as place:
        yield place
