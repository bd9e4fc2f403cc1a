"""A socket that writes, is accepted, congested and closed in every order.

Nothing stands in front of the 101, nothing behind a close frame, and what was reported as SENT arrives.
"""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
import uvloop
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .live import Live, serving, until
from .script import Run, Step, scripts
from .wire import CLOSE, Received, take_apart

# What the script's own mistakes make uvicorn say.
MISTAKES = ("ASGI callable returned without completing handshake.",)


class Stage:
    """One server for all examples, in a loop that runs while an example does."""

    def __init__(self, runner: asyncio.Runner) -> None:
        self.runner = runner
        self.current: Run | None = None
        self.swallowed: list[dict[str, Any]] = []
        runner.get_loop().set_exception_handler(lambda loop, context: self.swallowed.append(context))
        self.serving = serving(self.app)
        self.live: Live = runner.run(self.serving.__aenter__())

    async def app(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        assert self.current is not None
        await self.current.app(scope, receive, send)

    def play(self, script: list[Step], receive_buffer: int) -> tuple[Run, Received]:
        return self.runner.run(self.connection(script, receive_buffer))

    async def connection(self, script: list[Step], receive_buffer: int) -> tuple[Run, Received]:
        self.swallowed.clear()
        self.live.complaints.clear()
        peer = await self.live.connect(receive_buffer=receive_buffer)
        self.current = run = Run(script, peer)
        try:
            await peer.upgrade()
            await asyncio.wait_for(run.finished.wait(), 10)
            received = take_apart(peer.raw) if peer.ended else await peer.read_to_the_end()
        finally:
            peer.close()
            self.live.peers.remove(peer)
        await until(lambda: not self.live.server.server_state.connections)
        await until(lambda: not self.live.server.server_state.tasks)
        return run, received

    def close(self) -> None:
        self.runner.run(self.serving.__aexit__(None, None, None))


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        stage = Stage(runner)
        yield stage
        stage.close()


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(script=scripts, receive_buffer=st.sampled_from([4096, 65536]))
def test_every_order(stage: Stage, script: list[Step], receive_buffer: int) -> None:
    run, received = stage.play(script, receive_buffer)  # take_apart has already refused anything out of place
    assert stage.swallowed == []
    assert [line for line in stage.live.complaints if line not in MISTAKES] == []
    if received.frames:
        assert received.status == 101
    closes = [place for place, (opcode, _) in enumerate(received.frames) if opcode == CLOSE]
    assert closes in ([], [len(received.frames) - 1])
    assert in_order(received.texts, run.possible)
    if not run.torn and not run.peer.was_reset:
        assert received.torn == b""
        assert in_order(run.promised, received.texts)


def in_order(some: list[bytes], all_of_them: list[bytes]) -> bool:
    """Are `some` among the others, in the same order?"""
    rest = iter(all_of_them)
    return all(text in rest for text in some)
