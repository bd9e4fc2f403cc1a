"""What a peer sees of our uvicorn protocol: real server, real TCP, bytes."""

import asyncio
import socket
import struct
import time
from collections.abc import Callable
from typing import Any

import pytest

from realtime.hub.crowd import Crowd
from realtime.hub.frames import Frame
from realtime.hub.outlet import BUFFER_LIMIT, CLOSED, CONGESTED, EXTENSION, SENT, Outlet
from realtime.server.endings import Ending

from .live import Accepting, Live, on_uvloop, serving, until
from .wire import PING, PONG, TEXT, UPGRADE, RawPeer, closing, masked, take_apart

SMALL_BUFFER = 4096  # bytes of receive buffer that make a socket congested soon
KILOBYTES = Frame.of("x" * 10_000)


async def congest(outlet: Outlet) -> int:
    """Write until the outlet refuses; return the number of frames taken."""
    taken = 0
    while (outcome := outlet.write(KILOBYTES)) is SENT:
        taken += 1
        await asyncio.sleep(0)
    assert outcome is CONGESTED
    return taken


async def stalled(live: Live, app: Accepting) -> tuple[RawPeer, Outlet]:
    """A peer that doesn't read, and its congested outlet."""
    peer = await live.peer(receive_buffer=SMALL_BUFFER)
    outlet = await app.outlet()
    await congest(outlet)
    return peer, outlet


# Writing


@on_uvloop
async def test_frames_arrive_behind_the_101() -> None:
    app = Accepting()
    async with serving(app) as live:
        peer = await live.peer()
        outlet = await app.outlet()
        assert [outlet.write(Frame.of(text)) for text in ("one", "two")] == [SENT, SENT]
        await peer.read_until(b"two")
        assert take_apart(peer.raw).texts == [b"one", b"two"]
        await peer.send(closing())
        received = await peer.read_to_the_end()
        assert received.close_code == 1000
        assert outlet.write(Frame.of("late")) is CLOSED


@on_uvloop
async def test_nothing_is_written_before_the_accept_or_after_a_rejection() -> None:
    outcomes = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        outlet = scope["extensions"][EXTENSION]
        outcomes.append(outlet.write(Frame.of("early")))
        outcomes.append(outlet.insist(Frame.of("early")))
        await send({"type": "websocket.http.response.start", "status": 401, "headers": []})
        outcomes.append(outlet.write(Frame.of("between")))
        await send({"type": "websocket.http.response.body", "body": b"Invalid token"})
        outcomes.append(outlet.write(Frame.of("late")))

    async with serving(app) as live:
        peer = await live.connect()
        await peer.upgrade()
        received = await peer.read_to_the_end()
        assert (received.status, received.body) == (401, b"Invalid token")
        assert outcomes == [CLOSED] * 4
        assert live.complaints == []


@on_uvloop
async def test_compression_is_never_agreed() -> None:
    async with serving(Accepting()) as live:
        peer = await live.connect()
        await peer.upgrade(headers=b"Sec-WebSocket-Extensions: permessage-deflate\r\n")
        await peer.read()
        assert b"extensions" not in peer.raw.lower()


# Congestion


@on_uvloop
async def test_a_socket_that_is_not_read_is_congested_and_drains() -> None:
    app = Accepting()
    async with serving(app) as live:
        peer, outlet = await stalled(live, app)
        drained = asyncio.Event()
        outlet.on_drain = drained.set
        while not drained.is_set():
            await peer.read()
        assert outlet.write(Frame.of("latest")) is SENT
        await peer.read_until(b"latest")
        received = take_apart(peer.raw)
        assert received.texts[-1] == b"latest"
        assert received.texts[:-1] == [KILOBYTES.payload] * (len(received.frames) - 1)


@on_uvloop
async def test_insisting_is_bounded() -> None:
    app = Accepting()
    async with serving(app) as live:
        _peer, outlet = await stalled(live, app)
        insisted = 0
        while (outcome := outlet.insist(KILOBYTES)) is SENT:
            insisted += 1
        assert outcome is CONGESTED
        assert insisted > 10
        assert BUFFER_LIMIT - len(KILOBYTES) < outlet.buffered() <= BUFFER_LIMIT
        outlet.abort()


