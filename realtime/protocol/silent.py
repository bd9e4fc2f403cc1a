"""What does a dialect do about what it has no words for? Nothing; the dialects build on that."""

from collections.abc import Mapping
from typing import Any, Self

from realtime.protocol.errors import CloseCode, Failure
from realtime.protocol.listeners import Listener
from realtime.protocol.messages import NOTHING, Event, Passing, Rendering, State


class Silent:
    """The part of Dialect that says nothing."""

    authenticates_in_band = False
    asks = False
    gives_unasked = True
    spares_repeats = False
    unauthorized = CloseCode.UNAUTHORIZED
    closes_on_expiry = False
    says_why = False
    tells_once = False
    refusal = "Invalid token"
    too_large: str | bytes | None = None
    hangs_up = False
    resumes = False

    def own_topics(self, listener: Listener) -> tuple[str, ...]:
        return ()

    def heard(self, document: Mapping[str, Any]) -> Self:
        return self

    def state(self, state: State) -> Rendering:
        return NOTHING

    def fetched(self, name: str, state: State) -> str | bytes | None:
        return None

    def event(self, event: Event) -> str | bytes | None:
        return None

    def passing(self, message: Passing) -> str | bytes | None:
        return None

    def failure(self, failure: Failure, detail: str = "", id: Any = None) -> str | bytes | None:
        return None

    def answer(self, type: str, id: Any, fields: Mapping[str, Any]) -> str | bytes | None:
        return None
