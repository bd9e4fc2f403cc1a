"""How does one message reach every socket of this process? Encoded once per dialect, written as finished frames."""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from typing import Protocol

from realtime.hub.crowd import Crowd
from realtime.hub.frames import Frame
from realtime.hub.mending import History, Mender, NoHistory
from realtime.hub.outlet import Outcome
from realtime.hub.reloading import Reloader
from realtime.hub.rooms import Member, OpenRoom, Renderer, RoomKey, Update
from realtime.hub.telling import Teller
from realtime.protocol.messages import Event, Passing

logger = logging.getLogger(__name__)

# A group stays subscribed for so long after its last member left: front-ends that reopen their socket find it warm.
LINGER = 30.0
# A burst is over when nothing came for so long, or has lasted so long that its rest is told anyway. Seconds.
QUIET = 0.15
LONGEST_BURST = 1.0


class Feed(Protocol):
    """Where messages come from: the relay."""

    async def subscribe(self, key: RoomKey) -> None: ...
    async def unsubscribe(self, key: RoomKey) -> None: ...


class Hub:
    """The rooms that sockets of this process are in.

    `load(key)` reads a room's snapshot (None for a room without state). `on_rooms(opened, closed)` is told which
    rooms this process watches. Runs on one event loop; nothing here blocks or awaits a socket.
    """

    def __init__(
        self,
        feed: Feed,
        load: Callable[[RoomKey], Awaitable[Update | None]],
        on_rooms: Callable[[RoomKey, bool], None] = lambda key, open: None,
        history: History | None = None,
    ) -> None:
        self.rooms: dict[RoomKey, OpenRoom] = {}
        self.counts: Counter[str] = Counter()
        self._feed, self._load, self._on_rooms = feed, load, on_rooms
        self._tasks: set[asyncio.Task[None]] = set()
        self._history = history or NoHistory()
        self.mender = Mender(self._history, Teller(self.counts).tell, self._start, self.counts)
        self._reloader = Reloader(self.rooms, load, self.update, self.compare_heads)

    async def join(self, member: Member, key: RoomKey) -> OpenRoom:
        """Put the member into the room, once the room is subscribed and its snapshot read.

        All who come meanwhile share one wait. Raises what the feed or the snapshot raised.
        """
        room = await self.opened(key)
        room.add(member)
        return room

    async def opened(self, key: RoomKey) -> OpenRoom:
        """The room, subscribed and read; add() somebody soon. Raises what the feed or the snapshot raised."""
        room = self.rooms.get(key)
        if room is None:
            room = self._open(key)
        elif room.timer is not None and not room.members and not room.later:
            self._linger(room)
        await asyncio.shield(room.ready)
        return room

    def leave(self, member: Member, key: RoomKey) -> None:
        """Take the member out; harmless where it isn't in."""
        room = self.rooms.get(key)
        if room is None or not room.remove(member):
            return
        member.behind -= {key}
        if not room.members:
            self._linger(room)

    def rename(self, member: Member, renderer: Renderer, keys: Iterable[RoomKey]) -> None:
        """From now on the member, which is in these rooms, is spoken to by another renderer."""
        left = [room for key in keys if (room := self.rooms.get(key)) is not None and room.remove(member)]
        member.renderer = renderer
        for room in left:
            room.add(member)

    def update(self, key: RoomKey, update: Update) -> None:
        """Newer metrics came: hold them, and tell the members what is news to them."""
        room = self.rooms.get(key)
        if room is None:
            return
        names, changed = room.absorb(update)
        if not names and update.versions:
            self.counts["stale_updates"] += 1
            return
        if not room.ready.done() or not room.members or self._is_told(room, update, changed):
            return
        state = room.partial(names, changed, update)
        for renderer, members in room.members.items():
            rendering = renderer.state(state)
            self._tell(room, members, rendering.frames)
            if rendering.later:
                self._tell_later(room, renderer, rendering.later)

    def _is_told(self, room: OpenRoom, update: Update, changed: set[str]) -> bool:
        """Is it the burst before once more, with nothing new? A row, and a POST about it, are one push."""
        repeats = not (changed or update.causes or update.ticked)
        return repeats and asyncio.get_running_loop().time() - room.told_at < QUIET

    def show(self, member: Member, key: RoomKey) -> None:
        """Send the member the room's whole state, in its dialect; nothing where the room carries none."""
        for frame in self.rooms[key].snapshot_frames(member.renderer):
            outcome = member.outlet.write(frame)
            if outcome == Outcome.SENT:
                self.counts["deliveries"] += 1
            else:
                self._skipped(member, outcome, key)

    def drained(self, member: Member) -> None:
        """The member's socket takes data again: send the newest state of what it missed."""
        behind, member.behind = member.behind, frozenset()
        for key in behind:
            if key in self.rooms:
                self.show(member, key)

    def events(self, key: RoomKey, events: Iterable[Event]) -> None:
        """Something was told in the room: every member gets it, even one that lags, as long as its bound allows."""
        room = self.rooms.get(key)
        if room is not None:
            self.mender.take(room, events)

    def pass_on(self, key: RoomKey, message: Passing, but: str) -> None:
        """Tell the room's members, but the one of that id, what a client said. Lost where it can't be told at once."""
        room = self.rooms.get(key)
        if room is None:
            return
        for renderer, members in room.members.items():
            text = renderer.passing(message)
            if text is not None:
                frame = Frame.of(text)
                for member in members:
                    if member.id != but and member.outlet.write(frame) != Outcome.SENT:
                        self.counts["passing_dropped"] += 1

    async def compare_heads(self) -> None:
        """Look for events that were told and didn't come, and whether what is shown is of another life of the
        database. Raises what the database raised.
        """
        rooms = [room for room in self.rooms.values() if room.ready.done()]
        await self.mender.compare(rooms)
        shown = [room for room in rooms if room.versions]
        now = await self._history.life() if shown else None
        # Only those: one that can't be read must not have all of them read with it again and again.
        outlived = [room.key for room in shown if now not in (None, room.epoch)]
        if outlived:
            self._start(self._reloader.reload(outlived))

    async def reload(self) -> None:
        """Messages may have been lost: read every room again, and look for missed events, until that works."""
        await self._reloader.reload()

    async def close(self) -> None:
        """Forget all rooms."""
        for room in list(self.rooms.values()):
            self._forget(room)
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _open(self, key: RoomKey) -> OpenRoom:
        room = OpenRoom(key, asyncio.get_running_loop().create_future())
        # Nobody may be left to see a failure; it isn't worth a complaint of the loop then.
        room.ready.add_done_callback(lambda ready: ready.cancelled() or ready.exception())
        self.rooms[key] = room
        self._on_rooms(key, True)
        self._start(self._prepare(room))
        return room

    async def _prepare(self, room: OpenRoom) -> None:
        """Subscribe first, read then: what changes in between comes over the subscription."""
        try:
            await self._feed.subscribe(room.key)
            update, _ = await asyncio.gather(self._load(room.key), self.mender.begin(room))
        except Exception as error:
            self._forget(room)
            room.ready.set_exception(error)
            return
        if update is not None:
            room.absorb(update)
        room.ready.set_result(None)
        if not room.members:
            self._linger(room)

    def _linger(self, room: OpenRoom) -> None:
        if room.timer is not None:
            room.timer.cancel()
        room.later.clear()
        room.timer = asyncio.get_running_loop().call_later(LINGER, self._close_if_empty, room)

    def _close_if_empty(self, room: OpenRoom) -> None:
        room.timer = None
        if not room.members and room.ready.done():
            self._forget(room)

    def _forget(self, room: OpenRoom) -> None:
        if room.timer is not None:
            room.timer.cancel()
            room.timer = None
        if self.rooms.get(room.key) is room:
            del self.rooms[room.key]
            self._on_rooms(room.key, False)
            self._start(self._feed.unsubscribe(room.key))

    def _tell_later(self, room: OpenRoom, renderer: object, names: frozenset[str]) -> None:
        loop = asyncio.get_running_loop()
        if not room.later:
            room.later_since = loop.time()
        room.later.setdefault(renderer, set()).update(names)  # type: ignore[arg-type]
        if room.timer is not None:
            room.timer.cancel()
        due = min(loop.time() + QUIET, room.later_since + LONGEST_BURST)
        room.timer = loop.call_at(due, self._settle, room)

    def _settle(self, room: OpenRoom) -> None:
        room.timer = None
        later, room.later = room.later, {}
        for renderer, names in later.items():
            if renderer in room.members:
                self._tell(room, room.members[renderer], renderer.state(room.settled(names)).frames)

    def _tell(self, room: OpenRoom, members: Crowd[Member], texts: Iterable[str | bytes]) -> None:
        """A congested member gets the newest state when it drains."""
        for text in texts:
            room.told(asyncio.get_running_loop().time())
            told = members.show(Frame.of(text))
            self.counts["deliveries"] += told.sent
            for member, outcome in told.refused:
                self._skipped(member, outcome, room.key)

    def _skipped(self, member: Member, outcome: Outcome, key: RoomKey) -> None:
        if outcome == Outcome.CONGESTED:
            member.behind |= {key}
            self.counts["states_skipped"] += 1
        else:
            self.counts["closed_skipped"] += 1

    def _start(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(self._quietly(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _quietly(self, work: Awaitable[None]) -> None:
        try:
            await work
        except Exception as error:
            logger.warning("a room could not be opened or closed cleanly: %s", error)