@on_uvloop
async def test_what_is_insisted_on_comes_in_order_however_small_in_front_of_the_close() -> None:
    app = Accepting()
    async with serving(app) as live:
        peer, outlet = await stalled(live, app)
        numbers = [str(number).encode() for number in range(3_000)]
        for number in numbers:
            assert outlet.insist(Frame.of(number)) is SENT
        assert app.send is not None
        closing_it = asyncio.ensure_future(app.send({"type": "websocket.close", "code": 4000}))
        await peer.read_until(struct.pack("!BBH", 0x88, 2, 4000))
        received = take_apart(peer.raw)
        assert received.texts[-len(numbers) :] == numbers
        assert received.close_code == 4000
        await closing_it


class Someone:
    """A member of a crowd."""

    def __init__(self, outlet: Outlet) -> None:
        self.outlet = outlet


@on_uvloop
async def test_nothing_overtakes_what_the_kernel_left_over_of_a_frame() -> None:
    app = Accepting()
    async with serving(app) as live:
        peer = await live.peer(receive_buffer=SMALL_BUFFER)
        crowd: Crowd[Someone] = Crowd()
        crowd.add(Someone(await app.outlet()))
        large = "x" * 10_000_000 + "the end"
        for text in ("settles", large):
            assert crowd.tell([Frame.of(text)]).sent == 1
        assert app.outlets[0].buffered() > 0
        peer.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        for _ in range(50):  # the kernel has room again before the loop has noticed
            peer.read_what_is_there()
            time.sleep(0.001)  # noqa: ASYNC251 - on purpose: nothing else may run
        assert crowd.show(Frame.of("skipped")).refused
        await peer.read_until(b"the end")
        assert take_apart(peer.raw).texts == [b"settles", large.encode()]


@on_uvloop
async def test_a_stalled_socket_that_is_sent_away_keeps_no_copy_of_what_it_misses() -> None:
    app = Accepting()
    async with serving(app) as live:
        _, outlet = await stalled(live, app)
        waiting = outlet.transport.get_write_buffer_size()  # type: ignore[attr-defined]
        while outlet.insist(Frame.of("x" * 50)) is SENT:
            pass
        assert app.send is not None
        closing_it = asyncio.ensure_future(app.send({"type": "websocket.close", "code": 4008}))
        await asyncio.sleep(0.05)
        assert outlet.transport.get_write_buffer_size() == waiting  # type: ignore[attr-defined]
        outlet.abort()
        with pytest.raises(OSError):
            await closing_it


@on_uvloop
async def test_the_transport_of_a_socket_that_is_not_read_gets_no_more_small_frames() -> None:
    app = Accepting()
    async with serving(app) as live:
        peer, outlet = await stalled(live, app)
        waiting = outlet.transport.get_write_buffer_size()  # type: ignore[attr-defined]
        for _ in range(1_000):
            assert outlet.insist(Frame.of("x" * 50)) is SENT
        assert outlet.transport.get_write_buffer_size() == waiting  # type: ignore[attr-defined]
        assert outlet.buffered() == waiting + 1_000 * 52
        await peer.send(masked(PING, b"here"))
        await peer.read_until(b"\x8a\x04here")
        assert take_apart(peer.raw).texts[-1_000:] == [b"x" * 50] * 1_000
        outlet.abort()


@on_uvloop
async def test_what_the_application_was_sending_goes_first_when_it_drains() -> None:
    app = Accepting()
    async with serving(app) as live:
        peer, outlet = await stalled(live, app)
        newer = Frame.of("newer")
        outlet.on_drain = lambda: None if outlet.write(newer) is SENT else pytest.fail("refused")
        assert app.send is not None
        older = asyncio.ensure_future(app.send({"type": "websocket.send", "text": "older"}))
        await peer.read_until(b"newer")
        await older
        assert take_apart(peer.raw).texts[-2:] == [b"older", b"newer"]


@on_uvloop
async def test_pings_that_are_never_read_back_do_not_fill_memory() -> None:
    app = Accepting()
    async with serving(app) as live:
        peer, outlet = await stalled(live, app)
        flood = asyncio.create_task(peer.send(masked(PING, b"x" * 100) * 20_000))
        await asyncio.wait({flood}, timeout=2)
        assert flood.done()
        await asyncio.sleep(0.1)
        assert outlet.buffered() < 2 * BUFFER_LIMIT + 2**18
        outlet.abort()


# Stalled peers


@on_uvloop
async def test_a_stalled_peer_is_given_up() -> None:
    app = Accepting()
    async with serving(app, write_wait=0.4) as live:
        _peer, outlet = await stalled(live, app)
        await until(lambda: app.disconnects)
        assert live.endings == {Ending.STALLED: 1}
        assert outlet.write(KILOBYTES) is CLOSED


