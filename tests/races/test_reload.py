"""What happens to open rooms when messages may have been lost? All are read again, together, until it works."""

import asyncio

import pytest

from realtime.hub import reloading as module
from realtime.hub.hub import Hub
from tests.races.fakes import Feed, Key, Socket, Stored, update


@pytest.fixture(autouse=True)
def short_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RELOAD_PAUSE", 0.01)


async def opened(hub: Hub, count: int) -> list[Socket]:
    sockets = [Socket() for _ in range(count)]
    await asyncio.gather(*(hub.join(socket, Key(f"room-{number}")) for number, socket in enumerate(sockets)))
    return sockets


async def test_rooms_are_read_together() -> None:
    stored = Stored(update(1, total=1))
    hub = Hub(Feed(), stored.load)
    sockets = await opened(hub, 50)
    stored.newest, stored.delay, stored.most_reading = update(2, total=2), 0.01, 0
    await hub.reload()
    assert stored.most_reading == 50
    assert all(socket.outlet.frames == ["total"] for socket in sockets)
    await hub.close()


async def test_a_room_that_could_not_be_read_is_read_again() -> None:
    stored = Stored(update(1, total=1))
    hub = Hub(Feed(), stored.load)
    (socket,) = await opened(hub, 1)
    stored.newest, stored.failures = update(2, total=2), 3
    await hub.reload()
    assert hub.rooms[Key("room-0")].figures == {"total": 2}
    assert socket.outlet.frames == ["total"]
    await hub.close()


async def test_a_loss_while_rooms_are_read_has_them_read_once_more() -> None:
    stored = Stored(update(1, total=1))
    hub = Hub(Feed(), stored.load)
    await opened(hub, 1)
    stored.delay, stored.reads = 0.02, 0
    reloading = asyncio.create_task(hub.reload())
    await asyncio.sleep(0.01)
    await hub.reload()
    await hub.reload()
    await reloading
    assert stored.reads == 2
    await hub.close()


async def test_a_room_that_was_closed_meanwhile_is_left_alone() -> None:
    stored = Stored(update(1, total=1))
    hub = Hub(Feed(), stored.load)
    await opened(hub, 1)
    stored.failures = 1_000_000
    reloading = asyncio.create_task(hub.reload())
    await asyncio.sleep(0.03)
    await hub.close()
    await asyncio.wait_for(reloading, 5)
    assert not hub.rooms
