"""Are clients counted once, in every process, and is one that doesn't answer left out?"""

import asyncio
from typing import Any

import pytest

from realtime import census, leases
from realtime.census import ANSWERED, ASKED, CensusTaker
from realtime.hub.hub import Hub
from realtime.rooms import PROCESSES, Room
from tests.races.fakes import Socket

STATS, TALK, OTHER = Room(1, "uno", "stats"), Room(1, "uno", "room:charla"), Room(2, "dos", "stats")


class NoFeed:
    async def subscribe(self, key: Any) -> None: ...
    async def unsubscribe(self, key: Any) -> None: ...


async def nothing(key: Any) -> None:
    return None


class Cluster:
    """Processes whose messages reach each other at once; one that is deaf hears nothing."""

    def __init__(self, *processes: str, deaf: tuple[str, ...] = ()) -> None:
        self.hubs = {name: Hub(NoFeed(), nothing) for name in processes}
        self.takers = {name: CensusTaker(name, f"group.{name}", hub, self.send) for name, hub in self.hubs.items()}
        self.deaf = deaf

    async def send(self, group: str, message: dict[str, Any]) -> None:
        for name, taker in self.takers.items():
            if name not in self.deaf and group in (PROCESSES, f"group.{name}"):
                {ASKED: taker.asked, ANSWERED: taker.answered}[message["type"]](message)

    async def join(self, process: str, *rooms: Room) -> None:
        socket = Socket(id=f"{process}-{len(self.hubs[process].rooms)}-{rooms}")
        for room in rooms:
            await self.hubs[process].join(socket, room)

    async def close(self) -> None:
        await asyncio.gather(*(hub.close() for hub in self.hubs.values()))


async def counted(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setattr(leases, "living", lambda role: list(cluster.hubs))
    await cluster.join("a", STATS, TALK)
    await cluster.join("a", TALK, OTHER)
    await cluster.join("b", TALK)
    await cluster.join("b", OTHER)
    found = await cluster.takers["a"].take([1])
    await cluster.close()
    return {"clients": found.clients, **{"/".join(room): members for room, members in found.rooms.items()}}


async def test_every_process_counts_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    found = await counted(Cluster("a", "b", "c"), monkeypatch)
    assert found == {"clients": 3, "uno/stats": 1, "uno/room:charla": 3}


async def test_one_that_does_not_answer_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(census, "PATIENCE", 0.1)
    found = await counted(Cluster("a", "b", deaf=("b",)), monkeypatch)
    assert found == {"clients": 2, "uno/stats": 1, "uno/room:charla": 2}
