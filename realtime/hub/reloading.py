"""What if messages may have been lost? Every open room is read again, together with the others, until that works."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping

from realtime.hub.rooms import OpenRoom, RoomKey, Update

logger = logging.getLogger(__name__)

# Between two tries to read the rooms again: at first, and in the end. Seconds.
RELOAD_PAUSE, LONGEST_RELOAD_PAUSE = 0.5, 5.0


class Reloader:
    """Knows which rooms are in doubt: their state may be older than what was told to others."""

    def __init__(
        self,
        rooms: Mapping[RoomKey, OpenRoom],
        load: Callable[[RoomKey], Awaitable[Update | None]],
        update: Callable[[RoomKey, Update], None],
        compare_heads: Callable[[], Awaitable[None]],
    ) -> None:
        self._rooms, self._load, self._update, self._compare_heads = rooms, load, update, compare_heads
        self._doubted: set[RoomKey] = set()
        self._reloading = False

    async def reload(self, keys: Iterable[RoomKey] | None = None) -> None:
        """Read these rooms' snapshots again (None: every room's), and look for missed events, until that works.

        Called while it does so, it returns at once; the rooms are read once more then.
        """
        self._doubted.update(self._rooms if keys is None else keys)
        if self._reloading:
            return
        self._reloading = True
        try:
            pause = RELOAD_PAUSE
            while self._doubted:
                await self._read_doubted()
                await asyncio.sleep(pause if self._doubted else 0)
                pause = min(2 * pause, LONGEST_RELOAD_PAUSE)
        finally:
            self._reloading = False

    async def _read_doubted(self) -> None:
        """All together, so that they share their statements; those that fail stay in doubt."""
        keys, self._doubted = [key for key in self._doubted if key in self._rooms], set()
        *results, compared = await asyncio.gather(*map(self._load, keys), self._compare_heads(), return_exceptions=True)
        if isinstance(compared, BaseException):
            self._doubted.update(keys)
            logger.warning("missed events can't be looked for yet: %s", compared)
        failed = {key: result for key, result in zip(keys, results, strict=True) if isinstance(result, BaseException)}
        if failed:
            self._doubted.update(failed)
            logger.warning("%d rooms can't be read again yet: %s", len(failed), next(iter(failed.values())))
        for key, result in zip(keys, results, strict=True):
            if isinstance(result, Update):
                self._update(key, result)
