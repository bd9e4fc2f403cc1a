"""How do the programs that a benchmark runs get built? By the system's compiler and by registry packages, once."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from django.conf import settings

from tools.testbed.programs import Missing, find

HERE = Path(__file__).resolve().parent
# `make clean` removes it with the virtual environments.
BUILT = Path(settings.BASE_DIR) / ".venv-peers"
BUILD_TIMEOUT = 600.0
GOPATH = Path("/usr/share/gocode")
GORILLA = GOPATH / "src" / "github.com" / "gorilla" / "websocket"
ONLY_WHAT_IS_HERE = {"GO111MODULE": "off", "GOTOOLCHAIN": "local", "GOFLAGS": ""}


class Unbuilt(Exception):
    """A program could not be built; says what its tools said."""


def c_program(folder: Path) -> Path:
    """The program made of a folder's C files."""
    sources = sorted(folder.glob("*.c"))
    compiler = find(["cc", "gcc", "clang"], package="build-essential")

    def compile(target: Path) -> None:
        _run([compiler, "-O2", "-Wall", "-Wextra", "-o", str(target / folder.name), *map(str, sources)])

    return _built(folder, compile) / folder.name


def go_program(folder: Path) -> Path:
    """The program made of a folder's Go file, with the toolchain of its requirements.txt and Debian's libraries."""
    if not GORILLA.exists():
        _debian("golang-github-gorilla-websocket-dev", GORILLA)

    def build(target: Path) -> None:
        python = target / "toolchain" / "bin" / "python"
        _run([sys.executable, "-m", "venv", str(target / "toolchain")])
        _run([str(python), "-m", "pip", "install", "--quiet", "--requirement", str(folder / "requirements.txt")])
        private = {
            "GOPATH": str(GOPATH),
            "GO111MODULE": "off",
            "GOCACHE": str(target / "cache"),
            "GOTOOLCHAIN": "local",
        }
        command = [str(python.with_name("go")), "build", "-o", str(target / folder.name), "main.go"]
        _run(command, cwd=folder, environment=os.environ | private)
        shutil.rmtree(target / "cache")
        shutil.rmtree(target / "toolchain")

    return _built(folder, build) / folder.name


def node_program(folder: Path) -> Path:
    """A copy of a folder with its packages; its server.mjs can be run."""
    npm = os.environ.get("PULSO_NPM") or find(["npm"], package="npm")

    def install(target: Path) -> None:
        shutil.copytree(folder, target, dirs_exist_ok=True)
        _run([npm, "ci", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund"], cwd=target)

    return _built(folder, install) / "server.mjs"


def nginx_with(module: Path, package: str) -> str:
    """The program nginx, of a system that has the module."""
    program = find(["nginx", "/usr/sbin/nginx"], package="nginx")
    if not module.exists():
        _debian(package, module)
    return program


def _debian(package: str, file: Path) -> None:
    """Install a package of files that aren't programs; Missing where the file isn't there then."""
    try:
        find([str(file)], package=package)
    except Missing:
        if not file.exists():
            raise


def _built(folder: Path, build: Callable[[Path], None]) -> Path:
    """A folder of what `build` made of these sources, kept until they change."""
    target = BUILT / f"{folder.name}-{_digest(folder)}"
    if not target.exists():
        for old in BUILT.glob(f"{folder.name}-*"):
            shutil.rmtree(old)
        making = BUILT / f"making-{folder.name}-{os.getpid()}"
        making.mkdir(parents=True)
        try:
            build(making)
            making.rename(target)
        finally:
            shutil.rmtree(making, ignore_errors=True)
    return target


def _digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.iterdir() if path.is_file()):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def _run(command: Sequence[str], cwd: Path | None = None, environment: Mapping[str, str] | None = None) -> None:
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=BUILD_TIMEOUT)
    if done.returncode:
        raise Unbuilt(f"{' '.join(command[:3])}: {(done.stderr or done.stdout)[-2000:]}")