@on_uvloop
async def test_an_application_that_waits_for_a_stalled_peer_is_released() -> None:
    app = Accepting()
    async with serving(app, write_wait=0.4) as live:
        _peer, _outlet = await stalled(live, app)
        assert app.send is not None
        with pytest.raises(OSError):
            await app.send({"type": "websocket.send", "text": "stuck"})


@on_uvloop
async def test_nothing_follows_a_close_that_waited_for_a_lagging_peer() -> None:
    app = Accepting()
    async with serving(app) as live:
        peer, outlet = await stalled(live, app)
        assert app.send is not None
        assert outlet.insist(Frame.of("before")) is SENT
        close = asyncio.ensure_future(app.send({"type": "websocket.close", "code": 4008}))
        await asyncio.sleep(0.05)
        assert not close.done(), "it waits for the peer"
        outlet.insist(Frame.of("behind"))
        await peer.send(masked(PING, b"behind"))
        await asyncio.sleep(0.05)
        received = await peer.read_to_the_end()
        await close
        assert received.texts[-1] == b"before"
        assert received.close_code == 4008
        assert received.frames[-1][1][:2] == struct.pack("!H", 4008)


@on_uvloop
async def test_a_stalled_peer_that_closes_politely_is_given_up() -> None:
    app = Accepting()
    async with serving(app, write_wait=0.4) as live:
        peer, _outlet = await stalled(live, app)
        await peer.send(closing())
        await until(lambda: not live.server.server_state.connections)
        assert live.endings == {Ending.STALLED: 1}


@pytest.mark.parametrize(
    "leave", [lambda peer: peer.send(closing()), lambda peer: peer.finish_sending()], ids=["close", "eof"]
)
def test_a_peer_that_leaves_without_reading_the_rest_is_given_up(leave: Callable[[RawPeer], Any]) -> None:
    @on_uvloop
    async def check() -> None:
        over = asyncio.Event()
        outlets: list[Outlet] = []

        async def app(scope: Any, receive: Any, send: Any) -> None:
            await send({"type": "websocket.accept"})
            outlets.append(scope["extensions"][EXTENSION])
            await over.wait()

        async with serving(app, write_wait=0.4) as live:
            peer = await live.peer(receive_buffer=SMALL_BUFFER)
            while not outlets[0].buffered():  # less than makes it congested
                assert outlets[0].write(Frame.of("x" * 1000)) is SENT
            if (leaving := leave(peer)) is not None:
                await leaving
            await until(lambda: not live.server.server_state.connections)
            assert live.endings == {Ending.STALLED: 1}
            over.set()

    check()


@on_uvloop
async def test_a_stalled_peer_does_not_hold_up_the_shutdown() -> None:
    app = Accepting()
    async with serving(app, write_wait=0.4, timeout_graceful_shutdown=10) as live:
        await stalled(live, app)
        live.peers_stay = True
    assert live.endings[Ending.STALLED] == 1


@on_uvloop
async def test_no_pong_and_a_full_buffer_end_at_once() -> None:
    app = Accepting()
    async with serving(app, ws_ping_interval=0.2, ws_ping_timeout=0.2) as live:
        _peer, _outlet = await stalled(live, app)
        await until(lambda: app.disconnects)
        assert live.endings == {Ending.KEEPALIVE: 1}


@on_uvloop
async def test_no_pong_is_told_to_who_still_reads() -> None:
    app = Accepting()
    async with serving(app, ws_ping_interval=0.2, ws_ping_timeout=0.2) as live:
        peer = await live.peer()
        received = await peer.read_to_the_end()
        assert received.frames[0][0] == PING
        assert received.close_code == 1011
        assert live.endings == {Ending.KEEPALIVE: 1}


# What peers get wrong


