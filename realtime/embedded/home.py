"""Where do the files of one private PostgreSQL lie, and whom do they belong to?"""

import hashlib
import os
import re
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path

from realtime.embedded.account import Account
from realtime.embedded.errors import FolderRefused

SYSTEM_FOLDER = Path("/var/lib/pulso")
# sockaddr_un holds 107 bytes and a zero on Linux, 103 on macOS.
SOCKET_PATH_LIMIT = 103
LONGEST_SOCKET_NAME = ".s.PGSQL.65535"


@dataclass(frozen=True)
class Home:
    """The files of one server: `path` is ours; `data`, `log` and `sockets` belong to its account."""

    path: Path
    account: Account

    @property
    def data(self) -> Path:
        return self.path / "data"

    @property
    def log(self) -> Path:
        return self.path / "log" / "postgres.log"

    @property
    def password(self) -> Path:
        return self.path / "password"

    @property
    def port(self) -> Path:
        return self.path / "port"

    @property
    def start_lock(self) -> Path:
        """Held alone by whoever starts, stops, comes or leaves."""
        return self.path / "start.lock"

    @property
    def users_lock(self) -> Path:
        """Held shared by every process that uses the server."""
        return self.path / "users.lock"

    @property
    def server_lock(self) -> Path:
        """Held by the processes of the server and of initdb, which inherit it: while it is held, some live."""
        return self.path / "server.lock"

    @property
    def sockets(self) -> Path:
        """The Unix socket's folder: short enough for the kernel, and without a comma, libpq's "or"."""
        folder = self.path / "sockets"
        if len(os.fsencode(folder / LONGEST_SOCKET_NAME)) <= SOCKET_PATH_LIMIT and "," not in str(folder):
            return folder
        return Path(f"/tmp/pulso-{self.account.uid}-{_digest(self.path)}")

    def prepare(self) -> None:
        """Make the folders that are missing; FolderRefused if one is somebody else's."""
        ours = Account(os.geteuid(), os.getegid())
        self.path.parent.mkdir(parents=True, exist_ok=True)
        _make(self.path, ours, 0o700 if self.account == ours else 0o711)
        _make(self.log.parent, self.account, 0o700)
        _make(self.sockets, self.account, 0o700)

    def tidy(self) -> None:
        """Leave nothing outside of `path` once the server has stopped."""
        if self.sockets.parent != self.path and self.sockets.exists():
            shutil.rmtree(self.sockets)


def home_of(folder: Path, account: Account, system_folder: Path = SYSTEM_FOLDER) -> Home:
    """Inside `folder`; for another account, which often can't reach that, below `system_folder`."""
    folder = folder.resolve()
    if account.uid == os.geteuid():
        return Home(folder / "postgres", account)
    name = re.sub(r"[^\w.-]+", "-", folder.parent.name, flags=re.ASCII)[:32]
    return Home(system_folder / f"{name}-{_digest(folder)}", account)


def prepare_system_folder(folder: Path) -> None:
    """Make the folder of root's servers; its parents keep their modes."""
    if not folder.exists():
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o755)


def give(path: Path, account: Account) -> None:
    """Hand a file or folder that we just made to the account."""
    if account.uid != os.geteuid():
        os.chown(path, account.uid, account.gid, follow_symlinks=False)


def _make(path: Path, owner: Account, mode: int) -> None:
    try:
        path.mkdir(mode=0o700, exist_ok=True)
    except PermissionError:
        raise FolderRefused(path.parent, path.parent.stat().st_uid, os.geteuid()) from None
    if path.lstat().st_uid == os.geteuid():
        give(path, owner)
    status = path.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != owner.uid:
        raise FolderRefused(path, status.st_uid, owner.uid)
    if stat.S_IMODE(status.st_mode) != mode:
        path.chmod(mode)


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]
