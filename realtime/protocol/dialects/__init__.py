"""Which dialects are spoken on the wire? Sibling files, found by their DIALECT, named nowhere.

A dialect turns documents into commands and messages into frames; it holds no state and knows no socket.
"""

import functools
import pkgutil
from collections.abc import Mapping
from importlib import import_module
from typing import Any, Protocol

from realtime.protocol.commands import Command
from realtime.protocol.errors import CloseCode, Failure
from realtime.protocol.listeners import Listener
from realtime.protocol.messages import Event, Passing, Rendering, State

Document = Mapping[str, Any]


class Dialect(Protocol):
    """One system's way of speaking (wire.md).

    `kind`: the kind of negocio whose silent clients speak it. `authenticates_in_band`: a client may connect without
    a token and send one. `asks`: its clients subscribe; those of the others get their own topics with their first
    frame. `gives_unasked`: whether it has such topics. `spares_repeats`: such a topic's state is not sent again to a
    client that reopens its socket and has missed nothing. `unauthorized`: its close code for tokens.
    `closes_on_expiry`: a socket ends with its token. `says_why`: an error frame goes before the close for a bad token
    sent in band. `tells_once`: an event of several rooms reaches a client that is in some of them once. `refusal`: the
    text of its 401 on upgrade. `too_large`: the frame that goes before the close for one over the limit. `hangs_up`: a
    client that shall come back is sent no close frame. `resumes`: its clients miss nothing when a socket is made anew.
    """

    name: str
    kind: str | None
    authenticates_in_band: bool
    asks: bool
    gives_unasked: bool
    spares_repeats: bool
    unauthorized: CloseCode
    closes_on_expiry: bool
    says_why: bool
    tells_once: bool
    refusal: str
    too_large: str | bytes | None
    hangs_up: bool
    resumes: bool

    def recognises(self, document: Document) -> bool:
        """Is this, as a first frame, of this dialect?"""

    def own_topics(self, listener: Listener) -> tuple[str, ...]:
        """What is joined for a client that has not asked 500 ms after its connect, where it may read it."""

    def heard(self, document: Document) -> "Dialect":
        """The dialect in the form that this client speaks from this frame on; itself where it has but one form."""

    def read(self, document: Document) -> Command:
        """The command that a frame means."""

    def state(self, state: State) -> Rendering:
        """The frames of a state, and what of it shall wait for the end of the burst."""

    def fetched(self, name: str, state: State) -> str | bytes | None:
        """The answer to a Fetch of that name."""

    def event(self, event: Event) -> str | bytes | None:
        """The frame of an event, where the dialect tells it."""

    def passing(self, message: Passing) -> str | bytes | None:
        """The frame of something that another client said."""

    def failure(self, failure: Failure, detail: str = "", id: Any = None) -> str | bytes | None:
        """The error frame, where the dialect has one."""

    def answer(self, type: str, id: Any, fields: Document) -> str | bytes | None:
        """The acknowledgement of a command, where the dialect has one."""


@functools.cache
def dialects() -> Mapping[str, Dialect]:
    """Every dialect by name."""
    found: dict[str, Dialect] = {}
    for module in pkgutil.iter_modules(__path__):
        dialect: Dialect = import_module(f"{__name__}.{module.name}").DIALECT
        found[dialect.name] = dialect
    return found


def of_kind(kind: str) -> Dialect | None:
    """The dialect of a kind's old system."""
    return next((dialect for dialect in dialects().values() if dialect.kind == kind), None)


def of_frame(document: Document) -> Dialect | None:
    """The dialect that recognises this first frame."""
    return next((dialect for dialect in dialects().values() if dialect.recognises(document)), None)
