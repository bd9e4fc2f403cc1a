"""Where do tests find a PostgreSQL? In a temporary folder, run as Pulso runs its own, durably."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from realtime.embedded.server import PrivatePostgres


@contextmanager
def postgres() -> Iterator[str]:
    """A server for the length of the block, as a DATABASE_URL."""
    # Root's servers run as another user, who can't enter a TMPDIR of root's.
    with tempfile.TemporaryDirectory(prefix="pulso-testbed-", dir="/tmp") as name:
        folder = Path(name)
        os.chmod(folder, 0o711)
        server = PrivatePostgres(folder / ".pulso", system_folder=folder / "system")
        try:
            yield server.acquire(owner=True).url
        finally:
            server.release()
