"""What is told to a room's members when updates come out of order, twice, or with nothing new?"""

from realtime.hub.hub import Hub
from tests.races.fakes import Feed, Key, Socket, Stored, update

KEY = Key("stats")


async def joined(hub: Hub) -> Socket:
    socket = Socket()
    await hub.join(socket, KEY)
    return socket


async def test_a_tick_that_saw_nothing_new_is_told_all_the_same() -> None:
    hub = Hub(Feed(), Stored(update(7, today=1)).load)
    socket = await joined(hub)
    hub.update(KEY, update(7, ticked=True, today=1))
    assert socket.outlet.frames == ["today"]
    await hub.close()


async def test_a_figure_of_another_day_is_taken_though_no_row_was_written() -> None:
    hub = Hub(Feed(), Stored(update(7, today=1)).load)
    socket = await joined(hub)
    hub.update(KEY, update(7, ticked=True, today=0))
    assert hub.rooms[KEY].figures == {"today": 0}
    assert len(socket.outlet.frames) == 1
    await hub.close()


async def test_an_older_tick_is_not_told() -> None:
    hub = Hub(Feed(), Stored(update(7, today=1)).load)
    socket = await joined(hub)
    hub.update(KEY, update(6, ticked=True, today=0))
    assert socket.outlet.frames == []
    await hub.close()


async def test_what_was_told_already_is_not_told_twice() -> None:
    hub = Hub(Feed(), Stored(update(7, today=1)).load)
    socket = await joined(hub)
    hub.update(KEY, update(7, today=1))
    assert socket.outlet.frames == []
    await hub.close()
