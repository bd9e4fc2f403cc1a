"""Where do the data lie, whose are they, and who gets in?"""

import os
from pathlib import Path

import psycopg
import pytest

from realtime.embedded.account import Account, server_account
from realtime.embedded.binaries import find_installation
from realtime.embedded.home import SOCKET_PATH_LIMIT, SYSTEM_FOLDER, home_of
from tests.embedded.conftest import Place, a_place, nobody, query

ANOTHER = Account(os.geteuid() + 1, os.getegid())
US = Account(os.geteuid(), os.getegid())
ODD = {
    "spaces": "mis negocios 2026",
    "quotes": "a'b\"c $HOME `x`, ñ",
    "long": "/".join(["a-very-long-name" * 3] * 6),
}


@pytest.mark.parametrize("name", ODD.values(), ids=ODD.keys())
def test_any_path_will_do(name: str) -> None:
    with a_place(name) as place:
        holder = place.hold("--unprivileged")
        assert holder.facts["uid"] == nobody()
        assert holder.home == place.folder / "postgres"
        assert holder.query("SHOW data_directory") == str(holder.home / "data")
        assert (holder.home / "data").stat().st_uid == nobody()
        holder.leave()
        assert holder.facts["host"].startswith(str(place.top)) or not Path(holder.facts["host"]).exists()


def test_server_is_durable_and_speaks_utc(used_place: Place) -> None:
    server = used_place.server()
    address = server.acquire()
    assert query(address, "SHOW fsync") == "on"
    assert query(address, "SHOW timezone") == "UTC"
    assert query(address, "SHOW server_encoding") == "UTF8"
    assert query(address, "SHOW max_connections") == "100"
    assert query(address, "SELECT current_database()") == "pulso"
    assert query(address, "SELECT lower('ÑANDÚ')") == "ñandú"
    if find_installation().has_library("pg_stat_statements"):
        assert query(address, "SHOW shared_preload_libraries") == "pg_stat_statements"
    server.release()


def test_nobody_gets_in_without_the_password(used_place: Place) -> None:
    server = used_place.server()
    address = server.acquire()
    for host in (address.host, "127.0.0.1"):
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(host=host, port=address.port, user=address.user, password="guess", dbname="pulso")
    assert query(address, "SHOW listen_addresses") == "127.0.0.1"
    assert server.home.password.stat().st_mode & 0o777 == 0o600
    assert server.home.password.stat().st_uid == os.geteuid()
    assert server.home.sockets.stat().st_mode & 0o777 == 0o700
    server.release()


def test_server_runs_without_privileges(used_place: Place) -> None:
    server = used_place.server()
    server.acquire()
    account = server_account()
    assert account.uid != 0
    assert server.home.data.stat().st_uid == account.uid
    assert (server.home.data / "postmaster.pid").stat().st_uid == account.uid
    server.release()


def test_our_own_server_lives_in_the_folder(tmp_path: Path) -> None:
    assert home_of(tmp_path / ".pulso", US).path == tmp_path / ".pulso" / "postgres"


def test_server_of_another_account_lives_in_a_folder_of_the_system(tmp_path: Path) -> None:
    one = home_of(tmp_path / "mi tienda" / ".pulso", ANOTHER)
    other = home_of(tmp_path / "tu tienda" / ".pulso", ANOTHER)
    assert one.path.parent == SYSTEM_FOLDER
    assert one.path.name.startswith("mi-tienda-")
    assert one == home_of(tmp_path / "mi tienda" / "x" / ".." / ".pulso", ANOTHER)
    assert one != other


def test_socket_path_fits_the_kernel() -> None:
    for length in range(1, 300, 7):
        home = home_of(Path("/") / ("x" * 100) / ("y" * length) / ".pulso", US)
        assert len(os.fsencode(home.sockets / ".s.PGSQL.65535")) <= SOCKET_PATH_LIMIT
