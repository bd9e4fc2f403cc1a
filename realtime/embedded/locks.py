"""Which process may do what now? Locks on files, which the kernel drops when their holder dies."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class FileLock:
    """A lock on an open file (flock). Children that inherit the descriptor hold it too."""

    def __init__(self, path: Path) -> None:
        self.descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)

    def exclusive(self) -> None:
        """Wait until nobody else holds the lock, then hold it alone."""
        fcntl.flock(self.descriptor, fcntl.LOCK_EX)

    def shared(self) -> None:
        """Wait until nobody holds the lock alone, then hold it with others."""
        fcntl.flock(self.descriptor, fcntl.LOCK_SH)

    def try_exclusive(self) -> bool:
        """Hold the lock alone if that is possible at once."""
        try:
            fcntl.flock(self.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def close(self) -> None:
        os.close(self.descriptor)


@contextmanager
def holding(path: Path) -> Iterator[FileLock]:
    """Hold the lock on `path` alone for the length of the block."""
    lock = FileLock(path)
    try:
        lock.exclusive()
        yield lock
    finally:
        lock.close()


def is_held(path: Path) -> bool:
    """Whether some process holds the lock on `path`."""
    lock = FileLock(path)
    try:
        return not lock.try_exclusive()
    finally:
        lock.close()
