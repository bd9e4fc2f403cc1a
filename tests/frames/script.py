"""An application and a peer that do, in turn, what a generated script says, and note what was promised."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from realtime.hub.crowd import Crowd, Told
from realtime.hub.frames import Frame
from realtime.hub.outlet import CLOSED, CONGESTED, EXTENSION, SENT, Outcome, Outlet

from .wire import PING, TEXT, RawPeer, closing, masked

Step = tuple[str, int]
SIZES = (1, 125, 126, 200, 5_000, 65_535, 65_536, 200_000)
SENDS_PATIENCE = 0.05  # seconds that the application waits in a send() to a peer that doesn't read

WRITES = ("write", "insist", "send", "show", "show", "tell", "tell", "tell_two")
writing = st.tuples(st.sampled_from(WRITES), st.sampled_from(SIZES))
passing_time = st.tuples(st.sampled_from(["turn", "pause", "peer_reads"]), st.just(0))
ending = st.one_of(
    st.tuples(st.just("close"), st.sampled_from([1000, 1011, 4008, 4401])),
    st.tuples(st.just("reject"), st.sampled_from([401, 403, 503])),
    st.tuples(st.just("abort"), st.just(0)),
)
PEER = ("peer_pings", "peer_speaks", "peer_talks_nonsense", "peer_closes", "peer_finishes", "peer_resets")
peer_acting = st.tuples(st.sampled_from(PEER), st.just(0))
accepting = st.just(("accept", 0))

anything = st.one_of(writing, passing_time, accepting, ending, peer_acting)
usual = st.one_of(writing, writing, passing_time, ending, peer_acting)
scripts: st.SearchStrategy[list[Step]] = st.one_of(
    st.lists(anything, max_size=25),
    st.builds(
        lambda early, late: [*early, ("accept", 0), *late],
        st.lists(writing, max_size=2),
        st.lists(usual, max_size=25),
    ),
    st.builds(
        lambda much, end, late: [("accept", 0), *much, end, *late],
        st.lists(st.one_of(writing, passing_time), min_size=5, max_size=25),
        st.one_of(ending, peer_acting),
        st.lists(usual, max_size=5),
    ),
    # A polite close with nothing to disturb it.
    st.builds(
        lambda much, code, late: [("accept", 0), *much, ("close", code), *late],
        st.lists(st.one_of(writing, passing_time), max_size=25),
        st.sampled_from([1000, 4008]),
        st.lists(st.one_of(writing, passing_time), max_size=5),
    ),
)


@dataclass(eq=False)
class Run:
    """One connection that plays one script."""

    script: list[Step]
    peer: RawPeer
    promised: list[bytes] = field(default_factory=list)  # SENT through the outlet
    possible: list[bytes] = field(default_factory=list)  # sent by any way, in order
    accepted: bool = False
    over: bool = False  # the application has closed, rejected or aborted
    peer_left: bool = False  # the peer said or did something that ends the connection
    torn: bool = False  # reset, aborted, or closed over unread input: bytes may be lost
    finished: asyncio.Event = field(default_factory=asyncio.Event)

    async def app(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """The ASGI application."""
        self.outlet: Outlet = scope["extensions"][EXTENSION]
        self.crowd: Crowd[Run] = Crowd()
        self.crowd.add(self)
        self.asgi_send = send
        try:
            for number, (name, argument) in enumerate(self.script):
                play: Callable[[int, int], Coroutine[Any, Any, None]] = getattr(self, name)
                await play(number, argument)
        finally:
            self.finished.set()

    # The application's side

    async def write(self, number: int, size: int) -> None:
        self.note(self.outlet.write, number, size)

    async def insist(self, number: int, size: int) -> None:
        self.note(self.outlet.insist, number, size)

    async def show(self, number: int, size: int) -> None:
        self.note(lambda frame: outcome_of(self.crowd.show(frame)), number, size)

    async def tell(self, number: int, size: int) -> None:
        self.note(lambda frame: outcome_of(self.crowd.tell([frame])), number, size)

    async def tell_two(self, number: int, size: int) -> None:
        texts = [text_of(number, size), text_of(number, 1)]
        told = self.crowd.tell([Frame.of(text) for text in texts])
        self.taken(texts[: told.sent], outcome_of(told))

    def note(self, write: Callable[[Frame], Outcome], number: int, size: int) -> None:
        text = text_of(number, size)
        outcome = write(Frame.of(text))
        self.taken([text] if outcome is SENT else [], outcome)

    def taken(self, texts: list[bytes], outcome: Outcome) -> None:
        if not self.accepted or self.over:
            assert outcome is CLOSED
        self.promised += texts
        self.possible += texts
        if outcome is CONGESTED:
            assert self.accepted

    async def send(self, number: int, size: int) -> None:
        text = text_of(number, size)
        if await self.asgi({"type": "websocket.send", "text": text.decode()}):
            self.possible.append(text)

    async def accept(self, number: int, argument: int) -> None:
        if await self.asgi({"type": "websocket.accept"}) and not self.peer_left:
            self.accepted = True

    async def close(self, number: int, code: int) -> None:
        if await self.asgi({"type": "websocket.close", "code": code}):
            self.over = True

    async def reject(self, number: int, status: int) -> None:
        if await self.asgi({"type": "websocket.http.response.start", "status": status, "headers": []}):
            await self.turn(number, 0)
            self.over = await self.asgi({"type": "websocket.http.response.body", "body": b"no"})

    async def abort(self, number: int, argument: int) -> None:
        self.outlet.abort()
        self.over = self.torn = True

    async def asgi(self, message: dict[str, Any]) -> bool:
        """Was it taken? What the script does out of order, and a peer that is gone, are refused."""
        try:
            await asyncio.wait_for(self.asgi_send(message), SENDS_PATIENCE)
        except (OSError, RuntimeError, TimeoutError):
            return False
        return True

    async def turn(self, number: int, argument: int) -> None:
        await asyncio.sleep(0)

    async def pause(self, number: int, argument: int) -> None:
        await asyncio.sleep(0.002)

    # The peer's side

    async def peer_reads(self, number: int, argument: int) -> None:
        if not self.peer.ended:
            self.peer.read_what_is_there()

    async def peer_pings(self, number: int, argument: int) -> None:
        await self.peer_sends(masked(PING, b"ping"))

    async def peer_speaks(self, number: int, argument: int) -> None:
        await self.peer_sends(masked(TEXT, b"hello"))
        self.torn = True  # nobody receives it

    async def peer_talks_nonsense(self, number: int, argument: int) -> None:
        await self.peer_sends(masked(TEXT, b"\xff"))
        self.peer_left = True

    async def peer_closes(self, number: int, argument: int) -> None:
        await self.peer_sends(closing())
        self.peer_left = True

    async def peer_finishes(self, number: int, argument: int) -> None:
        if not self.peer.ended and not self.peer_left:
            self.peer.finish_sending()
        self.peer_left = True

    async def peer_resets(self, number: int, argument: int) -> None:
        if not self.peer.closed:
            self.peer.reset()
        self.peer_left = self.torn = True

    async def peer_sends(self, data: bytes) -> None:
        # Input that meets a closing connection makes the kernel reset it, output and all.
        self.torn = self.torn or self.peer_left or self.over or not self.accepted
        if not self.peer.ended:
            await self.peer.send(data)


def outcome_of(told: Told[Run]) -> Outcome:
    """What became of the only member's last frame."""
    return told.refused[-1][1] if told.refused else SENT


def text_of(number: int, size: int) -> bytes:
    """A text that names its place in the script."""
    return f"<{number}>".encode() + b"." * size
