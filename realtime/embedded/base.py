"""How does Django connect to the embedded server? As to any PostgreSQL; the first connection starts it."""

from collections.abc import Iterable
from typing import Any

from django.db.backends.postgresql import client

from realtime.embedded.binaries import find_psql
from realtime.embedded.process import address, own_database, release_database
from realtime.postgresql import base

__all__ = ["DatabaseWrapper", "own_database", "release_database"]


class DatabaseClient(client.DatabaseClient):
    """`manage.py dbshell` on the embedded server."""

    @classmethod
    def settings_to_cmd_args_env(
        cls, settings_dict: dict[str, Any], parameters: Iterable[str]
    ) -> tuple[list[str], dict[str, str] | None]:
        where = address()
        filled = settings_dict | {
            "HOST": where.host,
            "PORT": where.port,
            "USER": where.user,
            "PASSWORD": where.password,
        }
        arguments, variables = super().settings_to_cmd_args_env(filled, parameters)
        return [str(find_psql() or arguments[0]), *arguments[1:]], variables


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection to the embedded PostgreSQL; settings give NAME and OPTIONS only."""

    client_class = DatabaseClient

    def get_connection_params(self) -> dict[str, Any]:
        """Django's, with the server's address; starts the server if need be. Raises EmbeddedError."""
        where = address()
        return super().get_connection_params() | {
            "host": where.host,
            "port": where.port,
            "user": where.user,
            "password": where.password,
        }
