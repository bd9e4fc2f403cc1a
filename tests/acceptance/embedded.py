"""How does a test get a whole Pulso in one process, without Redis, on a PostgreSQL of its own?"""

import os
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings

from realtime.embedded.server import Address, PrivatePostgres
from tests.acceptance.cluster import Web, free_port

ELSEWHERE = ("DATABASE_URL", "DB_HOST", "REDIS_URL", "REDIS_ADDR")


class Embedded:
    """`manage.py serve` as a newcomer starts it, but in a temporary folder. Use as a context manager."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        self.server = PrivatePostgres(folder / ".pulso")
        self.environment = {name: value for name, value in os.environ.items() if name not in ELSEWHERE} | {
            "PULSO_DATA_DIR": str(folder / ".pulso"),
            "SECRET_KEY": settings.SECRET_KEY,
            "JWT_SECRET": settings.JWT_SECRET,
            "PULSO_DEMO": "0",
            "PYTHONUNBUFFERED": "1",
            **environment,
        }
        self.web: Web
        self.address: Address

    def __enter__(self) -> "Embedded":
        self.web = Web(free_port(), environment=self.environment, log=self.folder / "web.log")
        try:
            self.web.wait_ready()
            self.address = self.server.acquire()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        try:
            self.web.stop()
        finally:
            self.server.destroy()

    @property
    def django(self) -> dict[str, str]:
        """Where the ORM of another process finds the database."""
        where = self.address
        return {"HOST": where.host, "PORT": str(where.port), "USER": where.user, "PASSWORD": where.password}

    def connect(self) -> "psycopg.Connection[Any]":
        """A connection as psql has it."""
        return psycopg.connect(self.address.url, autocommit=True, options=f"-c search_path={settings.SCHEMA}")
