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

MIGRATED = "pulso_migrated"


def url_of(database: str) -> str:
    """The testbed's PostgreSQL, this database."""
    config: dict[str, str] = settings.DATABASE  # type: ignore[assignment]  # the testbed names one
    host = f"{config['USER']}:{config['PASSWORD']}@{config['HOST']}:{config['PORT']}"
    return urlunsplit(("postgres", host, f"/{database}", "", ""))


@functools.cache
def migrated_database() -> str:
    """A migrated database that nobody works on: made once for all that test at this PostgreSQL, copied often. It goes
    with the testbed.
    """
    with psycopg.connect(url_of("postgres"), autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(hashtext(%s))", [MIGRATED])
        if connection.execute("SELECT FROM pg_database WHERE datname = %s", [MIGRATED]).fetchone() is None:
            name = f"pulso_{uuid.uuid4().hex[:12]}"
            connection.execute(f'CREATE DATABASE "{name}"')
            command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
            environment = os.environ | {"DATABASE_URL": url_of(name)}
            subprocess.run(command, cwd=settings.BASE_DIR, env=environment, check=True)
            connection.execute(f'ALTER DATABASE "{name}" RENAME TO "{MIGRATED}"')
    return MIGRATED


@contextmanager
def fresh_database() -> Iterator[str]:
    """A migrated database without rows, dropped at the end."""
    name, migrated = f"pulso_{uuid.uuid4().hex[:12]}", migrated_database()
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
