"""How do a room's events reach its members? Every one of them, in order; who can't take one is told no later one."""

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import partial
from itertools import groupby

from realtime.hub.backlog import Told
from realtime.hub.frames import Frame
from realtime.hub.once import Heard
from realtime.hub.outlet import Outcome
from realtime.hub.rooms import Member, OpenRoom, Renderer


class Teller:
    """Tells events in all rooms of a hub, whose counts these are."""

    def __init__(self, counts: Counter[str]) -> None:
        self._counts = counts
        self._heard = Heard()

    def tell(self, room: OpenRoom, told: Sequence[Told]) -> None:
        """Every member gets each, even one that lags, as long as its bound allows; then it has to come back for it."""
        lost: set[Member] = set()
        for renderer, members in room.members.items():
            for telling, run in groupby(told, partial(_telling, renderer)):
                frames = _frames(run, renderer)
                if telling:
                    self._tell_each(self._heard.new(telling, members), frames, lost)
                elif frames:
                    outcome = members.tell(frames, but=lost)
                    self._counts["deliveries"] += outcome.sent
                    for member, how in outcome.refused:
                        self._refused(member, how, lost)
        for member in lost:
            member.too_slow()

    def _tell_each(self, members: Iterable[Member], frames: Iterable[Frame], lost: set[Member]) -> None:
        for frame in frames:
            for member in members:
                if member not in lost:
                    outcome = member.outlet.insist(frame)
                    if outcome == Outcome.SENT:
                        self._counts["deliveries"] += 1
                    else:
                        self._refused(member, outcome, lost)

    def _refused(self, member: Member, outcome: Outcome, lost: set[Member]) -> None:
        """Who lost an event gets no later one, which it would take for all that there was."""
        if outcome == Outcome.CONGESTED:
            self._counts["events_dropped"] += 1
            lost.add(member)


def _telling(renderer: Renderer, told: Told) -> str:
    """Names what a member may hear once only; empty for what everyone in the room hears."""
    return told.event.telling if renderer.tells_once else ""


def _frames(told: Iterable[Told], renderer: Renderer) -> list[Frame]:
    """What the dialect makes of them; some it doesn't tell."""
    return [frame for one in told if (frame := one.frame(renderer)) is not None]
