"""How does work on the database leave the event loop? On a bounded pool of threads, never the one of Channels."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

from django.conf import settings
from django.db import connection, connections

P = ParamSpec("P")
T = TypeVar("T")

THREADS = 8
_executor = ThreadPoolExecutor(THREADS, thread_name_prefix="database")


def _tidy(work: Callable[[], T]) -> T:
    """Run, then give the thread's connection back to the pool."""
    try:
        return work()
    finally:
        for each in connections.all(initialized_only=True):
            each.close()


async def in_thread(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The result of a function that talks to the database, run beside the event loop."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_executor, lambda: _tidy(lambda: work(*args, **kwargs)))


def address(*more: str) -> dict[str, Any]:
    """How to reach the database without Django, its cursor factory and its adapters; with more of its parameters."""
    wanted = ("host", "port", "user", "password", "dbname", "sslmode", *settings.LIVENESS, *more)
    parameters = connection.get_connection_params()
    return {name: parameters[name] for name in wanted if parameters.get(name)}
