"""Is the limit of connections kept when many upgrades are judged at the same moment?"""

import asyncio
from typing import Any

import pytest
from channels.layers import channel_layers
from django.test import override_settings
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from realtime.asgi import application
from realtime.consumers.admission import admit
from realtime.database import in_thread
from realtime.node import node
from tests.acceptance.businesses import new_negocio
from tests.acceptance.clients import token
from tests.frames.live import serving

pytestmark = pytest.mark.django_db(transaction=True)


async def test_a_storm_of_upgrades_gets_no_more_than_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    channel_layers.backends = {}  # this loop's own
    await in_thread(new_negocio, "uno")

    async def slowly(scope: Any) -> Any:
        await asyncio.sleep(0.2)
        return await admit(scope)

    monkeypatch.setattr("realtime.consumers.client.admit", slowly)
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
