"""How does a process say that it lives, and which rooms it watches? By leases, written in batches."""

import asyncio
import logging
from collections.abc import Callable

from realtime import leases
from realtime.complaints import in_a_line
from realtime.database import in_thread
from realtime.hub.rooms import RoomKey
from realtime.rooms import Room

logger = logging.getLogger(__name__)

# Rooms opened within so long are written together.
GATHERING = 0.05


class Registration:
    """The process's row in the registry of leases. `watch` is told of rooms by the hub; `run` writes.

    `on_new` is called when the process was not known, or no longer.
    """

    def __init__(self, process: str, role: str, on_new: Callable[[], None] = lambda: None) -> None:
        self.process, self.role, self._on_new = process, role, on_new
        self._open: set[leases.Watched] = set()
        # What the rows say; None where that isn't known, because a write failed.
        self._written: set[leases.Watched] | None = None
        self._writing: asyncio.Future[bool] | None = None
        self._news = asyncio.Event()

    def watch(self, key: RoomKey, open: bool) -> None:
        """The process began (or stopped) to watch a room."""
        assert isinstance(key, Room)
        room = (key.negocio_id, key.topic)
        if open:
            self._open.add(room)
        else:
            self._open.discard(room)
        self._news.set()

    async def run(self) -> None:
        """Renew and write until cancelled."""
        while True:
            try:
                await self.renew()
            except Exception as error:
                logger.warning("the lease of this process can't be renewed: %s", in_a_line(error))
            await self._next_turn()

    async def renew(self) -> None:
        """Write the lease and what changed in the rooms."""
        self._news.clear()
        open, written, self._written = set(self._open), self._written, None
        self._writing = asyncio.ensure_future(in_thread(self._write, open, written))
        is_new = await asyncio.shield(self._writing)
        self._written = open
        if is_new:
            self._on_new()

    async def end(self) -> None:
        """Free everything that this process holds, once what is being written stands."""
        try:
            async with asyncio.timeout(2):
                if self._writing is not None:
                    await asyncio.gather(self._writing, return_exceptions=True)
                await in_thread(leases.end_process, self.process)
        except Exception as error:
            logger.warning("the lease of this process runs out by itself: %s", in_a_line(error))

    async def _next_turn(self) -> None:
        try:
            async with asyncio.timeout(leases.RENEWAL):
                await self._news.wait()
                await asyncio.sleep(GATHERING)
        except TimeoutError:
            pass

    def _write(self, open: set[leases.Watched], written: set[leases.Watched] | None) -> bool:
        is_new = leases.renew_process(self.process, self.role)
        if is_new or written is None:
            leases.clear_watches(self.process)
            written = set()
        leases.write_watches(self.process, opened=open - written, closed=written - open)
        return is_new
