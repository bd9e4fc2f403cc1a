"""How are tables on another server read? Through postgres_fdw, as foreign tables in a schema of the attachment."""

from collections.abc import Sequence
from typing import Any

import psycopg
from django.conf import settings
from psycopg.conninfo import conninfo_to_dict

from dashboards.attach.catalog import Catalog, Column
from dashboards.attach.errors import AttachProblem, BadMapping
from dashboards.attach.quoting import name, text
from dashboards.attach.reading import schema_of
from dashboards.attach.resolving import Plan

WRAPPER = "postgres_fdw"
CONNECT_TIMEOUT = 5  # s
# What the connection string may say to the server; user and password are the user mapping's.
SERVER_OPTIONS = ("host", "hostaddr", "port", "dbname", "sslmode", "sslrootcert")
USER_OPTIONS = ("user", "password")
# Types that every PostgreSQL has; any other (an enum) is read as a text.
PLAIN = frozenset("BDNSTU")


class RemoteServer:
    """A team's server, by its connection string (a URL or key=value)."""

    def __init__(self, dsn: str) -> None:
        try:
            self._options = {key: str(value) for key, value in conninfo_to_dict(dsn).items() if value is not None}
        except psycopg.ProgrammingError as error:
            raise BadMapping("--dsn", "", str(error).strip()) from None

    @property
    def shown(self) -> str:
        """Where it is, without a secret."""
        host, port = self._options.get("host", "localhost"), self._options.get("port", "5432")
        return f"{host}:{port}/{self._options.get('dbname', '')}"

    def query(self, sql: str, params: Sequence[Any]) -> Sequence[Sequence[Any]]:
        """Rows of the server itself; raises Unreachable when it can't be reached."""
        options: dict[str, Any] = {"connect_timeout": CONNECT_TIMEOUT, **self._options}
        try:
            with psycopg.connect(**options) as connection:
                return connection.execute(sql.encode(), params).fetchall()
        except psycopg.Error as error:
            raise Unreachable(self.shown, str(error).strip()) from None

    def install_sql(self, attachment_id: int, masked: bool = False) -> list[str]:
        """The statements that make the server known here; `masked`: to be shown."""
        server = name(schema_of(attachment_id))
        options = {key: value for key, value in self._options.items() if key in SERVER_OPTIONS}
        options |= {"connect_timeout": str(CONNECT_TIMEOUT), "updatable": "false", "fetch_size": "5000"}
        user = {key: value for key, value in self._options.items() if key in USER_OPTIONS}
        if masked and "password" in user:
            user["password"] = "…"
        return [
            f"CREATE EXTENSION IF NOT EXISTS {WRAPPER} SCHEMA {name(settings.SCHEMA)}",
            f"CREATE SERVER {server} FOREIGN DATA WRAPPER {WRAPPER} OPTIONS ({_options(options)})",
            f"CREATE USER MAPPING FOR CURRENT_USER SERVER {server} OPTIONS ({_options(user)})",
        ]


class Unreachable(AttachProblem):
    """The other server can't be reached."""

    def __init__(self, shown: str, reason: str) -> None:
        self.shown, self.reason = shown, reason
        super().__init__(f"{shown}: {reason}")


def _options(options: dict[str, str]) -> str:
    return ", ".join(f"{key} {text(value)}" for key, value in options.items())


def tables_schema(attachment_id: int) -> str:
    """The schema of the foreign tables."""
    return f"{schema_of(attachment_id)}_theirs"


def foreign_tables_sql(plan: Plan, catalog: Catalog, schema: str, attachment_id: int) -> list[str]:
    """The statements that make a foreign table of each of their tables, with the columns that matter."""
    server, here = name(schema_of(attachment_id)), tables_schema(attachment_id)
    statements = [f"CREATE SCHEMA {name(here)}"]
    for source in plan.sources():
        read = [catalog[source].columns[column] for column in plan.read_of(source)]
        columns = ", ".join(f"{name(column.name)} {_type(column)}" for column in read)
        remote = f"schema_name {text(schema)}, table_name {text(source)}"
        statements.append(f"CREATE FOREIGN TABLE {name(here, source)} ({columns}) SERVER {server} OPTIONS ({remote})")
    return statements


def remove_sql(attachment_id: int) -> list[str]:
    """The statements that make the server forgotten, and the extension, if it is ours and nobody uses it any more."""
    unused = (
        f"SELECT FROM pg_extension e JOIN pg_namespace s ON s.oid = e.extnamespace WHERE e.extname = '{WRAPPER}' "
        f"AND s.nspname = {text(settings.SCHEMA)} AND NOT EXISTS (SELECT FROM pg_foreign_server f "
        f"JOIN pg_foreign_data_wrapper w ON w.oid = f.srvfdw WHERE w.fdwname = '{WRAPPER}')"
    )
    return [
        f"DROP SCHEMA IF EXISTS {name(tables_schema(attachment_id))} CASCADE",
        f"DROP SERVER IF EXISTS {name(schema_of(attachment_id))} CASCADE",
        f"DO $$ BEGIN IF EXISTS ({unused}) THEN DROP EXTENSION {WRAPPER}; END IF; END $$",
    ]


def _type(column: Column) -> str:
    # Not `text`: the cast to it in our expressions is then said to the other server too, which has the type itself.
    return column.type if column.category in PLAIN else "character varying"
