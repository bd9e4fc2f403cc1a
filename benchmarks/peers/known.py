"""Which peers are there, and how does each start? One process, on the servers' core, gone at the end of the block."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import redis
from django.conf import settings

from benchmarks.building import c_program, go_program, nginx_with, node_program
from benchmarks.peers.peer import SERVER, Peer, Serving, item
from benchmarks.processes import SERVER_CPU, on_cpu, pinned
from tests.acceptance.cluster import free_port
from tools.testbed.programs import find

HERE = Path(__file__).resolve().parent
MODULE = Path("/usr/lib/nginx/modules/ngx_nchan_module.so")
START_WAIT, STOP_WAIT = 20.0, 10.0
POSTED = {"post": "/notify", "item": item('{"data":{"text":"', '"}}')}


@contextmanager
def running(port: int, command: Sequence[str], environment: Mapping[str, str] | None = None) -> Iterator[int]:
    """The process of a command that listens on the port, as its id."""
    with tempfile.TemporaryFile() as log, on_cpu(SERVER_CPU):
        process = subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment, stdout=log, stderr=log)
        try:
            _await_port(process, port, log)
            yield process.pid
        finally:
            process.terminate()
            try:
                process.wait(STOP_WAIT)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _await_port(process: "subprocess.Popen[bytes]", port: int, log: Any) -> None:
    deadline = time.monotonic() + START_WAIT
    while process.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    log.seek(0)
    raise RuntimeError(f"a peer did not start:\n{log.read()[-4000:].decode(errors='replace')}")


@contextmanager
def _serving(
    command: Sequence[str], paths: Sequence[str], options: Mapping[str, str], port: int, **more: Any
) -> Iterator[Serving]:
    with running(port, command, more.pop("environment", None)) as pid:
        yield Serving((port,), paths, options, {SERVER: (pid,), **more.pop("parts", {})}, **more)


@contextmanager
def _floor() -> Iterator[Serving]:
    program, port = c_program(HERE / "floor"), free_port()
    with _serving([str(program), str(port)], ["/ws"], POSTED, port) as serving:
        yield serving


@contextmanager
def _gorilla() -> Iterator[Serving]:
    program, port = go_program(HERE / "gorilla"), free_port()
    with _serving([str(program), str(port)], ["/ws"], POSTED, port) as serving:
        yield serving


@contextmanager
def _nchan() -> Iterator[Serving]:
    program, port = nginx_with(MODULE, "libnginx-mod-nchan"), free_port()
    with tempfile.TemporaryDirectory(prefix="pulso-nchan-") as folder:
        text = (HERE / "nchan" / "nginx.conf").read_text()
        file = Path(folder) / "nginx.conf"
        file.write_text(text.replace("FOLDER", folder).replace("PORT", str(port)))
        with _serving([program, "-c", str(file), "-p", folder], ["/ws"], POSTED, port) as serving:
            yield serving


@contextmanager
def _ws() -> Iterator[Serving]:
    script, port = node_program(HERE / "ws"), free_port()
    options = {"item": item('{"data":{"text":"', '"}}')}
    with _serving([_node(), str(script), str(port)], ["/"], options, port) as serving:
        yield serving


@contextmanager
def _socketio() -> Iterator[Serving]:
    script, port = node_program(HERE / "socketio"), free_port()
    options = {"hello": "40", "ready": "40{", "ping": "2", "pong": "3", "item": item('42["event","', '"]')}
    path = "/socket.io/?EIO=4&transport=websocket"
    with _serving([_node(), str(script), str(port)], [path], options, port) as serving:
        yield serving


@contextmanager
def _channels() -> Iterator[Serving]:
    port = free_port()
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "benchmarks.peers.channels.settings"}
    environment |= {"SECRET_KEY": settings.SECRET_KEY, "REDIS_URL": str(settings.REDIS_URL)}
    command = [sys.executable, "-m", "daphne", "-b", "127.0.0.1", "-p", str(port)]
    command += ["--verbosity", "0", "benchmarks.peers.channels.asgi:application"]
    # json.dumps puts a blank into what it sends.
    options = {"header": "Origin: http://127.0.0.1", "item": item('{"message":"', '"}', frame="{} ")}
    with shared_redis() as pid:
        more: dict[str, Any] = {"environment": environment, "parts": {"Redis": (pid,)}}
        # One event at a time: its channel layer drops what finds 100 waiting.
        with _serving(command, ["/ws/chat/bench/"], options, port, window=1, patience=2.0, **more) as serving:
            yield serving


def _node() -> str:
    return os.environ.get("PULSO_NODE") or find(["node", "nodejs"], package="nodejs")


@contextmanager
def shared_redis() -> Iterator[int]:
    """The testbed's Redis, on the servers' core meanwhile, as its process."""
    with redis.Redis.from_url(str(settings.REDIS_URL)) as client:
        pid = int(client.info("server")["process_id"])
    with pinned(pid, SERVER_CPU):
        yield pid


FLOOR, GORILLA, CHANNELS = Peer("floor", _floor), Peer("gorilla", _gorilla), Peer("channels", _channels)
NCHAN, WS, SOCKETIO = Peer("nchan", _nchan), Peer("ws", _ws), Peer("socketio", _socketio)
NAMES = tuple(peer.name for peer in (FLOOR, GORILLA, CHANNELS, NCHAN, WS, SOCKETIO))
