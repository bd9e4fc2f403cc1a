"""How does what comes at the same time go together? While a batch is under way the next one gathers."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Generic, TypeVar

from realtime.gathering import answer

# So long the end of the process waits for what is under way. Seconds.
PATIENCE = 5.0

T = TypeVar("T")
R = TypeVar("R")


class Batching(Generic[T, R]):
    """Work on items in the order in which they came, one batch at a time, nothing waiting for a batch to fill.

    `work` gets at most what weighs `most` together, or one item, and returns the result of each, which may be an
    exception; one that it raises is the result of all. Whoever waits for an item may be cancelled: the item is worked
    on all the same.
    """

    def __init__(
        self,
        work: Callable[[Sequence[T]], Awaitable[Sequence[R | Exception]]],
        most: int,
        weight: Callable[[T], int],
    ) -> None:
        self._work, self._most, self._weight = work, most, weight
        self._waiting: deque[tuple[T, asyncio.Future[R]]] = deque()
        self._task: asyncio.Task[None] | None = None

    async def do(self, item: T) -> R:
        """The result of the item; raises what it failed with."""
        return await self.begin(item)

    def begin(self, item: T) -> "asyncio.Future[R]":
        """As do(), for who needn't wait."""
        future: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._work_on_all())
        return future

    async def close(self) -> None:
        """Return when nothing is under way, or it takes too long."""
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=PATIENCE)

    async def _work_on_all(self) -> None:
        while self._waiting:
            batch = self._next()
            try:
                results = await self._work([item for item, _ in batch])
            except Exception as error:
                results = [error] * len(batch)
            for (_, future), result in zip(batch, results, strict=True):
                answer(future, result)

    def _next(self) -> list[tuple[T, "asyncio.Future[R]"]]:
        batch = [self._waiting.popleft()]
        weight = self._weight(batch[0][0])
        while self._waiting and (weight := weight + self._weight(self._waiting[0][0])) <= self._most:
            batch.append(self._waiting.popleft())
        return batch


def in_pieces(items: Sequence[T], most: int, weight: Callable[[T], int]) -> Iterator[Sequence[T]]:
    """The items in their order, in pieces that weigh at most so much, or of one item."""
    start = weighs = 0
    for place, item in enumerate(items):
        own = weight(item)
        weighs += own
        if weighs > most and place > start:
            yield items[start:place]
            start, weighs = place, own
    if items:
        yield items[start:]
