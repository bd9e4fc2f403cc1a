"""How does Python code run in the testbed? `python -m tools.testbed -m pytest …`, with its exit code."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from types import FrameType

from tools.testbed.chromium import chromium
from tools.testbed.node import TooOld, node, npm
from tools.testbed.postgres import postgres
from tools.testbed.programs import Missing
from tools.testbed.redis_server import redis_server

# They name other servers, or Pulso as somebody set it up.
FOREIGN = ("DATABASE_URL", "DB_HOST", "REDIS_URL", "REDIS_ADDR", "PULSO_DATA_DIR")
POLITE_SIGNALS = (signal.SIGTERM, signal.SIGHUP)


def main(arguments: list[str]) -> int:
    for number in POLITE_SIGNALS:
        signal.signal(number, _end)
    # A shell that runs us in the background has it ignored, for the tests too.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    environment = {name: value for name, value in os.environ.items() if name not in FOREIGN}
    with ExitStack() as stack:
        environment["PULSO_CHROMIUM"] = chromium()
        environment["PULSO_NODE"], environment["PULSO_NPM"] = node(), npm()
        environment["REDIS_URL"] = stack.enter_context(redis_server())
        environment["DATABASE_URL"] = stack.enter_context(postgres())
        return _run([sys.executable, *arguments], environment)


def _run(command: list[str], environment: Mapping[str, str]) -> int:
    process = subprocess.Popen(command, env=environment)

    def interrupt(number: int, frame: FrameType | None) -> None:
        process.send_signal(signal.SIGINT)  # pytest cleans up on this one

    for name in POLITE_SIGNALS:
        signal.signal(name, interrupt)
    while True:
        try:
            code = process.wait()
            return code if code >= 0 else 128 - code
        except KeyboardInterrupt:
            continue  # the terminal told the command too


def _end(number: int, frame: FrameType | None) -> None:
    sys.exit(128 + number)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (Missing, TooOld) as unfit:
        sys.exit(str(unfit))
    except KeyboardInterrupt:
        sys.exit(130)
