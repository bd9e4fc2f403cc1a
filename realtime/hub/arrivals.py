"""Which events came together? While the process writes to thousands of sockets, the next ones come in."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from itertools import groupby
from operator import itemgetter

from realtime.hub.rooms import RoomKey
from realtime.protocol.messages import Event

logger = logging.getLogger(__name__)


class Arrivals:
    """Keeps what comes in one turn of the loop, and hands over each run of events of one room at once.

    A socket gets a run in one piece: under load, when several came meanwhile, a delivery costs a part of what it
    costs alone. Nothing waits for more to come, and the order between rooms stays.
    """

    def __init__(self, hand_over: Callable[[RoomKey, Sequence[Event]], None]) -> None:
        self._hand_over = hand_over
        self._arrived: list[tuple[RoomKey, Sequence[Event]]] = []

    def add(self, key: RoomKey, events: Sequence[Event]) -> None:
        """Events came for the room."""
        if not self._arrived:
            asyncio.get_running_loop().call_soon(self._flush)
        self._arrived.append((key, events))

    def _flush(self) -> None:
        arrived, self._arrived = self._arrived, []
        for key, run in groupby(arrived, itemgetter(0)):
            try:
                self._hand_over(key, [event for _, events in run for event in events])
            except Exception:  # of one room: the others' are told all the same
                logger.exception("events of %s could not be delivered", key.name)
