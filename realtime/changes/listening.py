"""How are statements of other programs heard? By LISTEN on one dedicated connection that comes back by itself."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection

from dashboards.triggers import DOORBELL_CHANNEL
from realtime.complaints import in_a_line
from realtime.database import in_thread

logger = logging.getLogger(__name__)

LIVENESS = 20.0
FIRST_PAUSE, LONGEST_PAUSE = 0.25, 5.0


def address() -> dict[str, Any]:
    """How to reach the database, without Django's cursor factory and adapters."""
    wanted = ("host", "port", "user", "password", "dbname", "sslmode", *settings.LIVENESS)
    params = connection.get_connection_params()
    return {name: params[name] for name in wanted if params.get(name)}


async def listen(on_notify: Callable[[], None]) -> None:
    """Call `on_notify` at every notification and after every reconnect, since those in between are lost. For ever."""
    pause = FIRST_PAUSE
    while True:
        try:
            params = await in_thread(address)
            async with await psycopg.AsyncConnection.connect(autocommit=True, **params) as listener:
                await listener.execute(f"LISTEN {DOORBELL_CHANNEL}")
                pause = FIRST_PAUSE
                on_notify()
                await _hear(listener, on_notify)
        except (psycopg.Error, OSError) as error:
            logger.warning("notifications can't be heard, the poll goes on: %s", in_a_line(error))
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)


async def _hear(listener: "psycopg.AsyncConnection[Any]", on_notify: Callable[[], None]) -> None:
    while True:
        async for _ in listener.notifies(timeout=LIVENESS):
            on_notify()
        # A half-open connection says nothing: ask it.
        await listener.execute("SELECT 1")
