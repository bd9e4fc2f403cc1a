"""How does the event loop itself ask PostgreSQL? On one connection of its own, which is opened anew when it broke.

A thread to and fro, and a connection of the pool that is looked at first, cost more than a small statement.
"""

import asyncio
import select
from collections.abc import Sequence
from typing import Any

import psycopg
from django.conf import settings
from django.db import DataError, OperationalError

from realtime.complaints import in_a_line
from realtime.database import address, in_thread

Rows = list[tuple[Any, ...]]

# Who asks is answered or refused within so long; a server that restarts is waited for. Seconds.
PATIENCE, RECONNECTING, PAUSE = 5.0, 4.0, 0.1


class DirectLine:
    """Statements with server-side parameters, each a transaction; one at a time, whoever asks meanwhile waits.

    Behind a pooler that knows no prepared statements nothing is prepared: what is costly to plan is a function.
    """

    def __init__(self) -> None:
        self._connection: psycopg.AsyncConnection[Any] | None = None
        self._turn = asyncio.Lock()

    async def ask(self, statement: str, parameters: Sequence[Any]) -> Rows:
        """Its rows, committed. Raises DataError for what PostgreSQL can't take, OperationalError for anything else."""
        async with self._turn:
            try:
                async with asyncio.timeout(PATIENCE):
                    return await self._answer(statement, parameters)
            except psycopg.DataError as error:
                raise DataError(in_a_line(error)) from error
            except (psycopg.Error, OSError, TimeoutError) as error:
                await self.hang_up()
                raise OperationalError(in_a_line(error)) from error
            except asyncio.CancelledError:
                await self.hang_up()
                raise

    async def hang_up(self) -> None:
        """Close the connection; the next statement opens another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    async def _answer(self, statement: str, parameters: Sequence[Any]) -> Rows:
        connection = await self._connected()
        cursor = await connection.execute(statement, parameters)
        return await cursor.fetchall()

    async def _connected(self) -> "psycopg.AsyncConnection[Any]":
        now = asyncio.get_running_loop().time
        if self._connection is not None and _is_quiet(self._connection):
            return self._connection
        await self.hang_up()
        parameters, since = await in_thread(address, "options"), now()
        prepared = settings.DATABASES["default"]["OPTIONS"]["prepare_threshold"]
        while self._connection is None:
            try:
                self._connection = await psycopg.AsyncConnection.connect(
                    autocommit=True, prepare_threshold=prepared, **parameters
                )
            except psycopg.OperationalError:
                if now() - since > RECONNECTING:
                    raise
                await asyncio.sleep(PAUSE)
        return self._connection


def _is_quiet(connection: "psycopg.AsyncConnection[Any]") -> bool:
    """Nothing has come that nobody asked for, as when the server closes the connection."""
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return not poll.poll(0)
