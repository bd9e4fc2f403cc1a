"""Can one user, over all of its connections, join rooms faster than it may?"""

import asyncio

import pytest

from realtime.limits.joins import PATIENCE, Joins, TooMany


def test_a_burst_passes_and_what_follows_waits_longer_and_longer() -> None:
    joins = Joins(rate=10, burst=3)
    waits = [joins.wait("7", now=100.0) for _ in range(6)]
    assert waits == pytest.approx([0, 0, 0, 0.1, 0.2, 0.3])
    assert joins.wait("8", now=100.0) == 0
    assert joins.wait("7", now=101.0) == 0, "the bucket has filled meanwhile"


def test_who_would_wait_too_long_is_told_and_not_punished_for_asking() -> None:
    joins = Joins(rate=10, burst=1)
    for _ in range(1 + round(10 * PATIENCE)):
        joins.wait("7", now=0.0)
    for _ in range(50):
        with pytest.raises(TooMany):
            joins.wait("7", now=0.0)
    assert joins.wait("7", now=0.2) == pytest.approx(PATIENCE - 0.1)


async def test_nobody_in_particular_waits_for_nobody() -> None:
    joins = Joins(rate=0.001, burst=1)
    async with asyncio.timeout(5):
        for _ in range(100):
            await joins.turn(None)
