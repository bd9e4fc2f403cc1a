"""Which database does an acceptance test write to? One of its own, shared with the real processes that it starts."""

import functools
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlunsplit

import psycopg
from django.conf import settings
from django.db import connections
from django.db.backends.postgresql.base import DatabaseWrapper


def url_of(database: str) -> str:
    """The testbed's PostgreSQL, this database."""
    config: dict[str, str] = settings.DATABASE  # type: ignore[assignment]  # the testbed names one
    host = f"{config['USER']}:{config['PASSWORD']}@{config['HOST']}:{config['PORT']}"
    return urlunsplit(("postgres", host, f"/{database}", "", ""))


@functools.cache
def _migrated() -> str:
    """A migrated database that nobody works on: made once, copied often. It goes with the testbed."""
    name = f"pulso_migrated_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(url_of("postgres"), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    subprocess.run(command, cwd=settings.BASE_DIR, env=os.environ | {"DATABASE_URL": url_of(name)}, check=True)
    return name


@contextmanager
def fresh_database() -> Iterator[str]:
    """A migrated database without rows, dropped at the end."""
    name, migrated = f"pulso_{uuid.uuid4().hex[:12]}", _migrated()
    with psycopg.connect(url_of("postgres"), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{migrated}"')
        try:
            yield name
        finally:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@contextmanager
def django_uses(database: str, **server: str) -> Iterator[None]:
    """The ORM of this process works on that database meanwhile; `server`: HOST, PORT, USER, PASSWORD of another."""
    config = connections.settings["default"]
    wanted = {"NAME": database, **server}
    before = {name: config[name] for name in wanted}
    _disconnect()
    config.update(wanted)
    try:
        yield
    finally:
        _disconnect()
        config.update(before)


def _disconnect() -> None:
    for connection in connections.all(initialized_only=True):
        connection.close()
        if isinstance(connection, DatabaseWrapper) and connection.alias in vars(DatabaseWrapper)["_connection_pools"]:
            connection.close_pool()
