"""Does a storm of upgrades leave time for those who are connected?"""

import asyncio
from contextlib import suppress

import pytest

from realtime.limits.gate import Crowded, Gate


async def test_few_pass_in_each_turn_of_the_loop_and_in_their_order() -> None:
    gate, passed, turns = Gate(at_once=3), list[int](), list[int]()

    async def visit(number: int) -> None:
        await gate.turn()
        passed.append(number)

    storm = [asyncio.create_task(visit(number)) for number in range(30)]
    while len(passed) < 30:
        before = len(passed)
        await asyncio.sleep(0)
        turns.append(len(passed) - before)
    await asyncio.gather(*storm)
    assert passed == list(range(30))
    assert max(turns) <= 3, "the loop looks after others between two turns"
    assert len(gate) == 0


async def test_one_alone_passes_at_once() -> None:
    gate = Gate(at_once=1)
    for _ in range(3):
        visit = asyncio.create_task(gate.turn())
        await asyncio.sleep(0)
        assert visit.done()
        await asyncio.sleep(0)


async def test_a_queue_that_is_too_long_turns_people_away() -> None:
    gate = Gate(at_once=1, longest_queue=2)
    visits = await asyncio.gather(*(gate.turn() for _ in range(5)), return_exceptions=True)
    assert [type(visit) for visit in visits if visit is not None] == [Crowded, Crowded]
    await gate.turn()


async def test_who_goes_while_waiting_holds_up_nobody() -> None:
    gate = Gate(at_once=1)
    visits = [asyncio.create_task(gate.turn()) for _ in range(10)]
    for visit in visits[2:8]:
        await asyncio.sleep(0)
        visit.cancel()
    with suppress(asyncio.CancelledError):
        async with asyncio.timeout(5):
            await asyncio.gather(*visits[:2], *visits[8:])
    assert all(visit.done() for visit in visits)
    await gate.turn()


@pytest.mark.parametrize("pause", [0, 0.01])
async def test_it_opens_again_after_a_storm(pause: float) -> None:
    gate = Gate(at_once=2)
    for _ in range(3):
        await asyncio.gather(*(gate.turn() for _ in range(7)))
        await asyncio.sleep(pause)
    assert len(gate) == 0
