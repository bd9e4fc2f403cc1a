"""What does a start find after a crash, and does it go on from there?"""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from realtime.embedded.locks import is_held
from tests.embedded.conftest import PATIENCE, Place, nobody

UNPRIVILEGED = "--unprivileged"


@contextmanager
def foreign_process(uid: int) -> Iterator[int]:
    process = subprocess.Popen(["sleep", "300"], user=uid if os.geteuid() == 0 else None)
    try:
        yield process.pid
        assert process.poll() is None, "it was killed"
    finally:
        process.kill()
        process.wait()


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_server_of_a_killed_owner_is_taken_over(used_place: Place) -> None:
    owner = used_place.hold("--owner")
    postmaster = owner.postmaster
    owner.kill()
    heir = used_place.hold()
    assert heir.postmaster == postmaster
    heir.leave()
    assert not is_held(heir.home / "server.lock")


def test_committed_rows_survive_the_kill_of_owner_and_server(used_place: Place) -> None:
    owner = used_place.hold("--owner")
    owner.query("CREATE TABLE kept AS SELECT 42 AS value")
    os.kill(owner.postmaster, signal.SIGKILL)
    owner.kill()
    heir = used_place.hold()
    assert heir.postmaster != owner.postmaster
    assert heir.query("SELECT value FROM kept") == 42
    heir.leave()


@pytest.mark.parametrize("flags", [(), (UNPRIVILEGED,)], ids=["as we are", "unprivileged"])
def test_foreign_process_named_by_a_stale_pid_file_survives(place: Place, flags: tuple[str, ...]) -> None:
    holder = place.hold(*flags)
    pid_file = holder.home / "data" / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    os.kill(holder.postmaster, signal.SIGKILL)
    holder.kill()
    wait_for(lambda: not is_held(pid_file.parent.parent / "server.lock"))
    with foreign_process(nobody()) as pid:
        pid_file.write_text("\n".join([str(pid), *lines[1:]]) + "\n")
        heir = place.hold(*flags)
        assert heir.query("SELECT 1") == 1
        heir.leave()


def test_killed_initdb_does_not_block_the_next_start(place: Place) -> None:
    server = place.server()
    killed = place.hold()
    wait_for(lambda: list(server.home.path.glob("data-unfinished-*")))
    killed.kill()
    server.acquire()
    assert not list(server.home.path.glob("data-unfinished-*"))


def test_server_left_in_the_middle_of_its_start_is_waited_for(used_place: Place) -> None:
    server = used_place.server()
    server.acquire()
    server.release()
    killed = used_place.hold()
    wait_for(lambda: is_held(server.home.server_lock))
    killed.kill()
    server.acquire()
    server.release()
    assert not is_held(server.home.server_lock)
