"""Where do tests find a Redis? On a free port, without persistence, gone afterwards."""

import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

from tools.testbed.programs import find

TRIES = 3  # another program may take the port in between
START_WAIT = 10.0  # s
STOP_WAIT = 10.0  # s


class RedisFailed(Exception):
    """redis-server did not start."""


@contextmanager
def redis_server(port: int = 0) -> Iterator[str]:
    """A server for the length of the block, as a REDIS_URL; 0: any free port."""
    program = find(["redis-server"], package="redis-server")
    with tempfile.TemporaryDirectory(prefix="pulso-redis-") as folder:
        process, port = _started(program, folder, port)
        try:
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            _stop(process)


def _started(program: str, folder: str, wanted: int) -> tuple[subprocess.Popen[bytes], int]:
    for _ in range(TRIES):
        port = wanted or _free_port()
        options = f"--port {port} --bind 127.0.0.1 --appendonly no --daemonize no --loglevel warning".split()
        # Its own session: Ctrl-C ends the tests first.
        process = subprocess.Popen(
            [program, *options, "--save", "", "--dir", folder],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            if _answers(process, port):
                return process, port
        except BaseException:
            _stop(process)
            raise
        _stop(process)
    raise RedisFailed


def _free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as probe:
        return int(probe.getsockname()[1])


def _answers(process: subprocess.Popen[bytes], port: int) -> bool:
    deadline = time.monotonic() + START_WAIT
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with closing(socket.create_connection(("127.0.0.1", port), timeout=1)) as client:
                client.sendall(b"PING\r\n")
                if client.recv(16).startswith(b"+PONG"):
                    return process.poll() is None
        except OSError:
            pass
        time.sleep(0.05)
    return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_WAIT)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