@pytest.mark.parametrize(
    ("sent", "code", "ending"),
    [
        (masked(TEXT, b"\xff\xfe"), 1007, Ending.INVALID_TEXT),
        (masked(TEXT, b"\xff") + closing(), 1000, Ending.INVALID_TEXT),
        (masked(TEXT, b"\xff") + masked(PING, b"p") + masked(TEXT, b"ok"), 1007, Ending.INVALID_TEXT),
        (masked(TEXT, b"x" * 8193), 1009, Ending.TOO_BIG),
        (masked(TEXT, b"x" * 9 * 1024), 1009, Ending.TOO_BIG),
        (masked(TEXT, b"x" * 3_000_000), 1009, Ending.TOO_BIG),
        (b"\x01" + masked(TEXT, b"x" * 5000)[1:] + b"\x80" + masked(0, b"y" * 5000)[1:], 1009, Ending.TOO_BIG),
        (b"\x81\x02ab", 1002, Ending.PROTOCOL_ERROR),
        (b"\x83\x80\x00\x00\x00\x00", 1002, Ending.PROTOCOL_ERROR),
        (masked(0, b"nothing to continue"), 1002, Ending.PROTOCOL_ERROR),
    ],
    ids=[
        *("bad text", "bad text, close", "bad text, ping, text"),
        *("8193 bytes", "9 KiB", "3 MB", "10 KB in fragments"),
        *("unmasked", "unknown opcode", "continuation of nothing"),
    ],
)
def test_a_wrong_frame_closes_with_its_code_and_without_a_traceback(sent: bytes, code: int, ending: Ending) -> None:
    @on_uvloop
    async def check() -> None:
        app = Accepting()
        async with serving(app) as live:
            peer = await live.peer()
            sending = asyncio.create_task(peer.send(sent))
            received = await peer.read_to_the_end()
            await sending
            assert received.close_code == code
            assert received.torn == b""
            assert not peer.was_reset
            await until(lambda: app.disconnects)
            await until(lambda: not live.server.server_state.connections)
            assert live.endings == {ending: 1}
            assert live.complaints == []

    check()


@on_uvloop
async def test_8_kib_pass() -> None:
    app = Accepting()
    async with serving(app) as live:
        peer = await live.peer()
        await peer.send(masked(TEXT, b"x" * 8192))
        await until(lambda: app.received)
        assert app.received == [{"type": "websocket.receive", "text": "x" * 8192}]


@on_uvloop
async def test_messages_before_a_wrong_one_are_received_and_none_after() -> None:
    app = Accepting()
    async with serving(app) as live:
        peer = await live.peer()
        await peer.send(masked(TEXT, b"good") + masked(TEXT, b"\xff") + masked(TEXT, b"late"))
        received = await peer.read_to_the_end()
        assert received.close_code == 1007
        await until(lambda: app.disconnects)
        assert [message["text"] for message in app.received] == ["good"]
        assert app.disconnects[0]["code"] == 1007


@on_uvloop
async def test_sending_to_a_peer_that_was_thrown_out_is_a_disconnect() -> None:
    raised: list[BaseException] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "websocket.accept"})
        while (await receive())["type"] != "websocket.disconnect":
            pass
        try:
            await send({"type": "websocket.send", "text": "too late"})
        except OSError as error:
            raised.append(error)
            raise

    async with serving(app) as live:
        peer = await live.peer()
        await peer.send(masked(TEXT, b"\xff"))
        await until(lambda: raised)
        assert (await peer.read_to_the_end()).texts == []
        assert live.complaints == []


@pytest.mark.parametrize(
    "early",
    [closing(), b"\x83\x80\x00\x00\x00\x00", masked(TEXT, b"\xff"), masked(TEXT, b"x" * 9000)],
    ids=["close", "unknown opcode", "bad text", "too big"],
)
@pytest.mark.parametrize("reply", ["websocket.accept", "websocket.close", "http"])
def test_nonsense_before_the_101_is_no_error_of_ours(early: bytes, reply: str) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.sleep(0.1)
        if reply == "http":
            await send({"type": "websocket.http.response.start", "status": 401, "headers": []})
            await send({"type": "websocket.http.response.body", "body": b""})
        else:
            await send({"type": reply})
        if reply == "websocket.accept":
            await send({"type": "websocket.send", "text": "hello"})

    @on_uvloop
    async def check() -> None:
        async with serving(app) as live:
            peer = await live.connect()
            await peer.upgrade()
            await asyncio.sleep(0.03)
            await peer.send(early)
            await peer.read_to_the_end()
            await until(lambda: not live.server.server_state.connections)
            assert live.complaints == []

    check()


