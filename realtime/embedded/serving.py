"""Does another process serve this folder? Two would share data, demo and port."""

import os
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from realtime.embedded.errors import AlreadyServing
from realtime.embedded.locks import FileLock

# The holder writes its name right after it got the lock; who comes in between looks again.
LOOKS = 20
LOOK_AGAIN = 0.05  # s


class ServeLock:
    """One serving process per folder; a context manager. AlreadyServing carries the other's pid and url."""

    def __init__(self, folder: Path, url: str = "") -> None:
        self.folder, self.url = folder, url
        self._lock: FileLock | None = None

    def take(self, url: str = "") -> None:
        """Hold the folder until release(), leaving our pid and `url` for whoever comes second."""
        self.folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self.folder / "serve.lock")
        if not lock.try_exclusive():
            try:
                raise AlreadyServing(self.folder, *_holder(lock))
            finally:
                lock.close()
        self._lock = lock
        self.tell(url or self.url)

    def tell(self, url: str) -> None:
        """Change the url that a second server is told, once the port is known."""
        assert self._lock is not None
        self.url = url
        os.ftruncate(self._lock.descriptor, 0)
        os.pwrite(self._lock.descriptor, f"{os.getpid()}\n{url}\n".encode(), 0)

    def release(self) -> None:
        """Let another process serve. Idempotent."""
        lock, self._lock = self._lock, None
        if lock is not None:
            os.ftruncate(lock.descriptor, 0)
            lock.close()

    def __enter__(self) -> Self:
        self.take()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def _holder(lock: FileLock) -> tuple[str, str]:
    for _ in range(LOOKS):
        pid, _, url = os.pread(lock.descriptor, 4096, 0).decode(errors="replace").strip().partition("\n")
        if pid.isdecimal() and _lives(int(pid)):
            return pid, url
        time.sleep(LOOK_AGAIN)
    return "?", "address unknown"


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)  # signal 0 only asks
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
