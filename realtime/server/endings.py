"""Why did this process end sockets that nobody had asked it to end? A count per reason, for telemetry."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum


class Ending(StrEnum):
    """A reason for which the server itself ends a connection."""

    STALLED = "stalled"  # the write buffer didn't move for WRITE_WAIT
    KEEPALIVE = "keepalive"  # no pong
    INVALID_TEXT = "invalid_text"  # 1007
    TOO_BIG = "too_big"  # 1009
    PROTOCOL_ERROR = "protocol_error"  # 1002 and whatever else the parser finds
    BAD_HANDSHAKE = "bad_handshake"  # an upgrade request that can't be parsed
    SHUTDOWN = "shutdown"  # 1012


Endings = Counter[Ending]
