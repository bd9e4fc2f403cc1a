"""Is anything lost, or any socket closed, when Redis restarts, is away, or ends the subscriptions?"""

import asyncio
import time

import pytest

from realtime.database import in_thread
from tests.acceptance.businesses import book, order
from tests.acceptance.dashboards import Dashboard, all_right, dashboards
from tests.acceptance.faults.scale import SCALE
from tests.acceptance.faults.verdicts import Verdict
from tests.acceptance.faults.world import Load, World, load

RIGHT_WITHIN = 5.0
# The layer is asked at once; what a process sends itself is missed after six seconds.
RED_WITHIN, GREEN_WITHIN = 10.0, 10.0


def write(world: World) -> None:
    """Something that every dashboard shows."""
    book(world.queue)
    order(world.equipment, status="DELIVERED", final_cost=10)


async def right(world: World, under: Load, pages: list[Dashboard], since: float) -> float:
    """Seconds from `since` until every dashboard shows what is true, and everybody has heard everything."""
    await all_right(pages, world.shown, timeout=2 * RIGHT_WITHIN * SCALE.slack)
    shown = time.monotonic()
    await under.caught_up()
    return shown - since


async def end_subscriptions(world: World, under: Load, pages: list[Dashboard]) -> float:
    """CLIENT KILL: they come back at once."""
    killing = time.monotonic()
    await asyncio.gather(in_thread(world.redis.kill_subscribers), in_thread(write, world))
    return await right(world, under, pages, killing)


async def refuse_subscriptions(world: World, under: Load, pages: list[Dashboard]) -> float:
    """CLIENT KILL, and no way back for a while, though others may still publish: a process is deaf and knows it."""
    await in_thread(world.redis.allow_subscriptions, False)
    try:
        await in_thread(world.redis.kill_subscribers)
        await in_thread(write, world)
        await world.is_ready(False, RED_WITHIN)
        await asyncio.sleep(SCALE.away / 2)
    finally:
        await in_thread(world.redis.allow_subscriptions, True)
    return await right(world, under, pages, time.monotonic())


async def restart(world: World, under: Load, pages: list[Dashboard]) -> float:
    await in_thread(world.redis.stop)
    await in_thread(write, world)
    await in_thread(world.redis.start)
    return await right(world, under, pages, time.monotonic())


async def stay_away(world: World, under: Load, pages: list[Dashboard]) -> float:
    await in_thread(world.redis.stop)
    stopped = time.monotonic()
    try:
        await in_thread(write, world)
        await world.is_ready(False, RED_WITHIN)
        await asyncio.sleep(max(0.0, SCALE.away - (time.monotonic() - stopped)))
        assert set(await world.readiness()) == {503}
    finally:
        await in_thread(world.redis.start)
    return await right(world, under, pages, time.monotonic())


@pytest.mark.parametrize(
    ("fault", "name", "times"),
    [
        (end_subscriptions, "Redis: CLIENT KILL of subscribers", SCALE.times),
        (refuse_subscriptions, "Redis: subscribers killed and kept out", 1),
        (restart, "Redis restarted", SCALE.restarts),
        (stay_away, f"Redis stopped for {SCALE.away:g} s", 1),
    ],
)
async def test_sockets_stay_and_nothing_is_lost(world: World, fault: object, name: str, times: int) -> None:
    verdict = Verdict(name, RIGHT_WITHIN)
    async with load(world, verdict, patient=True) as under, dashboards(world.urls(), world.shown) as pages:
        await in_thread(write, world)
        await all_right(pages, world.shown)
        for verdict.times in range(1, times + 1):
            verdict.recoveries.append(await fault(world, under, pages))  # type: ignore[operator]
            await world.is_ready(True, GREEN_WITHIN)
        assert under.returns == 0
        assert all(page.socket.is_open for page in pages)
