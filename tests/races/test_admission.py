"""Are the limits of connections kept, by real sockets and streams, and when many upgrades are judged at a moment?"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from channels.layers import channel_layers
from django.test import override_settings
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from realtime.asgi import application
from realtime.consumers.admission import admit
from realtime.database import in_thread
from realtime.limits.joins import Joins
from realtime.node import node
from tests.acceptance.businesses import new_negocio
from tests.acceptance.clients import client, clients, token
from tests.frames.live import serving

pytestmark = pytest.mark.django_db(transaction=True)


async def test_a_storm_of_upgrades_gets_no_more_than_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    channel_layers.backends = {}  # this loop's own
    await in_thread(new_negocio, "uno")

    async def slowly(scope: Any) -> Any:
        await asyncio.sleep(0.2)
        return await admit(scope)

    monkeypatch.setattr("realtime.consumers.entrance.admit", slowly)
    async with serving(application) as live:
        url = f"ws://127.0.0.1:{live.port}/ws?token={token('uno')}"
        with override_settings(MAX_CONNECTIONS=3):
            results = await asyncio.gather(*(connect(url, proxy=None) for _ in range(12)), return_exceptions=True)
        refused = [result.response.status_code for result in results if isinstance(result, InvalidStatus)]
        assert refused == [503] * 9
        assert node().connections == 3
        for result in results:
            if not isinstance(result, BaseException):
                await result.close()
        await node().stop()
    assert live.complaints == []


@asynccontextmanager
async def serving_uno(**settings: Any) -> AsyncIterator[int]:
    """The port of a server on this loop that has one negocio."""
    channel_layers.backends = {}
    await in_thread(new_negocio, "uno")
    async with serving(application) as live:
        with override_settings(**settings):
            yield live.port
            await node().stop()
    assert live.complaints == []


async def refusal(url: str) -> int:
    try:
        async with client(url):
            return 101
    except InvalidStatus as error:
        return error.response.status_code


async def test_a_user_or_negocio_of_too_many_is_refused_until_one_closes() -> None:
    async with serving_uno(MAX_CONNECTIONS_PER_USER=2, MAX_CONNECTIONS_PER_NEGOCIO=3) as port:
        mine, other, third = (f"ws://127.0.0.1:{port}/ws?token={token('uno', user=user)}" for user in "789")
        async with client(mine), client(mine) as last:
            assert await refusal(mine) == 429
            async with client(other):
                assert await refusal(third) == 429
                await last.close()
                assert await refusal(third) == 101
        assert await refusal(mine) == 101
    assert node().occupancy.is_empty


async def test_a_stream_counts_as_a_socket_does() -> None:
    async with serving_uno(MAX_CONNECTIONS_PER_USER=1) as port:
        url = f"http://127.0.0.1:{port}/sse/uno/stats?token={token('uno')}"
        async with httpx.AsyncClient(timeout=10) as http:
            async with http.stream("GET", url) as listening:
                assert listening.status_code == 200
                refused = await http.get(url)
                assert (refused.status_code, refused.json()) == (429, {"error": "too many connections"})
                assert await refusal(f"ws://127.0.0.1:{port}/ws?token={token('uno')}") == 429
            async with asyncio.timeout(10):
                while not node().occupancy.is_empty:
                    await asyncio.sleep(0.01)


async def test_who_is_one_too_many_by_a_token_in_a_frame_is_told_and_closed() -> None:
    async with serving_uno(MAX_CONNECTIONS_PER_USER=1) as port:
        url = f"ws://127.0.0.1:{port}/ws/native"
        auth = {"v": 1, "type": "auth", "id": 1, "token": token("uno")}
        async with client(url) as first, client(url) as second:
            for _ in range(3):  # a fresh token of one's own is not one more
                await first.send(auth)
            await first.wait_for(3)
            assert {frame["type"] for frame in first.frames} == {"authenticated"}
            await second.send(auth)
            assert await second.closed() == 4109
            assert second.frames == [
                {"v": 1, "type": "error", "id": 1, "code": 4109, "reason": "too many connections", "retry": False}
            ]
            assert first.is_open


async def test_sockets_of_clients_that_resume_are_made_anew_now_and_then_and_no_others() -> None:
    async with serving_uno(SOCKET_LIFETIME=0.5) as port:
        url = f"ws://127.0.0.1:{port}/ws/native?token={token('uno')}"
        async with client(url) as native, client(f"ws://127.0.0.1:{port}/ws?token={token('uno')}") as citas:
            assert await native.closed() == 4010
            await citas.quiet(1.0)
            assert citas.is_open


async def test_a_user_that_joins_too_fast_waits_or_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving_uno() as port:
        node().joins = Joins(rate=2, burst=1)
        monkeypatch.setattr("realtime.limits.joins.PATIENCE", 0.6)
        async with client(f"ws://127.0.0.1:{port}/ws/native?token={token('uno')}") as asking:
            started = asyncio.get_running_loop().time()
            for number in range(2):
                await asking.send({"v": 1, "type": "subscribe", "id": number, "topic": "stats"})
            await asking.wait_until(lambda: sum(frame["type"] == "subscribed" for frame in asking.frames) == 2)
            assert asyncio.get_running_loop().time() - started > 0.4
            sockets = [f"ws://127.0.0.1:{port}/ws/native?token={token('uno')}" for _ in range(6)]
            async with clients(sockets) as others:
                for number, other in enumerate(others):
                    await other.send({"v": 1, "type": "subscribe", "id": number, "topic": "stats"})
                for other in others:
                    await other.wait_for(1)
                answers = [other.frames[0] for other in others]
        refused = [answer for answer in answers if answer["type"] == "error"]
        assert refused
        assert {(answer["code"], answer["retry"]) for answer in refused} == {(4000, True)}
