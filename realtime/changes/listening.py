"""How are statements of other programs heard? By LISTEN on one dedicated connection that comes back by itself."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import psycopg

from dashboards.triggers import DOORBELL_CHANNEL
from realtime.complaints import in_a_line
from realtime.database import address, in_thread

logger = logging.getLogger(__name__)

LIVENESS = 20.0
FIRST_PAUSE, LONGEST_PAUSE = 0.25, 5.0


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
    # psycopg itself would look ten times a second whether it has been interrupted.
    loop, socket, news = asyncio.get_running_loop(), listener.fileno(), asyncio.Event()
    loop.add_reader(socket, news.set)
    try:
        while True:
            news.clear()
            listener.pgconn.consume_input()
            if _take_all(listener):
                on_notify()
            if not await _comes(news):
                # A half-open connection says nothing: ask it. What is notified meanwhile isn't told apart.
                loop.remove_reader(socket)
                await listener.execute("SELECT 1")
                on_notify()
                loop.add_reader(socket, news.set)
    finally:
        loop.remove_reader(socket)


async def _comes(news: asyncio.Event) -> bool:
    """Within LIVENESS?"""
    try:
        async with asyncio.timeout(LIVENESS):
            return await news.wait()
    except TimeoutError:
        return False


def _take_all(listener: "psycopg.AsyncConnection[Any]") -> bool:
    """All notifications that have come; were there any?"""
    heard = False
    while listener.pgconn.notifies() is not None:
        heard = True
    return heard
