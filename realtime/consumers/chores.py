"""What does a connection do beside its frames? Timers and tasks, all of which end with it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Hashable
from functools import partial
from typing import Any, TypeVar

from realtime.complaints import in_a_line

logger = logging.getLogger(__name__)

Work = Callable[[], Awaitable[None]]
Value = TypeVar("Value")


class Chores:
    """The timers, by name, and the tasks of one connection."""

    def __init__(self) -> None:
        # Empty ones cost next to nothing, and they are empty most of the time.
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._tasks: dict[asyncio.Task[None], None] = {}

    def later(self, name: str, delay: float, work: Work) -> None:
        """Start the work in `delay` seconds, unless it is cancelled by that name."""
        self._timers[name] = asyncio.get_running_loop().call_later(delay, self._due, name, work)

    def cancel(self, name: str) -> None:
        """Harmless where there is no such timer."""
        if timer := _popped(self._timers, name):
            timer.cancel()

    def start(self, work: Work) -> asyncio.Task[None]:
        """Whatever fails is one line in the log, and the connection stays."""
        task = asyncio.create_task(_quietly(work))
        self._tasks[task] = None
        task.add_done_callback(partial(_popped, self._tasks))
        return task

    def end(self) -> None:
        """Synchronous, so that a cancelled task can't skip it."""
        for timer in self._timers.values():
            timer.cancel()
        for task in self._tasks:
            task.cancel()

    def _due(self, name: str, work: Work) -> None:
        _popped(self._timers, name)
        self.start(work)


def _popped(entries: dict[Any, Value], key: Hashable) -> Value | None:
    """What stood there; an emptied dictionary keeps no room for what it held once."""
    value = entries.pop(key, None)
    if not entries:
        entries.clear()
    return value


async def _quietly(work: Work) -> None:
    try:
        await work()
    except OSError:
        pass  # the peer is gone
    except Exception as error:
        logger.warning("%s: %s", getattr(work, "__name__", "work"), in_a_line(error))
