"""A hub for each test, with nothing left behind."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.hub.fakes import World


@pytest_asyncio.fixture
async def world() -> AsyncIterator[World]:
    world = World()
    yield world
    await world.hub.close()
    world.assert_nothing_left()
