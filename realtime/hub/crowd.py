"""How does a frame reach a thousand sockets for little more than the kernel takes? Straight, where nothing waits."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Generic, Protocol, TypeVar

from realtime.hub.frames import Frame, parcels, wire_of
from realtime.hub.outlet import SENT, UNSETTLED, Outcome, Outlet


class Present(Protocol):
    """What a crowd needs of a member."""

    @property
    def outlet(self) -> Outlet: ...


M = TypeVar("M", bound=Present)


class Told(Generic[M]):
    """What became of frames: how many were taken in all, and who refused one and how."""

    __slots__ = ("refused", "sent")

    def __init__(self) -> None:
        self.sent = 0
        self.refused: list[tuple[M, Outcome]] = []


class Crowd(Generic[M]):
    """The members of one room that one dialect speaks to; iterating gives them.

    The *settled* among them are open and have nothing that waits: the kernel gets their frames by descriptor, which
    costs a third less than through the server. Whatever happens to a socket stirs it: its next frame goes through its
    outlet again, which then may settle.
    """

    __slots__ = ("_members", "_restless", "_settled")

    def __init__(self) -> None:
        self._members: dict[Outlet, M] = {}
        self._settled: dict[Outlet, int] = {}
        self._restless: dict[Outlet, M] = {}

    def __iter__(self) -> Iterator[M]:
        return iter(self._members.values())

    def __len__(self) -> int:
        return len(self._members)

    def __contains__(self, member: M) -> bool:
        return member.outlet in self._members

    def add(self, member: M) -> None:
        """It hears what is told from now on."""
        self._members[member.outlet] = self._restless[member.outlet] = member

    def discard(self, member: M) -> None:
        """It hears no more; harmless where it isn't in."""
        for kept in (self._members, self._settled, self._restless):
            kept.pop(member.outlet, None)

    def stirred(self, outlet: Outlet) -> None:
        """Its descriptor is not to be used any more."""
        if self._settled.pop(outlet, None) is not None:
            self._restless[outlet] = self._members[outlet]

    def show(self, frame: Frame) -> Told[M]:
        """Write a frame that may be skipped: one who lags refuses it."""
        told: Told[M] = Told()
        for outlet, member in self._straight((frame,), told):
            self._note(told, outlet, member, outlet.write(frame), 1)
        return told

    def tell(self, frames: Sequence[Frame], but: Collection[M] = ()) -> Told[M]:
        """Write frames that nobody may miss, in order, to all `but` some; who refuses one gets none after it."""
        told: Told[M] = Told()
        lost = set(but)
        for parcel in parcels(frames):
            for outlet, member in self._straight(parcel, told):
                if member not in lost and not self._note(told, outlet, member, outlet.insist(*parcel), len(parcel)):
                    lost.add(member)
        return told

    def _straight(self, parcel: Sequence[Frame], told: Told[M]) -> Sequence[tuple[Outlet, M]]:
        """Write the frames as one to all who are settled; returns who has yet to get them."""
        others = list(self._restless.items())
        if self._settled:
            wire = wire_of(parcel)
            odd = _write(self._settled, wire)
            told.sent += len(parcel) * (len(self._settled) - len(odd))
            for outlet, written in odd:
                if written:
                    outlet.write_rest(wire, written)
                    told.sent += len(parcel)
                else:
                    self.stirred(outlet)
                    others.append((outlet, self._members[outlet]))
        return others

    def _note(self, told: Told[M], outlet: Outlet, member: M, outcome: Outcome, frames: int) -> bool:
        if outcome != SENT:
            told.refused.append((member, outcome))
            return False
        told.sent += frames
        if outlet in self._restless and (descriptor := outlet.settle(self)) != UNSETTLED:
            del self._restless[outlet]
            self._settled[outlet] = descriptor
        return True


def _write(settled: Mapping[Outlet, int], wire: bytes) -> Sequence[tuple[Outlet, int]]:
    """The fan-out path: one system call for each socket. Returns who didn't take all of it, and how much they took."""
    write, size, odd = os.write, len(wire), {}
    # The outlets aren't looked at: of thousands, each would have to come from memory.
    for descriptor in settled.values():
        try:
            written = write(descriptor, wire)
        except OSError:  # its buffer is full, or its peer has gone: its outlet knows what to do
            written = 0
        if written != size:
            odd[descriptor] = written
    return [(outlet, odd[descriptor]) for outlet, descriptor in settled.items() if descriptor in odd] if odd else ()
