"""Has a client that reopens its socket missed anything? For front-ends that reopen it after every frame they show."""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from realtime.authentication.credentials import Credentials

MEMORY = 60.0
MOST_CLIENTS = 20_000
# A frame sent so shortly before the client closed may not have been read. Seconds.
DOUBTFUL = 1.0


@dataclass(slots=True)
class Seen:
    """What a client was last known to have: a room object's revision, and until when that counts."""

    room: int
    revision: int
    until: float


def client_of(credentials: Credentials) -> str:
    """The same token, or the same address and user agent, is the same client. A digest: tokens are kept nowhere."""
    text = credentials.token or f"{credentials.address} {credentials.agent}"
    return hashlib.sha256(text.encode()).hexdigest()


class Repeats:
    """Remembers for MEMORY seconds what each client has seen of each room."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen: OrderedDict[tuple[str, str], Seen] = OrderedDict()

    def is_up_to_date(self, client: str, group: str, room: int, revision: int) -> bool:
        """Did the client get a full state within MEMORY, and has nothing changed since?"""
        seen = self._seen.get((client, group))
        return seen is not None and seen.until > self._clock() and (seen.room, seen.revision) == (room, revision)

    def saw_all(self, client: str, group: str, room: int, revision: int) -> None:
        """The client was just sent a full state."""
        self._seen[client, group] = Seen(room, revision, self._clock() + MEMORY)
        self._seen.move_to_end((client, group))
        if len(self._seen) > MOST_CLIENTS:
            self._seen.popitem(last=False)

    def saw(self, client: str, group: str, room: int, revision: int) -> None:
        """The client was there and read until this revision; that does not lengthen the memory of the full state."""
        seen = self._seen.get((client, group))
        if seen is not None:
            seen.room, seen.revision = room, revision

    def is_behind(self, client: str, group: str) -> None:
        """Whether the client read its last frames can't be told."""
        self._seen.pop((client, group), None)
