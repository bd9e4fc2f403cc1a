"""How do a room's events reach its members? Every one of them, in order; who can't take one is told no later one."""

from collections import Counter
from collections.abc import Iterable

from realtime.hub.backlog import Told
from realtime.hub.frames import Frame
from realtime.hub.once import Heard
from realtime.hub.outlet import Outcome
from realtime.hub.rooms import Member, OpenRoom


class Teller:
    """Tells events in all rooms of a hub, whose counts these are."""

    def __init__(self, counts: Counter[str]) -> None:
        self._counts = counts
        self._heard = Heard()

    def tell(self, room: OpenRoom, told: Iterable[Told]) -> None:
        """Every member gets each, even one that lags, as long as its bound allows; then it has to come back for it."""
        lost: set[Member] = set()
        for one in told:
            telling = one.event.telling
            for renderer, members in room.members.items():
                frame = one.frame(renderer)
                if frame is not None:
                    hearers = self._heard.new(telling, members) if telling and renderer.tells_once else members
                    self._insist(hearers, frame, lost)
        for member in lost:
            member.too_slow()

    def _insist(self, members: Iterable[Member], frame: Frame, lost: set[Member]) -> None:
        """Who lost an event gets no later one, which it would take for all that there was."""
        sent = 0
        for member in members:
            outcome = member.outlet.insist(frame) if member not in lost else Outcome.CONGESTED
            if outcome == Outcome.SENT:
                sent += 1
            elif outcome == Outcome.CONGESTED:
                self._counts["events_dropped"] += 1
                lost.add(member)
        self._counts["deliveries"] += sent
