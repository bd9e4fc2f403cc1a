"""Does somebody want a long command to end? Ctrl-C and SIGTERM, heard between two rows."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stop:
    """False until a signal comes; then its number."""

    def __init__(self) -> None:
        self.by: signal.Signals | None = None

    def __call__(self) -> bool:
        return self.by is not None


@contextmanager
def stopping() -> Iterator[Stop]:
    """A Stop that hears the signals within the block; the second signal acts as if there were none."""
    stop = Stop()
    if threading.current_thread() is not threading.main_thread():
        yield stop  # signals are the main thread's
        return
    before: dict[signal.Signals, Any] = {}

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def hear(number: int, frame: FrameType | None) -> None:
        stop.by = signal.Signals(number)
        restore()

    for number in SIGNALS:
        before[number] = signal.signal(number, hear)
    try:
        yield stop
    finally:
        restore()
