"""What can a client ask for, whatever the dialect?"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from realtime.protocol.errors import Failure


@dataclass(frozen=True, slots=True)
class Authenticate:
    """Here is a token; `id` is repeated in the answer."""

    token: str
    id: Any = None


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Join a topic of a negocio (None: the only one held)."""

    topic: str
    negocio: str | None = None
    id: Any = None
    since: int | None = None
    epoch: str | None = None


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """Leave a topic of a negocio."""

    topic: str
    negocio: str | None = None
    id: Any = None


@dataclass(frozen=True, slots=True)
class AskPresence:
    """Who is in a topic of a negocio?"""

    topic: str
    negocio: str | None = None
    id: Any = None


@dataclass(frozen=True, slots=True)
class Ping:
    """Are you there?"""

    id: Any = None


@dataclass(frozen=True, slots=True)
class Fetch:
    """Answer with the topic's state now, under the name that the dialect has for it."""

    topic: str
    name: str
    negocio: str | None = None


@dataclass(frozen=True, slots=True)
class PassOn:
    """Tell the clients of the topic. `echo`: the sender too; `members_only`: only one of them may speak."""

    topic: str
    negocio: str | None
    type: str
    document: Mapping[str, Any]
    echo: bool = False
    members_only: bool = False


@dataclass(frozen=True, slots=True)
class Malformed:
    """A frame that can't be understood."""

    failure: Failure
    detail: str = ""
    id: Any = None


@dataclass(frozen=True, slots=True)
class Ignored:
    """A frame that means nothing to the server and needs no answer."""


Command = Authenticate | Subscribe | Unsubscribe | AskPresence | Ping | Fetch | PassOn | Malformed | Ignored
