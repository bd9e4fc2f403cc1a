"""Which rooms is a connection in? Joined and left through the hub, with what each join must do around it."""

import asyncio
import weakref
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

from realtime.attendance import Attendance
from realtime.authentication.principal import Principal
from realtime.authorization import Action, may
from realtime.consumers.repeats import Repeats
from realtime.hub.hub import Hub
from realtime.hub.rooms import Member, OpenRoom, Renderer
from realtime.limits.joins import Joins
from realtime.limits.occupancy import user_of
from realtime.rooms import Room
from realtime.tenancy import Directory

MOST_ROOMS = 100


@dataclass(frozen=True, slots=True)
class Subscription:
    """A room that the connection is in since `joined_at` (the loop's clock); `verdict`: of a back-end, if asked."""

    room: OpenRoom
    joined_at: float
    verdict: bool | None = None


class Subscriptions:
    """The rooms of one connection, which has to outlive them."""

    def __init__(
        self,
        hub: Hub,
        member: Member,
        repeats: Repeats,
        client: str,
        attendance: Attendance,
        joins: Joins,
        principal: Principal,
    ) -> None:
        self._hub, self._repeats, self._client = hub, repeats, client
        self._attendance, self._joins = attendance, joins
        self._user, self._one_of = principal.user, user_of(principal)
        # It holds us: of two that hold each other nothing goes before garbage is looked for.
        self._refer_to_member = weakref.ref(member)
        self._rooms: dict[Room, Subscription] = {}
        # Those that it is about to be in, with a back-end's verdict: the right may end while that waits.
        self._entering: dict[Room, bool | None] = {}
        # Has the connection ever been in a room? Who has left all of them is not one who never asks.
        self.used = False
        self._ended = False

    def __contains__(self, key: Room) -> bool:
        return key in self._rooms

    @property
    def _member(self) -> Member:
        member = self._refer_to_member()
        assert member is not None
        return member

    @property
    def full(self) -> bool:
        return len(self._rooms) >= MOST_ROOMS

    async def join(self, key: Room, verdict: bool | None = None) -> OpenRoom:
        """Be in the room; raises TooMany, and what the hub raises. After end(), or where the right to it ended
        meanwhile, it is left again at once.
        """
        room = await self._waited(key, verdict, self._hub.join(self._member, key))
        self.used = True
        if key in self._rooms:
            self._entering.pop(key, None)
        else:
            self.enter(key, room, verdict)
        return room

    async def open(self, key: Room, verdict: bool | None = None) -> OpenRoom:
        """The room, which the connection isn't in yet: enter() makes it so. Raises TooMany, and what the hub raises."""
        self.used = True
        return await self._waited(key, verdict, self._hub.opened(key))

    def enter(self, key: Room, room: OpenRoom, verdict: bool | None = None) -> None:
        """Be in a room that is open; left again at once as after join()."""
        stays = self.may_enter(key)
        self._entering.pop(key, None)
        room.add(self._member)
        self._add(key, room, verdict)
        if not stays:
            self.leave(key)
        elif self._hub.rooms.get(key) is not room:  # closed meanwhile: nothing would be told there
            self._member.too_slow()

    def may_enter(self, key: Room) -> bool:
        """Has the right to the room lasted since it was asked for?"""
        return not self._ended and key in self._entering

    async def reach(self, room: OpenRoom, since: int) -> bool:
        """Is everything told there after `since` at hand? Raises what the journal raises."""
        return await self._hub.mender.reach(room, since)

    def show(self, key: Room, spare_repeats: bool = False) -> None:
        """Send the room's whole state, unless the client isn't in it any more, or is known to have it already."""
        if key not in self._rooms:
            return
        room = self._rooms[key].room
        if spare_repeats and self._repeats.is_up_to_date(self._client, room):
            return
        self._hub.show(self._member, key)
        if spare_repeats:
            self._repeats.shown(self._client, room)

    def leave(self, key: Room) -> bool:
        """Leave the room; False where the connection wasn't in it."""
        subscription = self._rooms.pop(key, None)
        if subscription is None:
            return False
        now = asyncio.get_running_loop().time()
        self._repeats.left(self._client, subscription.room, subscription.joined_at, now)
        self._hub.leave(self._member, key)
        self._attendance.leave(key, self._user)
        return True

    def verdict(self, key: Room) -> bool | None:
        """What a back-end said when the room was joined; it counts for as long as the connection is in."""
        return self._rooms[key].verdict if key in self._rooms else None

    def rename(self, renderer: Renderer) -> None:
        """The connection is spoken to by another renderer."""
        self._hub.rename(self._member, renderer, self._rooms)

    def known_as(self, principal: Principal) -> None:
        """The connection turns out to be this one's."""
        before, self._user, self._one_of = self._user, principal.user, user_of(principal)
        for key in self._rooms if self._user != before else ():
            self._attendance.leave(key, before)
            self._attendance.arrive(key, self._user)

    def keep_allowed(self, principal: Principal, directory: Directory) -> list[Room]:
        """Leave every room that the principal may read no longer, and enter none; returns those."""
        verdicts = self._entering | {key: subscription.verdict for key, subscription in self._rooms.items()}
        lost = [
            key for key, verdict in verdicts.items()
            if not may(principal, Action.READ, key, directory.by_code.get(key.negocio), verdict)
        ]  # fmt: skip
        for key in lost:
            self._entering.pop(key, None)
            self.leave(key)
        return lost

    def end(self) -> None:
        """Leave everything, for good."""
        self._ended = True
        for key in list(self._rooms):
            self.leave(key)

    async def _waited(self, key: Room, verdict: bool | None, opening: Coroutine[Any, Any, OpenRoom]) -> OpenRoom:
        """The room, once it is the user's turn; what doesn't come to that is closed."""
        self._entering[key] = verdict
        try:
            await self._joins.turn(self._one_of)
            return await opening
        except BaseException:
            self._entering.pop(key, None)
            raise
        finally:
            opening.close()

    def _add(self, key: Room, room: OpenRoom, verdict: bool | None) -> None:
        if key not in self._rooms:
            self._attendance.arrive(key, self._user)
        self._rooms[key] = Subscription(room, asyncio.get_running_loop().time(), verdict)
