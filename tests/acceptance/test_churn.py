"""Is anything left of clients of all dialects that come and go? Memory, tasks, files, connections, rooms, leases.

The issue asks for three minutes here; PULSO_CHURN_SECONDS says otherwise. An hour: the benchmark `churn`.
"""

import os
from collections.abc import Iterator
from typing import Any

import pytest

from tests.acceptance.churning import churn
from tests.acceptance.cluster import Cluster
from tests.acceptance.databases import django_uses, fresh_database
from tools.testbed.redis_server import redis_server

SECONDS = float(os.environ.get("PULSO_CHURN_SECONDS", 120))
# Rooms linger for 30 s, and who was present is forgotten after as long again.
WARM_UP = max(60.0, SECONDS / 4)
# Of an hour 1 %; in minutes, one page of an allocator more is as much. A leak of 1 KiB a visit shows.
MOST_GROWTH = 0.03
# Counts go up and down by chance: by a few, and by a share of what there is.
MOST_MORE, MOST_DRIFT = 5, 0.15


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, django_db_blocker: Any) -> Iterator[Cluster]:
    folder = tmp_path_factory.mktemp("churn")
    with (
        django_db_blocker.unblock(),
        redis_server() as redis,
        fresh_database() as name,
        django_uses(name),
        Cluster(name, folder, REDIS_URL=redis) as cluster,
    ):
        yield cluster.start(webs=1, workers=1)


async def test_nothing_grows_while_clients_come_and_go(running: Cluster) -> None:
    found = await churn(running, SECONDS, WARM_UP)
    memory = {name: f"{found.growth(name):+.2%}" for name in found.samples[0].memory}
    counts = found.drifts()
    print(f"{found.visits} visits, {found.told} events in each room, memory {memory}, {counts}")
    assert found.lost == []
    assert found.visits > SECONDS
    assert all(found.growth(name) < MOST_GROWTH for name in found.samples[0].memory), memory
    assert {name: ends for name, ends in counts.items() if ends[1] > ends[0] * (1 + MOST_DRIFT) + MOST_MORE} == {}
    assert "Traceback" not in running.logs()
