"""How do questions of the same moment share their reading? The first asker waits a little for the others."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping
from typing import Generic, TypeVar

# So long the first asker waits. Seconds.
PAUSE = 0.002

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
Asked = Mapping[K, asyncio.Future[V]]


class Gathering(Generic[K, V]):
    """Questions by key; `read` gets all that were asked within PAUSE and answers each. What it raises, they all get."""

    def __init__(self, read: Callable[[Asked[K, V]], Awaitable[None]]) -> None:
        self._read = read
        self._asked: dict[K, asyncio.Future[V]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def ask(self, key: K) -> V:
        """The answer; who asks the same meanwhile gets the same."""
        future = self._asked.get(key)
        if future is None:
            future = self._asked[key] = asyncio.get_running_loop().create_future()
            if len(self._asked) == 1:
                task = asyncio.create_task(self._read_soon())
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
        return await asyncio.shield(future)

    async def _read_soon(self) -> None:
        await asyncio.sleep(PAUSE)
        asked, self._asked = self._asked, {}
        try:
            await self._read(asked)
        except Exception as error:
            answer_all(asked, error)


def answer(future: "asyncio.Future[V]", answer: V | Exception) -> None:
    """Answer who asks, unless that is done already."""
    if future.done():
        return
    if isinstance(answer, Exception):
        future.set_exception(answer)
        future.exception()  # whoever still waits gets it; nobody may
    else:
        future.set_result(answer)


def answer_all(asked: Asked[K, V], error: Exception) -> None:
    """None of them can be answered."""
    for future in asked.values():
        answer(future, error)
