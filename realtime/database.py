"""How does work on the database leave the event loop? On a bounded pool of threads, never the one of Channels."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from django.db import connections

P = ParamSpec("P")
T = TypeVar("T")

THREADS = 8
_executor = ThreadPoolExecutor(THREADS, thread_name_prefix="database")


def _tidy(work: Callable[[], T]) -> T:
    """Run, then give the thread's connection back to the pool."""
    try:
        return work()
    finally:
        for connection in connections.all(initialized_only=True):
            connection.close()


async def in_thread(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The result of a function that talks to the database, run beside the event loop."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_executor, lambda: _tidy(lambda: work(*args, **kwargs)))
