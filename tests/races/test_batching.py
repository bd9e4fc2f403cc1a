"""Does what waits together go together, in its order, whatever happens to those who wait for it?"""

import asyncio
from collections.abc import Sequence

import pytest

from realtime.batching import Batching


class Work:
    """Doubles numbers, when it is let; seven is refused, and nine breaks it."""

    def __init__(self, most: int = 10) -> None:
        self.batches: list[list[int]] = []
        self.gate = asyncio.Event()
        self.batching: Batching[int, int] = Batching(self.work, most, lambda number: number)

    async def work(self, batch: Sequence[int]) -> Sequence[int | Exception]:
        self.batches.append(list(batch))
        await self.gate.wait()
        if 9 in batch:
            raise OSError("broken")
        return [ValueError(number) if number == 7 else 2 * number for number in batch]

    def ask(self, *numbers: int) -> "list[asyncio.Task[int]]":
        return [asyncio.create_task(self.batching.do(number)) for number in numbers]


async def turn() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_the_first_goes_at_once_and_the_next_together() -> None:
    work = Work()
    first = work.ask(1)
    await turn()
    later = work.ask(2, 3, 4)
    await turn()
    assert work.batches == [[1]]
    work.gate.set()
    assert await asyncio.gather(*first, *later) == [2, 4, 6, 8]
    assert work.batches == [[1], [2, 3, 4]]


async def test_a_batch_weighs_no_more_than_it_may_or_is_of_one() -> None:
    work = Work(most=10)
    work.gate.set()
    assert len(await asyncio.gather(*work.ask(4, 6, 1, 20, 3, 3))) == 6
    assert work.batches == [[4, 6], [1], [20], [3, 3]]


async def test_each_gets_its_own_result() -> None:
    work = Work(most=100)
    work.gate.set()
    good, bad, another = await asyncio.gather(*work.ask(1, 7, 2), return_exceptions=True)
    assert (good, another) == (2, 4)
    assert isinstance(bad, ValueError)


async def test_what_breaks_a_batch_is_told_all_of_it_and_the_next_is_done() -> None:
    work = Work(most=10)
    work.gate.set()
    broken, whole = await asyncio.gather(*work.ask(1, 9, 5), return_exceptions=True), work.ask(3)
    assert [type(one) for one in broken] == [OSError, OSError, int]
    assert await whole[0] == 6


async def test_whoever_is_cancelled_loses_nothing_but_the_answer() -> None:
    work = Work()
    tasks = work.ask(1, 2, 3)
    await turn()
    tasks[1].cancel()
    work.gate.set()
    assert [await tasks[0], await tasks[2]] == [2, 6]
    assert work.batches == [[1, 2, 3]]
    with pytest.raises(asyncio.CancelledError):
        await tasks[1]


async def test_closing_waits_for_what_is_under_way() -> None:
    work = Work()
    tasks = work.ask(1)
    await turn()
    closing = asyncio.create_task(work.batching.close())
    await turn()
    assert not closing.done()
    work.gate.set()
    await closing
    assert tasks[0].done() or await tasks[0] == 2
