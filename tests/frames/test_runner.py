"""A served process listens where it should, stops when asked, and lets its caller finish."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from realtime.server.errors import CannotBind, PortInUse
from realtime.server.listening import close_all, listen, ports_of
from realtime.server.runner import run

from .wire import CLOSE, TEXT, UPGRADE, Received, masked, take_apart

ROOT = Path(__file__).parents[2]
SOON = 15.0  # seconds


class Served:
    """The process of served.py."""

    def __init__(self, behaviour: str, *ports: int) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.frames.served", behaviour, *map(str, ports or (0,))],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        first = self.process.stdout.readline()
        self.ports: list[int] = json.loads(first) if first.startswith("[") else []

    def stop(self, *signals: int) -> tuple[int, str, str]:
        """Send the signals, one after the other; return status, output and log."""
        for number in signals:
            self.process.send_signal(number)
            time.sleep(0.3)
        output, log = self.process.communicate(timeout=SOON)
        return self.process.returncode, output, log

    def get(self, port: int, **headers: str) -> str:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SOON)
        connection.request("GET", "/?token=opaque-secret", headers=headers)
        response = connection.getresponse()
        assert response.getheader("server") is None
        body = response.read().decode()
        connection.close()
        return body

    def websocket(self) -> socket.socket:
        sock = socket.create_connection(("127.0.0.1", self.ports[0]), timeout=SOON)
        sock.sendall(UPGRADE % (b"/?token=opaque-secret", b""))
        assert sock.recv(4096).startswith(b"HTTP/1.1 101 ")
        return sock


@pytest.fixture
def served() -> Iterator[Callable[..., Served]]:
    """Starts processes that are gone at the end of the test."""
    started: list[Served] = []

    def start(behaviour: str = "plain", *ports: int) -> Served:
        started.append(Served(behaviour, *ports))
        return started[-1]

    yield start
    for one in started:
        one.process.kill()
        one.process.wait()
        assert one.process.stdout is not None
        assert one.process.stderr is not None
        one.process.stdout.close()
        one.process.stderr.close()


def frames_until_the_end(sock: socket.socket) -> Received:
    data = b"HTTP/1.1 101 \r\n\r\n"
    while chunk := sock.recv(4096):
        data += chunk
    sock.close()
    return take_apart(data)


def test_every_port_is_served(served: Callable[..., Served]) -> None:
    server = served("plain", 0, 0)
    assert len(set(server.ports)) == 2
    assert [server.get(port).startswith('["127.0.0.1"') for port in server.ports] == [True, True]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_orderly_and_the_caller_goes_on(served: Callable[..., Served], number: int) -> None:
    server = served()
    sock = server.websocket()
    status, output, log = server.stop(number)
    assert (status, output.split("\n")) == (0, ["stopping", "lifespan ends", "stopped", ""])
    assert frames_until_the_end(sock).close_code == 1012
    assert "Traceback" not in log


@pytest.mark.parametrize("behaviour", ["stubborn", "hanging"])
def test_a_second_signal_forces_the_end(served: Callable[..., Served], behaviour: str) -> None:
    server = served(behaviour)
    sock = server.websocket()
    began = time.monotonic()
    status, output, _log = server.stop(signal.SIGINT, signal.SIGINT)
    assert status == 128 + signal.SIGINT
    assert output.endswith("stopped\n")
    assert time.monotonic() - began < 10
    sock.close()


def test_a_repeated_sigterm_changes_nothing(served: Callable[..., Served]) -> None:
    server = served()
    sock = server.websocket()  # answers no close, so the end takes a while
    status, output, _log = server.stop(signal.SIGTERM, signal.SIGTERM)
    assert (status, output.endswith("lifespan ends\nstopped\n")) == (0, True)
    sock.close()


def test_sockets_that_cannot_be_sent_away_do_not_prevent_the_end(served: Callable[..., Served]) -> None:
    status, output, log = served("clumsy").stop(signal.SIGTERM)
    assert (status, output.endswith("stopped\n")) == (0, True)
    assert "can't send them away" in log


def test_an_application_that_does_not_start_is_status_3(served: Callable[..., Served]) -> None:
    status, output, log = served("failing").stop()
    assert (status, output) == (3, "")
    assert "no database" in log


def test_8_kib_is_the_limit(served: Callable[..., Served]) -> None:
    sock = served().websocket()
    sock.sendall(masked(TEXT, b"x" * 8193))
    assert frames_until_the_end(sock).frames[0][0] == CLOSE


@pytest.mark.parametrize(("behaviour", "lines"), [("plain", 0), ("talkative", 2)])
def test_requests_are_logged_when_asked_and_never_with_a_token(
    served: Callable[..., Served], behaviour: str, lines: int
) -> None:
    server = served(behaviour)
    server.get(server.ports[0])
    server.websocket().close()
    _status, _output, log = server.stop(signal.SIGTERM)
    assert log.count("token=[removed]") == lines
    assert "opaque-secret" not in log


@pytest.mark.parametrize(("behaviour", "client"), [("plain", "127.0.0.1"), ("proxied", "9.9.9.9")])
def test_only_a_trusted_proxy_names_the_client(served: Callable[..., Served], behaviour: str, client: str) -> None:
    server = served(behaviour)
    assert json.loads(server.get(server.ports[0], **{"X-Forwarded-For": "9.9.9.9"}))[0] == client


def test_a_port_in_use_is_named() -> None:
    holders = listen("127.0.0.1", [0])
    (port,) = ports_of(holders)
    with pytest.raises(PortInUse) as caught:
        run(None, host="127.0.0.1", ports=[0, port])
    assert (caught.value.host, caught.value.port) == ("127.0.0.1", port)
    assert str(port) in str(caught.value)
    close_all(holders)


def test_a_port_is_free_again_at_once() -> None:
    first = listen("127.0.0.1", [0])
    (port,) = ports_of(first)
    client = socket.create_connection(("127.0.0.1", port))
    accepted, _ = first[0].accept()
    accepted.close()
    close_all(first)
    client.close()
    close_all(listen("127.0.0.1", [port]))


def test_a_port_named_twice_is_one_and_zero_twice_is_two() -> None:
    free = listen("127.0.0.1", [0])
    (port,) = ports_of(free)
    close_all(free)
    sockets = listen("127.0.0.1", [port, port, 0, 0])
    assert ports_of(sockets)[0] == port
    assert len(set(ports_of(sockets))) == 3
    close_all(sockets)


def test_all_addresses_of_a_host_share_the_port() -> None:
    sockets = listen("localhost", [0])
    assert len(ports_of(sockets)) == 1
    close_all(sockets)


def test_a_host_that_is_not_ours_is_named() -> None:
    with pytest.raises(CannotBind, match=r"192\.0\.2\.1 port 0"):
        listen("192.0.2.1", [0])
