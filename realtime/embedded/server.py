"""Who starts and stops a folder's private PostgreSQL? Who comes first; who leaves last, or the owner."""

import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from realtime.embedded import cluster, postmaster
from realtime.embedded.account import server_account
from realtime.embedded.binaries import Installation, find_installation, reachable
from realtime.embedded.errors import NotAnswering, PasswordLost
from realtime.embedded.home import SYSTEM_FOLDER, home_of, prepare_system_folder
from realtime.embedded.locks import FileLock, holding, is_held

DATABASE = "pulso"
ANSWER_WAIT = 60.0  # s; a server that another process left in the middle of its start
LOOK_AGAIN = 0.05  # s
CONNECT_TIMEOUT = 5  # s


@dataclass(frozen=True)
class Address:
    """Where the server is. `host` is the folder of its Unix socket, which only its user can enter."""

    host: str
    port: int
    user: str
    password: str
    dbname: str

    @property
    def url(self) -> str:
        """The same server over loopback TCP, for programs that want a DATABASE_URL."""
        return f"postgres://{self.user}:{quote(self.password)}@{postmaster.LOOPBACK}:{self.port}/{self.dbname}"


class PrivatePostgres:
    """The PostgreSQL of one folder, shared by the processes that acquire it.

    The first one starts it; the last one stops it, and an owner on leaving in any case. Not thread-safe.
    As root the data lie below `system_folder` and an unprivileged account runs the server.
    """

    def __init__(
        self, folder: Path, *, system_folder: Path = SYSTEM_FOLDER, installation: Installation | None = None
    ) -> None:
        self.home = home_of(folder, server_account(), system_folder)
        self._system_folder = system_folder
        self._given = installation
        self._users: FileLock | None = None
        self._address: Address | None = None
        self._pid = 0
        self._owner = False

    def acquire(self, owner: bool = False) -> Address:
        """Make sure that the server runs until release(), and say where. Idempotent; raises EmbeddedError."""
        self._owner |= owner
        if self._address is None or self._pid != os.getpid():  # a fork uses the server in its own name
            self._pid = os.getpid()
            try:
                self._address = self._enter()
            except BaseException:
                self.release()
                raise
        return self._address

    def release(self) -> None:
        """Leave the server; stop it if nobody else uses it, or if we own it. Idempotent."""
        users, self._users, self._address = self._users, None, None
        owner, self._owner = self._owner, False
        if users is None or self._pid != os.getpid():
            return
        try:
            with holding(self.home.start_lock):
                if users.try_exclusive() or owner:
                    self._stop()
        finally:
            users.close()

    def destroy(self) -> None:
        """Stop the server, whoever uses it, and delete all its data."""
        self.release()
        if self.home.path.exists():
            with holding(self.home.start_lock):
                self._stop()
                shutil.rmtree(self.home.path)

    def _stop(self) -> None:
        # Only while the lock is held is the pid in postmaster.pid, which pg_ctl signals, the server's.
        if is_held(self.home.server_lock):
            postmaster.stop(self.home, self._installation())
        self.home.tidy()

    def _enter(self) -> Address:
        if self.home.path.parent == self._system_folder:
            prepare_system_folder(self._system_folder)
        self.home.prepare()
        with holding(self.home.start_lock):
            self._users = FileLock(self.home.users_lock)
            self._users.shared()
            self._ensure_running()
            address = self._where()
            _ensure_database(address)
            return address

    def _ensure_running(self) -> None:
        deadline = time.monotonic() + ANSWER_WAIT
        self._start_unless_running()
        while problem := self._problem():
            if time.monotonic() > deadline:
                raise NotAnswering(self.home.data, ANSWER_WAIT, problem)
            time.sleep(LOOK_AGAIN)
            self._start_unless_running()

    def _start_unless_running(self) -> None:
        """Start the server if no process of an earlier start lives."""
        lock = FileLock(self.home.server_lock)
        try:
            if lock.try_exclusive():
                installation = self._installation()
                cluster.ensure_data(self.home, installation, lock)
                postmaster.start(self.home, installation, lock)
        finally:
            lock.close()

    def _problem(self) -> str | None:
        """Why the running server doesn't let us in; None if it does."""
        try:
            _connect(self._where(), "postgres").close()
        except psycopg.OperationalError as error:
            if "authentication failed" in str(error):
                raise PasswordLost(self.home.data, self.home.password) from None
            return str(error)
        return None

    def _where(self) -> Address:
        return Address(
            host=str(self.home.sockets),
            port=postmaster.remembered_port(self.home),
            user=cluster.USER,
            password=cluster.read_password(self.home),
            dbname=DATABASE,
        )

    def _installation(self) -> Installation:
        self._given = self._given or reachable(find_installation(), self.home.account, self._system_folder)
        return self._given


def _connect(address: Address, dbname: str) -> psycopg.Connection:
    return psycopg.connect(
        host=address.host,
        port=address.port,
        user=address.user,
        password=address.password,
        dbname=dbname,
        connect_timeout=CONNECT_TIMEOUT,
        autocommit=True,
    )


def _ensure_database(address: Address) -> None:
    with _connect(address, "postgres") as connection:
        known = connection.execute("SELECT FROM pg_database WHERE datname = %s", [address.dbname]).fetchone()
        if known is None:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(address.dbname)))
