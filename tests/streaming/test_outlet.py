"""Does an answer that never ends stay bounded, and is its connection cut when nobody reads?"""

import asyncio
from typing import Any

from realtime.hub.frames import Frame
from realtime.hub.outlet import BUFFER_LIMIT, CLOSED, CONGESTED, SENT
from realtime.streaming.outlet import StreamOutlet

PATIENCE = 0.05
RECORD = Frame(b"x" * 1000)


class FakeWire:
    """A connection whose client reads when told; `progress`: it takes something while the server waits."""

    def __init__(self) -> None:
        self.aborted, self.waiting, self.progress = False, 0, 0
        self.reads = asyncio.Event()
        self.bodies: list[bytes] = []
        self.over = False

    def buffered(self) -> int:
        self.waiting -= self.progress
        return self.waiting

    def abort(self) -> None:
        self.aborted = True

    def give_up_after(self, seconds: float) -> None:
        """Nobody asks."""

    async def send(self, message: Any) -> None:
        await self.reads.wait()
        self.bodies.append(message["body"])
        self.over = not message.get("more_body")


def opened(wire: FakeWire) -> StreamOutlet:
    outlet = StreamOutlet(wire.send, wire, PATIENCE)
    outlet.opened()
    return outlet


async def test_what_waits_is_bounded_and_what_waits_goes_out_in_order() -> None:
    wire = FakeWire()
    outlet = opened(wire)
    taken = 0
    while outlet.insist(RECORD) == SENT:
        taken += 1
    assert taken == BUFFER_LIMIT // len(RECORD)
    assert outlet.write(Frame(b"later")) == CONGESTED
    wire.reads.set()
    await outlet.flush()
    assert wire.bodies == [RECORD.payload] * taken
    assert outlet.write(Frame(b"later")) == SENT


async def test_who_takes_nothing_is_cut_off() -> None:
    wire = FakeWire()
    outlet = opened(wire)
    outlet.write(RECORD)
    await outlet.flush()
    assert wire.aborted
    assert outlet.write(RECORD) == CLOSED


async def test_who_takes_little_is_not() -> None:
    wire = FakeWire()
    wire.waiting, wire.progress = 10**6, 1
    outlet = opened(wire)
    outlet.write(RECORD)
    await asyncio.sleep(4 * PATIENCE)
    wire.reads.set()
    await outlet.flush()
    assert (wire.aborted, wire.bodies) == (False, [RECORD.payload])


async def test_the_end_comes_behind_what_was_sent() -> None:
    wire = FakeWire()
    wire.reads.set()
    outlet = opened(wire)
    outlet.write(RECORD)
    await outlet.finish()
    assert (wire.bodies, wire.over) == ([RECORD.payload, b""], True)
    assert outlet.write(RECORD) == CLOSED


async def test_an_end_that_nobody_takes_is_cut_short() -> None:
    wire = FakeWire()
    await opened(wire).finish()
    assert wire.aborted
