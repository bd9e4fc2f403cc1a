"""Is an event lost while two processes behind nginx are restarted, one after the other, under load?"""

import asyncio
from collections.abc import Iterator
from random import Random
from typing import Any

import httpx
import pytest

from dashboards.models import Negocio
from notifications.service_keys import new_key
from tests.acceptance.clients import client, token
from tests.acceptance.cluster import Cluster, Web
from tests.acceptance.resumers import Publisher, Resumer, crowd, missing
from tools.testbed.nginx import nginx

CLIENTS, NEGOCIOS = 40, 4
RATE, BATCH = 100.0, 4
SETTLED_WITHIN = 30.0
MOST_REFUSED = 3


@pytest.fixture(scope="module")
def running(cluster: Cluster) -> Cluster:
    cluster.environment |= {"UPDATE_INTERVAL": "1", "TRUSTED_PROXIES": "127.0.0.1"}
    return cluster.start(webs=2, workers=1)


@pytest.fixture(scope="module")
def proxy(running: Cluster) -> Iterator[str]:
    """Its WebSocket address."""
    with nginx([web.port for web in running.webs]) as url:
        yield url.replace("http", "ws", 1)


@pytest.fixture(scope="module")
def keys(running: Cluster) -> dict[str, str]:
    negocios = [Negocio.objects.create(code=f"n{number}", name="n", kind="tourism") for number in range(NEGOCIOS)]
    return {negocio.code: new_key(negocio, "prueba") for negocio in negocios}


def restart(running: Cluster, web: Web) -> None:
    """As a supervisor does: SIGTERM, then the same command again."""
    assert web.stop() == 0, web.text()[-4000:]
    running.webs.remove(web)
    running.add_web(port=web.port)


async def test_nothing_is_lost_and_nobody_is_refused(running: Cluster, proxy: str, keys: dict[str, str]) -> None:
    random = Random(1)
    resumers = [Resumer(list(keys)[number % NEGOCIOS], lambda: [proxy], random) for number in range(CLIENTS)]
    publisher = Publisher(keys, lambda: [proxy], random)
    async with crowd(resumers):
        publishing = asyncio.create_task(publisher.run(RATE, BATCH))
        await asyncio.sleep(1)
        for web in list(running.webs):  # the second as soon as the first is ready again
            await asyncio.to_thread(restart, running, web)
        await asyncio.sleep(1)
        publishing.cancel()
        await asyncio.gather(publishing, return_exceptions=True)
        async with asyncio.timeout(SETTLED_WITHIN):
            while missing(resumers, publisher.owed):
                await asyncio.sleep(0.2)
        await asyncio.sleep(0.5)  # for what might be told twice
    assert [fault for each in resumers for fault in each.faults] == []
    assert sum(each.repeats for each in resumers) == 0
    assert sum(each.returns for each in resumers) >= CLIENTS, "each was sent away by one of the two at least"
    # A kept connection may close just when a POST is written to it, which nginx doesn't repeat.
    assert publisher.refusals.total() + publisher.failures.total() <= MOST_REFUSED, publisher.refusals
    assert publisher.told > 300
    assert "Traceback" not in running.logs()


async def test_the_proxy_of_the_guide_says_whose_address_it_is_and_keeps_strangers_from_ingest(
    running: Cluster, proxy: str, keys: dict[str, str]
) -> None:
    http = proxy.replace("ws", "http", 1)
    post: dict[str, Any] = {"url": f"{http}/notify", "json": {"type": "test", "message": "hola"}}
    async with httpx.AsyncClient(timeout=10) as back_end:
        assert (await back_end.post(**post)).status_code == 401
        assert (await back_end.get(f"{http}/metrics")).status_code == 403
        assert (await back_end.get(f"{http}/health")).status_code == 200
        async with client(f"{proxy}/ws?token={token('n0')}") as tourist:
            await tourist.quiet(1)  # its silence has to say who it is
            answer = await back_end.post(**post, headers={"X-API-Key": keys["n0"]})
            assert answer.status_code == 200, answer.text
            (heard,) = await tourist.wait_for(1)
            assert (heard["type"], heard["message"]) == ("test", "hola")
