"""How do the data of a private PostgreSQL come to be, and are they ours to run?"""

import os
import secrets
import shutil
import tempfile
from pathlib import Path

from realtime.embedded.binaries import Installation
from realtime.embedded.errors import NotCreated, OtherMajorVersion, PasswordLost
from realtime.embedded.home import Home, give
from realtime.embedded.locks import FileLock

USER = "pulso"
# macOS before 15 has no C.UTF-8.
LOCALES = ("C.UTF-8", "C")
BUILTIN_LOCALE_SINCE = 17
UNFINISHED = "data-unfinished-"


def ensure_data(home: Home, installation: Installation, lock: FileLock) -> None:
    """Create the data folder if it is missing. Raises NotCreated, OtherMajorVersion, PasswordLost.

    To be called with the start lock held and `lock`, the server lock, held alone: initdb inherits it.
    """
    if not home.data.exists():
        _create(home, installation, lock)
    found = (home.data / "PG_VERSION").read_text().strip()
    if found != installation.major:
        raise OtherMajorVersion(home.data, found, installation.version, installation.bin)
    read_password(home)


def read_password(home: Home) -> str:
    """The password of USER; PasswordLost if it is gone."""
    try:
        return home.password.read_text()
    except FileNotFoundError:
        raise PasswordLost(home.data, home.password) from None


def _create(home: Home, installation: Installation, lock: FileLock) -> None:
    for leftover in home.path.glob(f"{UNFINISHED}*"):
        shutil.rmtree(leftover)
    staging = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=home.path))
    give(staging, home.account)
    if not home.password.exists():
        _write_private(home.password, secrets.token_urlsafe(32))
    _initdb(home, installation, staging, lock)
    staging.rename(home.data)
    _sync(home.path)


def _initdb(home: Home, installation: Installation, staging: Path, lock: FileLock) -> None:
    password = home.path / "password-for-initdb"
    password.unlink(missing_ok=True)
    _write_private(password, home.password.read_text())
    give(password, home.account)
    options = f"--username={USER} --auth=scram-sha-256 --encoding=UTF8".split()
    command: list[str | Path] = [installation.program("initdb"), *options, f"--pwfile={password}"]
    if int(installation.major) >= BUILTIN_LOCALE_SINCE:
        command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    try:
        for locale in LOCALES:
            result = home.account.run(
                [*command, f"--locale={locale}"],
                folder=home.path,
                variables={"PGDATA": str(staging)},
                descriptors=[lock.descriptor],
            )
            if result.returncode == 0:
                return
        raise NotCreated(home.data, result.stdout.strip())
    finally:
        password.unlink()


def _write_private(path: Path, text: str) -> None:
    """Write all or nothing, for our eyes only."""
    unfinished = path.with_name(f"{path.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(path)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
