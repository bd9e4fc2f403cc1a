"""Does a standby that was promoted say at once that its life is another, and say the same from then on?"""

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from realtime.embedded.server import PrivatePostgres
from realtime.updates import LIFE


@pytest.fixture
def server() -> Iterator[PrivatePostgres]:
    """One of this test only. Root's servers run as another user, who can't enter a TMPDIR of root's."""
    with tempfile.TemporaryDirectory(prefix="pulso-promotion-", dir="/tmp") as name:
        folder = Path(name)
        os.chmod(folder, 0o711)
        server = PrivatePostgres(folder / ".pulso", system_folder=folder / "system")
        yield server
        server.destroy()


def test_a_promoted_server_is_in_its_new_life_before_its_first_checkpoint(server: PrivatePostgres) -> None:
    with psycopg.connect(server.acquire(owner=True).url, autocommit=True) as connection:
        connection.execute("CREATE TABLE installation (id int, name uuid)")
        connection.execute("CHECKPOINT")
        connection.execute("CREATE TABLE much AS SELECT repeat('x', 500) FROM generate_series(1, 50000)")
        # It has that to read again, so that its next checkpoint takes a while.
        os.kill(int((server.home.data / "postmaster.pid").read_text().split()[0]), signal.SIGQUIT)
    server.release()
    (server.home.data / "standby.signal").touch()
    stat = server.home.data.stat()
    shutil.chown(server.home.data / "standby.signal", stat.st_uid, stat.st_gid)
    lives = []
    with psycopg.connect(server.acquire(owner=True).url, autocommit=True) as connection:
        for statement in ("SELECT 1", "SELECT pg_promote()", "CHECKPOINT"):
            connection.execute(statement)
            lives.append(connection.execute(LIFE).fetchone())
    before, promoted, settled = lives
    assert before is not None
    assert before[2] == 1
    assert promoted != before
    assert promoted == settled
