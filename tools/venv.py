"""Is the virtual environment what the requirements say? Makes and updates it; runs at once wait in line.

    python3 -m tools.venv [--folder .venv] [--extra 'Django>=6.1,<6.2'] requirements.txt

Runs on any Python 3.7 and up, and goes on in a newer one if that is too old for Pulso.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

from tools import interpreters

LEAST = (3, 11)
TOO_OLD = (
    "Pulso needs Python 3.11, 3.12 or 3.13 with venv (Debian: python3-venv); this is Python {} and no other was found."
)
ASK = f"import pip, sys; sys.exit(sys.version_info < {LEAST})"
STAMP = "pulso-installed.json"


def main() -> None:
    options = _options()
    if sys.version_info < LEAST or not _can_make():
        _go_on_elsewhere()
    folder = Path(options.folder)
    with open(f"{folder}.lock", "w") as lock:
        _wait_for(lock.fileno(), folder)
        _ensure(folder)
        _install(folder, options.requirements, options.extra)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Make the virtual environment, or bring it up to date.")
    parser.add_argument("--folder", default=".venv")
    parser.add_argument("--extra", action="append", default=[], help="a requirement that overrules the files")
    parser.add_argument("requirements", nargs="+", help="requirements files")
    return parser.parse_args()


def _can_make() -> bool:
    try:
        import ensurepip  # noqa: F401
    except ImportError:
        return False
    return True


def _go_on_elsewhere() -> None:
    python = next(filter(None, map(interpreters.find, interpreters.TESTED)), None)
    if python is None:
        sys.exit(TOO_OLD.format(".".join(map(str, sys.version_info[:3]))))
    os.execv(python, [python, "-m", "tools.venv", *sys.argv[1:]])


def _wait_for(lock: int, folder: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print(f"Another command prepares {folder}; waiting for it.", flush=True)
        fcntl.flock(lock, fcntl.LOCK_EX)


def _ensure(folder: Path) -> None:
    """Make the environment, anew if it was made half, elsewhere, or for a Python that is gone."""
    place = _stamps(folder).get("place", _place(folder))
    if place == _place(folder) and _runs(folder):
        return
    print(f"Making {folder} with Python {sys.version.split()[0]}.", flush=True)
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
    _stamp(folder, {"place": _place(folder)})


def _runs(folder: Path) -> bool:
    try:
        return subprocess.run([str(_python(folder)), "-c", ASK], stderr=subprocess.DEVNULL).returncode == 0
    except OSError:
        return False


def _install(folder: Path, requirements: list[str], extra: list[str]) -> None:
    key = " ".join([*requirements, *extra])
    digest = _digest(requirements)
    stamps = _stamps(folder)
    if stamps.get(key) == digest:
        return
    print(f"Installing {key} into {folder}.", flush=True)
    files = [argument for name in requirements for argument in ("-r", name)]
    for arguments in filter(None, (files, extra)):
        pip = [str(_python(folder)), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *arguments], check=True)
    _stamp(folder, {**stamps, "place": _place(folder), key: digest})


def _digest(requirements: list[str]) -> str:
    """Of the files and those that they include."""
    digest = hashlib.sha256()
    for name in requirements:
        text = Path(name).read_text(encoding="utf-8")
        included = [line.split()[1] for line in text.splitlines() if line.startswith("-r ")]
        digest.update(text.encode() + _digest(included).encode())
    return digest.hexdigest()


def _stamps(folder: Path) -> dict[str, str]:
    try:
        stamps: dict[str, str] = json.loads((folder / STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamps


def _stamp(folder: Path, stamps: dict[str, str]) -> None:
    (folder / STAMP).write_text(json.dumps(stamps, indent=1), encoding="utf-8")


def _place(folder: Path) -> str:
    return str(folder.resolve())


def _python(folder: Path) -> Path:
    return folder / "bin" / "python"


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode)
    except KeyboardInterrupt:
        sys.exit(130)
