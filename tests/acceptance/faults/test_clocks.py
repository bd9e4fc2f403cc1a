"""What if one process's clock is 90 s off? Order, leases and expiry go by PostgreSQL's clock."""

import asyncio
import datetime as dt
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar

import httpx
import pytest

from realtime.database import in_thread
from realtime.leases import LEASE
from tests.acceptance.businesses import book
from tests.acceptance.clients import Client, client, token, watch
from tests.acceptance.cluster import Program, Web
from tests.acceptance.dashboards import all_right, dashboards
from tests.acceptance.faults.scale import SCALE
from tests.acceptance.faults.verdicts import Verdict
from tests.acceptance.faults.world import Load, World, load
from tools.testbed.clocks import clock_off_by

Started = TypeVar("Started")

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the wrong clock is made as on Linux")

TAKEN_OVER_WITHIN = 10.0
# By a clock that is fast the young one would be too old too, by one that is slow the old one wouldn't.
JOURNAL_AGE = 80
OLD, YOUNG = 100, 1
# With an answer. Seconds.
PATIENCE = 30.0
TELL = """
WITH head AS (INSERT INTO room_heads (negocio_id, topic, seq) VALUES (%s, 'antes', 1000) ON CONFLICT DO NOTHING)
INSERT INTO events (negocio_id, topic, seq, type, message, data, at)
SELECT %s, 'antes', 1000 - age, 'test', '', '{}', now() - make_interval(secs => age) FROM unnest(%s::int[]) AS age
"""
TOLD = "SELECT 1000 - seq FROM events WHERE negocio_id = %s AND topic = 'antes'"
LEASES = "SELECT extract(epoch FROM until - now())::float FROM leases WHERE holder LIKE %s AND until > now()"
PROCESSES = "SELECT extract(epoch FROM until - now())::float FROM processes WHERE id LIKE %s"


@pytest.mark.parametrize("off", [off for who, off in SCALE.wrong_clocks if who == "web"])
async def test_a_web_process_with_a_wrong_clock(world: World, off: int) -> None:
    verdict = Verdict(f"clock of a web process {off:+d} s off", TAKEN_OVER_WITHIN, times=1)
    async with load(world, verdict) as under:
        straight, replaced = world.cluster.webs
        wrong = await started(world.cluster.add_web, clock_off_by(off))
        world.cluster.webs.remove(replaced)
        await asyncio.to_thread(replaced.kill)
        assert abs(await shown_by(wrong) - time.time() - off) < 10
        await knows_no_expired_token(wrong, off)
        await knows_requests_of_others(world, off, straight, wrong)
        await sees_who_is_there(world, straight, wrong)
        await shows_what_is_right(world)
        await in_thread(has_true_leases, world, wrong)
        await under.caught_up()
        world.cluster.webs.remove(wrong)
        await asyncio.to_thread(wrong.kill)
        await asyncio.to_thread(world.cluster.add_web)


@pytest.mark.parametrize("off", [off for who, off in SCALE.wrong_clocks if who == "worker"])
async def test_a_worker_with_a_wrong_clock_does_everything(world: World, off: int) -> None:
    verdict = Verdict(f"clock of the worker {off:+d} s off", TAKEN_OVER_WITHIN, times=1)
    async with load(world, verdict) as under:
        await in_thread(tell_before, world)
        await knows_requests_of_others(world, off, *world.cluster.webs)
        others = list(world.cluster.workers)
        wrong = await started(world.cluster.add_worker, {"JOURNAL_AGE": str(JOURNAL_AGE), **clock_off_by(off)})
        for worker in others:
            world.cluster.workers.remove(worker)
            await asyncio.to_thread(worker.stop)
        await prunes_what_is_old(world)
        await knows_requests_of_others(world, off, *world.cluster.webs, again=True)
        await shows_what_is_right(world)
        await in_thread(has_true_leases, world, wrong)
        await under.caught_up()
        verdict.recoveries.append(await replaced_by_others(world, under, wrong))
        await shows_what_is_right(world)


async def started(start: Callable[..., Started], environment: Mapping[str, str]) -> Started:
    return await asyncio.to_thread(partial(start, **environment))


async def shown_by(web: Web) -> float:
    """What the process's clock shows."""
    async with httpx.AsyncClient(timeout=PATIENCE, trust_env=False) as http:
        said = (await http.get(f"{web.http}/health")).json()["timestamp"]
    return dt.datetime.fromisoformat(said).timestamp()


