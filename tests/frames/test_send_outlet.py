"""The outlet over plain ASGI send keeps order, bound and silence as the direct one does."""

import asyncio
from typing import Any

import pytest

from realtime.hub.frames import Frame
from realtime.hub.outlet import BUFFER_LIMIT, CLOSED, CONGESTED, EXTENSION, SENT, SendOutlet, outlet_for

from .live import Accepting, on_uvloop, serving


class FakeServer:
    """An ASGI `send` that can be held up, and that can fail."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self.free = asyncio.Event()
        self.free.set()
        self.error: Exception | None = None

    async def send(self, message: dict[str, Any]) -> None:
        await self.free.wait()
        if self.error is not None:
            raise self.error
        self.messages.append(message)

    @property
    def texts(self) -> list[str]:
        return [message["text"] for message in self.messages if message["type"] == "websocket.send"]


def opened(server: FakeServer) -> SendOutlet:
    outlet = SendOutlet(server.send)
    outlet.opened()
    return outlet


async def test_nothing_is_sent_before_the_accept() -> None:
    server = FakeServer()
    outlet = SendOutlet(server.send)
    assert outlet.write(Frame.of("early")) is CLOSED
    outlet.opened()
    assert outlet.write(Frame.of("now")) is SENT
    await outlet.flush()
    assert server.texts == ["now"]


async def test_frames_arrive_in_order() -> None:
    server = FakeServer()
    outlet = opened(server)
    for number in range(100):
        assert outlet.write(Frame.of(str(number))) is SENT
        if number % 7 == 0:
            await asyncio.sleep(0)
    await outlet.flush()
    assert server.texts == [str(number) for number in range(100)]
    assert outlet.buffered() == 0


async def test_what_was_sent_goes_out_before_the_close() -> None:
    server = FakeServer()
    outlet = opened(server)
    outlet.write(Frame.of("error"))
    await outlet.flush()
    outlet.closed()
    await server.send({"type": "websocket.close"})
    assert outlet.write(Frame.of("late")) is CLOSED
    await asyncio.sleep(0.01)
    assert [message["type"] for message in server.messages] == ["websocket.send", "websocket.close"]


async def test_nothing_is_sent_after_the_close() -> None:
    server = FakeServer()
    outlet = opened(server)
    outlet.write(Frame.of("dropped"))
    outlet.closed()
    await server.send({"type": "websocket.close"})
    await asyncio.sleep(0.01)
    assert server.texts == []


async def test_over_the_bound_it_is_congested_until_it_has_drained() -> None:
    server = FakeServer()
    server.free.clear()
    outlet = opened(server)
    drained: list[int] = []
    outlet.on_drain = lambda: drained.append(outlet.buffered())
    frame, taken = Frame.of("x" * 10_000), 0
    while outlet.write(frame) is SENT:
        taken += 1
        await asyncio.sleep(0)
    assert outlet.write(frame) is CONGESTED
    assert outlet.write(Frame.of("small")) is CONGESTED
    assert outlet.buffered() <= BUFFER_LIMIT
    assert taken == BUFFER_LIMIT // len(frame)
    server.free.set()
    await outlet.flush()
    assert len(drained) == 1
    assert drained[0] <= BUFFER_LIMIT // 4
    assert outlet.write(Frame.of("again")) is SENT
    await outlet.flush()
    assert len(server.texts) == taken + 1


async def test_what_on_drain_writes_follows() -> None:
    server = FakeServer()
    server.free.clear()
    outlet = opened(server)
    outlet.on_drain = lambda: None if outlet.write(Frame.of("latest")) is SENT else pytest.fail("refused")
    while outlet.write(Frame.of("x" * 50_000)) is SENT:
        pass
    server.free.set()
    await outlet.flush()
    assert server.texts[-1] == "latest"


async def test_a_frame_larger_than_the_bound_passes_alone() -> None:
    server = FakeServer()
    outlet = opened(server)
    assert outlet.write(Frame.of("x" * 2 * BUFFER_LIMIT)) is SENT
    assert outlet.write(Frame.of("y")) is CONGESTED
    await outlet.flush()
    assert len(server.texts) == 1


@pytest.mark.parametrize("error", [OSError("gone"), RuntimeError("send after close")])
async def test_a_server_that_refuses_closes_it(error: Exception) -> None:
    server = FakeServer()
    server.error = error
    outlet = opened(server)
    outlet.write(Frame.of("a"))
    outlet.write(Frame.of("b"))
    await outlet.flush()
    assert outlet.write(Frame.of("c")) is CLOSED
    assert outlet.buffered() == 0


async def test_abort_drops_what_waits_and_asks_for_a_close() -> None:
    server = FakeServer()
    server.free.clear()
    outlet = opened(server)
    outlet.write(Frame.of("held up"))
    await asyncio.sleep(0)
    outlet.abort()
    server.free.set()
    await outlet.flush()
    assert [message["type"] for message in server.messages] == ["websocket.close"]
    assert outlet.write(Frame.of("late")) is CLOSED
    outlet.abort()
    await outlet.flush()
    assert len(server.messages) == 1


async def test_the_servers_own_outlet_is_preferred() -> None:
    server = FakeServer()
    own = SendOutlet(server.send)
    assert outlet_for({"extensions": {EXTENSION: own}}, server.send) is own
    assert isinstance(outlet_for({"extensions": {}}, server.send), SendOutlet)
    assert isinstance(outlet_for({"extensions": None}, server.send), SendOutlet)
    assert isinstance(outlet_for({}, server.send), SendOutlet)


@on_uvloop
async def test_on_our_server_the_protocol_is_the_outlet() -> None:
    app = Accepting()
    async with serving(app) as live:
        await live.peer()
        outlet = await app.outlet()
        assert outlet_for({"extensions": {EXTENSION: outlet}}, FakeServer().send) is outlet
