"""How is one PostgreSQL server started and stopped? With pg_ctl, in a session of its own."""

import socket
from contextlib import closing, suppress
from pathlib import Path
from shlex import quote

from realtime.embedded.binaries import Installation
from realtime.embedded.errors import NotAnswering, NotStarted
from realtime.embedded.home import Home
from realtime.embedded.locks import FileLock, is_held

LOOPBACK = "127.0.0.1"
START_WAIT = 120  # s; recovery after a crash may take a while
FAST_STOP_WAIT = 20  # s
IMMEDIATE_STOP_WAIT = 10  # s; what was committed is safe, the next start replays it
LOG_LIMIT = 10 * 2**20  # bytes, looked at on every start
TAIL = 2000  # characters of the log in an error
TRIES = 4
SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
PRELOADED = "pg_stat_statements"


def remembered_port(home: Home) -> int:
    """The port of the last start; 0 before the first."""
    try:
        return int(home.port.read_text())
    except (FileNotFoundError, ValueError):
        return 0


def start(home: Home, installation: Installation, lock: FileLock) -> None:
    """Start the server and wait until it answers; NotStarted or NotAnswering if it doesn't.

    To be called with the start lock held and `lock`, the server lock, held alone: the server inherits it.
    """
    _rotate(home.log)
    for _ in range(TRIES):
        port = _choose_port(home)
        if _pg_ctl_start(home, installation, lock, port):
            return
        if not _forget_stale_locks(home, port) and _is_free(port):
            break
    raise NotStarted(home.data, home.log, _tail(home.log))


def stop(home: Home, installation: Installation) -> None:
    """Stop the running server, whoever is connected."""
    for mode, seconds in (("fast", FAST_STOP_WAIT), ("immediate", IMMEDIATE_STOP_WAIT)):
        command: list[str | Path] = [
            installation.program("pg_ctl"),
            "stop",
            "-m",
            mode,
            "-w",
            "-t",
            str(seconds),
        ]
        result = home.account.run(command, folder=home.path, variables={"PGDATA": str(home.data)})
        if result.returncode == 0 or not is_held(home.server_lock):
            return


def _pg_ctl_start(home: Home, installation: Installation, lock: FileLock, port: int) -> bool:
    settings = SETTINGS | {"port": str(port), "unix_socket_directories": _listed(home.sockets)}
    if installation.has_library(PRELOADED):
        settings["shared_preload_libraries"] = PRELOADED
    options = " ".join(f"-c {name}={quote(value)}" for name, value in settings.items())
    log = home.log.relative_to(home.path)  # pg_ctl puts this into a shell command; the folder may hold a `$`
    result = home.account.run(
        [installation.program("pg_ctl"), "start", "-w", "-t", str(START_WAIT), "-l", log, "-o", options],
        folder=home.path,
        variables={"PGDATA": str(home.data)},
        descriptors=[lock.descriptor],
    )
    if "did not start in time" in result.stdout:
        raise NotAnswering(home.data, START_WAIT, _tail(home.log))
    return result.returncode == 0


def _listed(folder: Path) -> str:
    """`folder` as the only element of a list setting."""
    return '"' + str(folder).replace('"', '""') + '"'


def _choose_port(home: Home) -> int:
    port = remembered_port(home)
    if not port or not _is_free(port):
        with closing(socket.create_server((LOOPBACK, 0))) as probe:
            port = probe.getsockname()[1]
        home.port.write_text(str(port))
    return port


def _is_free(port: int) -> bool:
    try:
        socket.create_server((LOOPBACK, port)).close()
    except OSError:
        return False
    return True


def _forget_stale_locks(home: Home, port: int) -> bool:
    """Remove lock files that PostgreSQL respects although no server is behind them; whether there were any.

    It does so while the pid in them belongs to any process of its user, be it a zombie. No server that we
    started lives, or we would not hold its lock. One started by hand still answers on the socket that its
    file names. Should that fail too, PostgreSQL refuses the second server by the first one's shared memory.
    """
    socket_lock = home.sockets / f".s.PGSQL.{port}.lock"
    stale = [path for path in (home.data / "postmaster.pid", socket_lock) if path.exists() and _is_stale(path)]
    for path in stale:
        path.unlink()
    return bool(stale)


def _is_stale(lock_file: Path) -> bool:
    # pid, data folder, start time, port, folder of the socket, …
    lines = lock_file.read_text().splitlines()
    return len(lines) < 5 or not _listens(Path(lines[4]) / f".s.PGSQL.{lines[3]}")


def _listens(path: Path) -> bool:
    with closing(socket.socket(socket.AF_UNIX)) as client:
        try:
            client.connect(str(path))
        except OSError:
            return False
    return True


def _rotate(log: Path) -> None:
    with suppress(FileNotFoundError):
        if log.stat().st_size > LOG_LIMIT:
            log.rename(log.with_suffix(".log.old"))


def _tail(log: Path) -> str:
    try:
        return log.read_text(errors="replace")[-TAIL:].strip()
    except FileNotFoundError:
        return "(no log)"
