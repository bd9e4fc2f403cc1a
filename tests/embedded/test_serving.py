"""Can two processes serve one folder?"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from realtime.embedded.errors import AlreadyServing
from realtime.embedded.serving import ServeLock
from tests.embedded.conftest import ROOT

SERVER = """
import sys, pathlib
from realtime.embedded.serving import ServeLock
with ServeLock(pathlib.Path(sys.argv[1]), "http://127.0.0.1:1"):
    print("serving", flush=True)
    sys.stdin.read()
"""


def serve(folder: Path) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER, folder],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "serving\n"
    return process


def test_second_server_is_told_pid_and_url_of_the_first(tmp_path: Path) -> None:
    process = serve(tmp_path)
    with pytest.raises(AlreadyServing) as caught:
        ServeLock(tmp_path).take("http://127.0.0.1:2")
    assert f"process {process.pid}, http://127.0.0.1:1" in str(caught.value)
    process.communicate("")
    with ServeLock(tmp_path):
        pass


def test_folder_of_a_killed_server_is_free(tmp_path: Path) -> None:
    process = serve(tmp_path)
    process.kill()
    process.communicate()
    with ServeLock(tmp_path, "http://127.0.0.1:2") as lock:
        lock.tell("http://127.0.0.1:3")
        with pytest.raises(AlreadyServing, match=f"process {os.getpid()}, http://127.0.0.1:3"):
            ServeLock(tmp_path).take()
    lock.release()
