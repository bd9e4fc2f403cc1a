"""Where do tests find a reverse proxy? An nginx on a free port, set up as docs/running.md says, gone afterwards."""

import re
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from tools.testbed.programs import find

START_WAIT = 10.0  # s
STOP_WAIT = 10.0  # s
GUIDE = Path(__file__).parents[2] / "docs" / "running.md"
CONFIG = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
worker_processes 1;
events {{ worker_connections 4096; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
{guide}
}}
"""


class NginxFailed(Exception):
    """nginx did not start."""


@contextmanager
def nginx(ports: Sequence[int]) -> Iterator[str]:
    """A proxy in front of the processes at these ports, for the length of the block, as http://host:port."""
    program = find(["nginx", "/usr/sbin/nginx"], package="nginx-light")
    with tempfile.TemporaryDirectory(prefix="pulso-nginx-") as name:
        folder, port = Path(name), _free_port()
        config = folder / "nginx.conf"
        config.write_text(CONFIG.format(folder=folder, guide=_guide(port, ports)))
        process = subprocess.Popen([program, "-p", name, "-c", str(config)], stderr=subprocess.PIPE)
        try:
            if not _listens(process, port):
                process.kill()
                raise NginxFailed((process.communicate()[1] or b"").decode() + _text(folder / "error.log"))
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.communicate(timeout=STOP_WAIT)


def _guide(port: int, ports: Sequence[int]) -> str:
    """What the page for users says, with these ports and without TLS."""
    (text,) = re.findall(r"```nginx\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    for ours, theirs in zip(ports, re.findall(r"server (127\.0\.0\.1:\d+)", text), strict=True):
        text = text.replace(theirs, f"127.0.0.1:{ours}")
    text = re.sub(r"listen 443 ssl;", f"listen 127.0.0.1:{port};", text)
    return re.sub(r"\s*ssl_certificate\S* .*?;", "", text)


def _listens(process: "subprocess.Popen[bytes]", port: int) -> bool:
    deadline = time.monotonic() + START_WAIT
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with closing(socket.create_connection(("127.0.0.1", port), timeout=1)):
                return True
        except OSError:
            time.sleep(0.05)
    return False


def _free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as probe:
        return int(probe.getsockname()[1])


def _text(path: Path) -> str:
    return path.read_text(errors="replace") if path.exists() else ""
