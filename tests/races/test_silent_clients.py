"""Is a client that never asks served though the database was away at the moment when it should have been?"""

import asyncio
from typing import Any

import pytest
from channels.layers import channel_layers
from django.db import OperationalError

from realtime.asgi import application
from realtime.database import in_thread
from realtime.node import node
from realtime.tenancy import tenancy
from tests.acceptance.businesses import new_shop
from tests.acceptance.clients import client, token
from tests.frames.live import serving

pytestmark = pytest.mark.django_db(transaction=True)


async def test_a_silent_client_is_served_once_the_database_is_back(monkeypatch: pytest.MonkeyPatch) -> None:
    channel_layers.backends = {}  # this loop's own
    await in_thread(new_shop, "taller")

    async def fail() -> Any:
        raise OperationalError("no PostgreSQL")

    async with serving(application) as live:
        async with client(f"ws://127.0.0.1:{live.port}/ws?token={token('taller')}") as page:
            with monkeypatch.context() as away:
                away.setattr(tenancy, "directory", fail)
                await asyncio.sleep(1.2)
            (full,) = await page.wait_for(1)
            assert full["event"] == "DASHBOARD_FULL_UPDATE"
        await node().stop()
    assert live.complaints == []
