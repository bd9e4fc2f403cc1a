"""Does what is sent through the channel layer arrive? A process says it to itself and looks."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

from realtime.sending import Send

logger = logging.getLogger(__name__)

PROBE_MESSAGE = "probe.echo"
INTERVAL = 2.0
PROBE_LIMIT = 3 * INTERVAL


class Probe:
    """Sends the process a message through its own group and notes when it comes. `clock` is monotonic seconds."""

    def __init__(self, process: str, send: Send, clock: Callable[[], float] = time.monotonic) -> None:
        self.group = f"probe.{process}"
        self._send, self._clock = send, clock
        self._heard = float("-inf")

    def age(self) -> float:
        """Seconds since the last echo; infinite before the first."""
        return self._clock() - self._heard

    def heard(self, message: Mapping[str, Any]) -> None:
        """Receiver of the echo."""
        self._heard = self._clock()

    async def run(self) -> None:
        """Send until cancelled."""
        while True:
            try:
                await self._send(self.group, {"type": PROBE_MESSAGE})
            except Exception as error:
                logger.debug("the probe was not sent: %s", error)
            await asyncio.sleep(0.1 if self.age() == float("inf") else INTERVAL)