@on_uvloop
async def test_rejecting_a_peer_that_is_just_leaving_is_a_disconnect() -> None:
    raised: list[BaseException] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        while (await receive())["type"] != "websocket.disconnect":
            pass
        try:
            await send({"type": "websocket.close"})
        except OSError as error:
            raised.append(error)
            raise

    async with serving(app) as live:
        peer = await live.connect()
        await peer.upgrade()
        await asyncio.sleep(0.03)
        await peer.send(closing())
        await until(lambda: raised)
        assert live.complaints == []


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (UPGRADE % (b"/?token=" + b"x" * 9000, b""), 414),
        (UPGRADE % (b"/", b"X-Long: " + b"x" * 9000 + b"\r\n"), 431),
        (UPGRADE % (b"/", b"".join(b"X-%d: 1\r\n" % number for number in range(200))), 431),
        (UPGRADE % ("/?token=ñ".encode(), b""), 400),
        (UPGRADE % (b"/", b"Transfer-Encoding: chunked\r\n"), 400),
        (UPGRADE.replace(b"Key: dGhlIHNhbXBsZSBub25jZQ==", b"Key: short") % (b"/", b""), 400),
        (UPGRADE.replace(b"Version: 13", b"Version: 8") % (b"/", b""), 400),
    ],
    ids=["long path", "long header", "many headers", "not ASCII", "chunked", "bad key", "old version"],
)
def test_a_bad_upgrade_request_is_answered_and_closed(request_bytes: bytes, status: int) -> None:
    @on_uvloop
    async def check() -> None:
        async with serving(Accepting()) as live:
            peer = await live.connect()
            await peer.send(request_bytes)
            received = await peer.read_to_the_end()
            assert received.status == status
            await until(lambda: not live.server.server_state.connections)
            assert live.complaints == []

    check()


@on_uvloop
async def test_no_pong_follows_our_close_frame() -> None:
    app = Accepting()
    async with serving(app) as live:
        peer = await live.peer()
        await peer.send(masked(PING, b"before"))
        await peer.read_until(b"before")
        assert app.send is not None
        await app.send({"type": "websocket.close", "code": 4008})
        await peer.send(masked(PING, b"after"))
        received = await peer.read_to_the_end()
        assert [opcode for opcode, _ in received.frames] == [PONG, 8]
        assert received.close_code == 4008


# The end of the process


@on_uvloop
async def test_stopping_tells_1012() -> None:
    app = Accepting()
    async with serving(app) as live:
        peer = await live.peer()
        await app.outlet()
        live.server.should_exit = True
        received = await peer.read_to_the_end()
        assert received.close_code == 1012
    assert live.endings == {Ending.SHUTDOWN: 1}
    assert live.complaints == []


@on_uvloop
async def test_stopping_hangs_up_on_those_who_would_not_come_back_after_a_close() -> None:
    app = Accepting()
    async with serving(app) as live:
        peer = await live.peer()
        outlet = await app.outlet()
        outlet.hangs_up = True
        assert outlet.write(Frame.of("the last one")) is SENT
        live.server.should_exit = True
        received = await peer.read_to_the_end()
        assert [payload for _, payload in received.frames] == [b"the last one"]
        assert received.close_code is None
    assert live.endings == {Ending.SHUTDOWN: 1}
    assert live.complaints == []


@on_uvloop
async def test_stopping_survives_a_peer_that_is_closing() -> None:
    app = Accepting()
    async with serving(app, write_wait=0.4) as live:
        peer, _outlet = await stalled(live, app)
        await peer.send(closing())
        await asyncio.sleep(0.05)
        live.peers_stay = True
    assert live.complaints == []


@on_uvloop
async def test_stopping_leaves_a_close_of_the_application_as_it_is() -> None:
    app = Accepting()
    async with serving(app) as live:
        peer = await live.peer()
        await app.outlet()
        assert app.send is not None
        await app.send({"type": "websocket.close", "code": 4010})
        live.server.should_exit = True
        received = await peer.read_to_the_end()
        assert received.close_code == 4010
        assert [opcode for opcode, _ in received.frames] == [8]


@on_uvloop
async def test_abort_needs_no_cooperation() -> None:
    app = Accepting()
    async with serving(app) as live:
        _peer, outlet = await stalled(live, app)
        outlet.abort()
        assert outlet.write(KILOBYTES) is CLOSED
        await until(lambda: app.disconnects)
        assert outlet.on_drain is None


@on_uvloop
async def test_a_killed_peer_leaves_nothing_behind() -> None:
    app = Accepting()
    async with serving(app) as live:
        for _ in range(20):
            peer = await live.peer(receive_buffer=SMALL_BUFFER)
            app.outlets[-1].write(KILOBYTES)
            peer.reset()
        await until(lambda: len(app.disconnects) == 20)
        assert not live.server.server_state.connections
        assert all(outlet.write(KILOBYTES) is CLOSED for outlet in app.outlets)
        assert live.complaints == []


def test_sockets_inherit_the_bound_of_unsent_bytes() -> None:
    if not hasattr(socket, "TCP_NOTSENT_LOWAT"):
        pytest.skip("this system has no such bound")

    @on_uvloop
    async def check() -> None:
        app = Accepting()
        async with serving(app) as live:
            await live.peer(receive_buffer=SMALL_BUFFER)
            outlet = await app.outlet()
            assert await congest(outlet) * len(KILOBYTES) < 1_000_000
            outlet.abort()

    check()
