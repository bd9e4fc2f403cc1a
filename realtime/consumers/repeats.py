"""Has a client that reopens its socket missed anything? For front-ends that reopen it after every frame they show."""

import hashlib
import time
import weakref
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from realtime.authentication.credentials import Credentials
from realtime.hub.rooms import OpenRoom

MEMORY = 60.0
MOST_CLIENTS = 20_000
# Frames sent so shortly before the client closed may not have been read, but for one that it closed upon. Seconds.
DOUBTFUL = 1.0


@dataclass(slots=True)
class Seen:
    """What a client was last known to have: a room's revision while it stayed open, and until when that counts."""

    # Only as long as somebody else holds it: a closed room is no longer kept up to date.
    room: "weakref.ref[OpenRoom]"
    revision: int
    until: float


def client_of(credentials: Credentials) -> str:
    """The same token, or the same address and user agent, is the same client. A digest: tokens are kept nowhere."""
    text = credentials.token or f"{credentials.address} {credentials.agent}"
    return hashlib.sha256(text.encode()).hexdigest()


class Repeats:
    """Remembers for MEMORY seconds what each client has seen of each room. `clock` is monotonic seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen: OrderedDict[tuple[str, str], Seen] = OrderedDict()

    def is_up_to_date(self, client: str, room: OpenRoom) -> bool:
        """Did the client get a full state within MEMORY, and has nothing changed since?"""
        seen = self._seen.get((client, room.key.group))
        return (
            seen is not None and seen.until > self._clock() and seen.room() is room and seen.revision == room.revision
        )

    def shown(self, client: str, room: OpenRoom) -> None:
        """The client was just sent a full state."""
        self._seen[client, room.key.group] = Seen(weakref.ref(room), room.revision, self._clock() + MEMORY)
        self._seen.move_to_end((client, room.key.group))
        if len(self._seen) > MOST_CLIENTS:
            self._seen.popitem(last=False)

    def left(self, client: str, room: OpenRoom, joined_at: float, now: float) -> None:
        """The client closes: what it has read counts as seen, unless that can't be told. Times are the loop's."""
        seen = self._seen.get((client, room.key.group))
        if seen is None:
            return
        since = now - DOUBTFUL
        lately = (room.told_at > max(since, joined_at)) + (room.told_before > max(since, joined_at))
        lately += joined_at > since and lately > 0
        if lately > 1 or room.later:
            del self._seen[client, room.key.group]
        else:
            seen.revision = room.revision
