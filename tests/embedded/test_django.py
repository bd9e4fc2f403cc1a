"""Does Django start the private PostgreSQL when it needs it, and let go of it however the program ends?"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from realtime.embedded.locks import is_held
from realtime.embedded.server import PrivatePostgres
from tests.embedded.conftest import PATIENCE, ROOT

PROGRAM = Path(__file__).with_name("django_user.py")


class Checkout:
    """A checkout at the usual places, and programs that run in it."""

    def __init__(self, top: Path) -> None:
        self.folder = top / ".pulso"
        self.server = PrivatePostgres(self.folder)

    def start(self, action: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-W", "error", PROGRAM, self.folder, action],
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, action: str) -> list[str]:
        """The lines that a program prints, which must end well and leave no server."""
        process = self.start(action)
        output, complaints = process.communicate(timeout=PATIENCE)
        assert (process.returncode, complaints) == (0, "")
        assert not self.served
        return output.split()

    @property
    def served(self) -> bool:
        return self.server.home.path.exists() and is_held(self.server.home.server_lock)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    checkout = Checkout(tmp_path_factory.mktemp("checkout"))
    yield checkout
    checkout.server.destroy()


def test_program_that_needs_no_database_starts_none(tmp_path: Path) -> None:
    checkout = Checkout(tmp_path)
    assert checkout.run("idle") == ["idle"]
    assert not checkout.folder.exists()
    assert not checkout.server.home.path.exists()


def test_connecting_starts_a_server_and_the_end_stops_it(checkout: Checkout) -> None:
    assert checkout.run("connects") == ["pulso", "pulso"]


def test_test_databases_are_made_and_removed(checkout: Checkout) -> None:
    assert checkout.run("makes_test_database") == ["test_pulso"]


def test_dbshell_finds_the_server(checkout: Checkout) -> None:
    assert checkout.run("opens_psql") == ["42"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_signal_stops_program_and_server(checkout: Checkout, number: signal.Signals) -> None:
    process = checkout.start("waits")
    assert process.stdout is not None
    assert process.stdout.readline() == "1\n"
    assert checkout.served
    process.send_signal(number)
    process.communicate(timeout=PATIENCE)
    assert process.returncode in (128 + number, -number)
    assert not checkout.served
