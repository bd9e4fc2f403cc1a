"""Where in a room's story does somebody stand who reads it over HTTP? Out of the query, or of Last-Event-ID."""

from collections.abc import Mapping
from dataclasses import dataclass

# More digits than any number of an event has; PostgreSQL takes them as a bigint.
MOST_DIGITS = 18
MOST_EPOCH = 100


class BadParameter(ValueError):
    """A query parameter has a value that means nothing: the parameter, and what is wrong with it."""

    def __init__(self, name: str, value: str, expected: str) -> None:
        self.name = name
        self.complaint = f"{value[:20]!r} is not {expected}"
        super().__init__(f"{name}: {self.complaint}")


@dataclass(frozen=True, slots=True)
class Place:
    """Everything up to the event `since` is known; None: nothing is. `epoch`: of which journal, where that was said."""

    since: int | None = None
    epoch: str | None = None

    @property
    def id(self) -> str:
        """As a server-sent event names it."""
        return f"{self.epoch}:{self.since}"


def place_of_query(query: Mapping[str, str]) -> Place:
    """The place that `?since=&epoch=` name; raises BadParameter."""
    since = whole(query, "since", 0, 10**MOST_DIGITS - 1) if "since" in query else None
    epoch = query.get("epoch")
    if epoch is not None and not (0 < len(epoch) <= MOST_EPOCH and epoch.isprintable()):
        raise BadParameter("epoch", epoch, "an epoch")
    return Place(since, epoch)


def place_of_id(text: str) -> Place:
    """The place after the server-sent event of that id; of an id that isn't ours, none."""
    epoch, _, since = text.rpartition(":")
    known = epoch and since.isascii() and since.isdigit() and len(since) <= MOST_DIGITS
    return Place(int(since), epoch) if known else Place()


def whole(query: Mapping[str, str], name: str, least: int, most: int) -> int:
    """A parameter that is a whole number within bounds; raises BadParameter."""
    text = query[name]
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(most)) and least <= int(text) <= most):
        expected = "a whole number of 0 or more" if least == 0 else f"a whole number from {least} to {most}"
        raise BadParameter(name, text, expected)
    return int(text)
