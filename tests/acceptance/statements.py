"""How often was each metric really computed? PostgreSQL counts its statements itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

# What every metric's statement has in it, and nothing else (dashboards.metrics).
MARK = "%pg_current_snapshot() AS seen%"


class Statements:
    """pg_stat_statements of one database."""

    def __init__(self, connection: "psycopg.Connection[Any]") -> None:
        self._connection = connection
        connection.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements SCHEMA public")

    def reset(self) -> None:
        """Count from now on."""
        self._connection.execute(
            "SELECT public.pg_stat_statements_reset(0, oid) FROM pg_database WHERE datname = current_database()"
        )

    def of_metrics(self) -> list[int]:
        """For each different metric statement, how often it ran."""
        rows = self._connection.execute(
            "SELECT sum(calls)::int FROM public.pg_stat_statements JOIN pg_database d ON d.oid = dbid "
            "WHERE datname = current_database() AND toplevel AND query LIKE %s GROUP BY queryid",
            [MARK],
        )
        return sorted(calls for (calls,) in rows)

    def in_all(self) -> int:
        """How many statements ran, but for those that manage the counting and transactions."""
        row = self._connection.execute(
            "SELECT coalesce(sum(calls), 0)::int FROM public.pg_stat_statements JOIN pg_database d ON d.oid = dbid "
            "WHERE datname = current_database() AND toplevel AND query NOT LIKE '%pg_stat_statements%' "
            "AND query NOT IN ('BEGIN', 'COMMIT')"
        ).fetchone()
        assert row is not None
        return int(row[0])


@contextmanager
def counted(connection: "psycopg.Connection[Any]") -> Iterator[Statements]:
    """The statements of the connection's database, counted from now on."""
    with connection:
        statements = Statements(connection)
        statements.reset()
        yield statements
