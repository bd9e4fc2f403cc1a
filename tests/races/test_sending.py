"""What happens to what is to be sent while the channel layer is slow or away? It waits together, folded."""

import asyncio
from typing import Any

import pytest

from realtime import publishing
from realtime.publishing import Sender


class SlowLayer:
    """A layer that takes its time."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, dict[str, Any]]] = []
        self.at_once = self.most_at_once = 0

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0.05)
        self.at_once -= 1
        self.sent.append((group, message))


@pytest.fixture
def layer(monkeypatch: pytest.MonkeyPatch) -> SlowLayer:
    layer = SlowLayer()
    monkeypatch.setattr(publishing, "get_channel_layer", lambda: layer)
    return layer


async def test_doorbells_that_come_while_one_is_sent_are_one(layer: SlowLayer) -> None:
    sender = Sender()
    sender.bind(asyncio.get_running_loop())
    for _ in range(100):
        sender.send_soon("workers", {"type": "ring"})
        await asyncio.sleep(0.001)
    await asyncio.sleep(0.2)
    assert layer.most_at_once == 1
    assert len(layer.sent) < 10


async def test_what_was_said_last_is_sent(layer: SlowLayer) -> None:
    sender = Sender()
    sender.bind(asyncio.get_running_loop())
    for number in range(5):
        sender.send_soon("room", {"type": "n", "n": number})
        await asyncio.sleep(0.03)
    await asyncio.sleep(0.5)
    assert [message["n"] for _, message in layer.sent] == [0, 1, 2, 3, 4]
