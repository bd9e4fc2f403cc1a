"""Which processes are measured? Real ones: a cluster on the testbed's PostgreSQL and Redis, or one embedded server."""

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from realtime.embedded.account import server_account
from realtime.embedded.home import home_of
from tests.acceptance.cluster import Cluster, Web, free_port
from tests.acceptance.databases import django_uses, fresh_database

# They would keep a process from being an embedded one.
SERVERS = ("DATABASE_URL", "DB_HOST", "REDIS_URL", "REDIS_ADDR")


@contextmanager
def cluster(**environment: str) -> Iterator[Cluster]:
    """A migrated database of its own, which this process's ORM uses too; no processes yet."""
    with (
        tempfile.TemporaryDirectory(prefix="pulso-bench-") as folder,
        fresh_database() as name,
        django_uses(name),
        Cluster(name, Path(folder), **environment) as running,
    ):
        yield running


@contextmanager
def data_folder() -> Iterator[Path]:
    """A folder for an embedded installation; what root's server leaves elsewhere goes with it."""
    with tempfile.TemporaryDirectory(prefix="pulso-bench-", dir="/tmp") as name:
        folder = Path(name)
        # Root's server runs as another user, who must be able to enter.
        folder.chmod(0o711)
        try:
            yield folder
        finally:
            forget_embedded(folder)


def forget_embedded(folder: Path) -> None:
    """Remove what the private PostgreSQL of a data folder keeps outside of it; it must have stopped."""
    shutil.rmtree(home_of(folder, server_account()).path, ignore_errors=True)


def embedded_environment(folder: Path) -> Mapping[str, str]:
    """The environment of processes that share the embedded installation in `folder`."""
    kept = {name: value for name, value in os.environ.items() if name not in SERVERS}
    secrets = {"SECRET_KEY": settings.SECRET_KEY, "JWT_SECRET": settings.JWT_SECRET}
    return kept | secrets | {"PULSO_DATA_DIR": str(folder), "PULSO_DEMO": "0", "PYTHONUNBUFFERED": "1"}


@contextmanager
def embedded(folder: Path) -> Iterator[Web]:
    """A ready `manage.py serve` without any server named."""
    web = Web(free_port(), environment=embedded_environment(folder), log=folder / "serve.log")
    try:
        web.wait_ready()
        yield web
    finally:
        web.stop()
