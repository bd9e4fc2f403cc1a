"""Who has been told something already that several rooms are told?"""

from collections import OrderedDict
from collections.abc import Iterable

from realtime.hub.rooms import Member

# The rooms of one telling come right after each other; so many others may come in between.
MOST_TELLINGS = 256


class Heard:
    """Remembers the ids of who heard each of the last tellings, by the telling's name."""

    def __init__(self) -> None:
        self._heard: OrderedDict[str, set[str]] = OrderedDict()

    def new(self, telling: str, members: Iterable[Member]) -> list[Member]:
        """Those of the members who haven't heard it; from now on they have."""
        heard = self._heard.get(telling)
        if heard is None:
            heard = self._heard[telling] = set()
            if len(self._heard) > MOST_TELLINGS:
                self._heard.popitem(last=False)
        hearers = [member for member in members if member.id not in heard]
        heard.update(member.id for member in hearers)
        return hearers