async def knows_no_expired_token(wrong: Web, off: int) -> None:
    """By the process's own clock, which is all that it has: one that is fast refuses tokens before their time."""
    for ttl, good in ((3600, True), (off + 60, True), (off - 60, False)):
        async with httpx.AsyncClient(
            trust_env=False, headers={"Authorization": f"Bearer {token('cola', ttl=ttl)}"}
        ) as http:
            answer = await http.get(f"{wrong.http}/api/rooms/cola/stats")
        assert (answer.status_code == 200) is good, (off, ttl, answer.text)


async def knows_requests_of_others(world: World, off: int, *webs: Web, again: bool = False) -> None:
    """A request that one process has stored is the same one to another; `again`: this test made it before."""
    key = next(iter(world.keys.values()))
    headers = {"X-API-Key": key, "Idempotency-Key": f"una vez {webs[-1].port} {off:+d}"}
    item = {"user": "nadie", "type": "test", "data": {}}
    async with httpx.AsyncClient(timeout=PATIENCE, trust_env=False, headers=headers) as http:
        answers = [(await http.post(f"{web.http}/api/publish", json=item)).json() for web in webs]
    said = [answer["results"][0]["status"] for answer in answers]
    assert said == ["duplicate" if again else "stored", *["duplicate"] * (len(webs) - 1)]


async def sees_who_is_there(world: World, *webs: Web) -> None:
    """Each process tells of everybody, wherever they are connected."""

    def url(web: Web) -> str:
        return f"{web.ws}/ws/native?token={token('cola', user=str(web.port))}"

    everybody = sorted(str(web.port) for web in webs)
    async with client(url(webs[0])) as one, client(url(webs[1])) as other:
        for watcher in (one, other):
            await watch(watcher)
        for watcher in (one, other):
            async with asyncio.timeout(10):
                while sorted((await presence(watcher))["users"]) != everybody:
                    await asyncio.sleep(0.2)


async def presence(asker: Client) -> Any:
    seen = len(asker.frames)
    await asker.send({"v": 1, "type": "presence", "id": "who", "topic": "stats"})
    await asker.wait_until(lambda: any(frame.get("id") == "who" for frame in asker.frames[seen:]))
    return next(frame for frame in asker.frames[seen:] if frame.get("id") == "who")


async def shows_what_is_right(world: World) -> None:
    """Figures that are computed and told now replace those of before, and say when they were true."""
    async with dashboards(world.urls(), [world.queue]) as pages:
        await in_thread(book, world.queue)
        await all_right(pages, [world.queue])
        for page in pages:
            as_of = dt.datetime.fromisoformat(page.socket.frames[-1]["as_of"])
            assert abs(as_of.timestamp() - time.time()) < 20


def has_true_leases(world: World, program: Program) -> None:
    """It is known to live, and what it holds runs out in time."""
    with world.cluster.connect() as connection:
        for question in (PROCESSES, LEASES):
            left = [seconds for (seconds,) in connection.execute(question, [f"%-{program.pid}-%"])]
            assert all(0 < seconds <= LEASE for seconds in left), (question, left)
            assert left or question is LEASES


def tell_before(world: World) -> None:
    """Two events of before, of which one is too old for the worker with the wrong clock."""
    with world.cluster.connect() as connection:
        connection.execute("DELETE FROM events WHERE topic = 'antes'")
        connection.execute(TELL, [world.queue.pk, world.queue.pk, [OLD, YOUNG]])


async def prunes_what_is_old(world: World) -> None:
    """And nothing else."""

    def told() -> list[int]:
        with world.cluster.connect() as connection:
            return [age for (age,) in connection.execute(TOLD, [world.queue.pk])]

    async with asyncio.timeout(TAKEN_OVER_WITHIN):
        while OLD in await in_thread(told):
            await asyncio.sleep(0.1)
    assert await in_thread(told) == [YOUNG]


async def replaced_by_others(world: World, under: Load, wrong: Program) -> float:
    """Seconds from its death until events are heard again: its leases don't outlast it."""
    for _ in range(2):
        await asyncio.to_thread(world.cluster.add_worker)
    world.cluster.workers.remove(wrong)
    await asyncio.to_thread(wrong.kill)
    killed = time.monotonic()
    await under.acknowledged()
    await under.caught_up()
    return time.monotonic() - killed
