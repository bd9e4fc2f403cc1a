"""What is acknowledged while PostgreSQL restarts, is away, or ends connections? Only what is stored."""

import asyncio
import time

import psycopg
import pytest

from realtime.database import in_thread
from tests.acceptance.faults.scale import SCALE
from tests.acceptance.faults.verdicts import Verdict
from tests.acceptance.faults.world import Load, World, load

BACK_WITHIN = 5.0
# So many publishes must have been acknowledged: by both web processes.
SOME = 8
END_CONNECTIONS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datid > 0"


async def back(under: Load, since: float) -> float:
    """Seconds from `since` until publishes are acknowledged again, and everything acknowledged has been heard."""
    await under.acknowledged(more=SOME)
    await under.caught_up()
    return time.monotonic() - since


async def end_connections(world: World, under: Load) -> float:
    def end() -> None:
        with psycopg.connect(world.postgres.url, autocommit=True) as connection:
            connection.execute(END_CONNECTIONS)

    await in_thread(end)
    return await back(under, time.monotonic())


async def restart(world: World, under: Load) -> float:
    await in_thread(world.postgres.stop)
    await in_thread(world.postgres.start)
    return await back(under, time.monotonic())


async def stay_away(world: World, under: Load) -> float:
    await in_thread(world.postgres.stop)
    try:
        await asyncio.sleep(0.2)  # for answers that were on their way
        acknowledged = under.publisher.acknowledged
        await asyncio.sleep(SCALE.away)
        assert set(await world.readiness()) == {503}
        assert under.publisher.acknowledged == acknowledged
        assert under.publisher.refusals[503] > 0
    finally:
        await in_thread(world.postgres.start)
    return await back(under, time.monotonic())


@pytest.mark.parametrize(
    ("fault", "name", "times"),
    [
        (end_connections, "PostgreSQL: every connection ended", SCALE.times),
        (restart, "PostgreSQL restarted", SCALE.restarts),
        (stay_away, f"PostgreSQL stopped for {SCALE.away:g} s", 1),
    ],
)
async def test_what_is_not_stored_is_not_acknowledged(world: World, fault: object, name: str, times: int) -> None:
    verdict = Verdict(name, BACK_WITHIN)
    async with load(world, verdict, patient=True) as under:
        for verdict.times in range(1, times + 1):
            verdict.recoveries.append(await fault(world, under))  # type: ignore[operator]
            await world.is_ready(True, BACK_WITHIN * SCALE.slack)
        assert set(under.publisher.refusals) <= {503}
        assert under.returns == 0
