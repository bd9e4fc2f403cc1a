"""How often may one user join rooms, over all of its connections? Who is faster waits for its turn."""

import asyncio
from collections import OrderedDict
from collections.abc import Hashable

RATE = 200.0
BURST = 1_000.0
MOST_USERS = 20_000
# Who would have to wait longer is told to come later. Seconds.
PATIENCE = 10.0


class TooMany(Exception):
    """This user joins far more rooms than it may."""


class Joins:
    """A bucket for each user: `burst` joins at once, `rate` a second after that."""

    def __init__(self, rate: float = RATE, burst: float = BURST) -> None:
        self._rate, self._burst = rate, burst
        # When each user's bucket will be full again; the loop's clock. Who has a full one isn't here.
        self._full_at: OrderedDict[Hashable, float] = OrderedDict()

    def wait(self, user: Hashable, now: float) -> float:
        """Seconds that this join has to wait; raises TooMany, and doesn't count it."""
        full_at = max(self._full_at.get(user, now), now) + 1 / self._rate
        wait = full_at - now - self._burst / self._rate
        if wait > PATIENCE:
            raise TooMany
        self._full_at[user] = full_at
        self._full_at.move_to_end(user)
        if len(self._full_at) > MOST_USERS:
            self._full_at.popitem(last=False)
        return max(0.0, wait)

    async def turn(self, user: Hashable | None) -> None:
        """Return when the user may join; who is nobody in particular always may. Raises TooMany."""
        if user is not None and (pause := self.wait(user, asyncio.get_running_loop().time())):
            await asyncio.sleep(pause)
