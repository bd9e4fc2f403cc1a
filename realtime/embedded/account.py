"""Under which account do PostgreSQL's processes run? Ours, never root.

PostgreSQL refuses to run as root; root's servers run under an unprivileged account.
"""

import os
import pwd
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

# PGDATA, PGOPTIONS and the like of the user's shell are about other servers.
KEPT_VARIABLES = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
UNPRIVILEGED = ("postgres", "nobody")


@dataclass(frozen=True)
class Account:
    """A user and its main group, by number."""

    uid: int
    gid: int

    def run(
        self,
        command: Sequence[str | Path],
        *,
        folder: Path = Path("/"),
        variables: dict[str, str] | None = None,
        descriptors: Sequence[int] = (),
    ) -> subprocess.CompletedProcess[str]:
        """Run `command` in `folder` to its end, with this account's rights, out of reach of Ctrl-C.

        stdout holds both outputs. OSError if the account can't execute it.
        """
        drop = self.uid != os.geteuid()
        environment = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
        process = subprocess.Popen(
            list(command),
            cwd=folder,
            env=environment | {"LC_ALL": "C"} | (variables or {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
            pass_fds=descriptors,
            user=self.uid if drop else None,
            group=self.gid if drop else None,
            extra_groups=[] if drop else None,
        )
        try:
            output, _ = process.communicate()
        except BaseException:
            # Interrupted: half a start can't be undone, a whole one can.
            process.wait()
            raise
        return subprocess.CompletedProcess(command, process.returncode, output)


def server_account() -> Account:
    """The account that runs PostgreSQL for this process."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    known = {entry.pw_name: entry for entry in pwd.getpwall() if entry.pw_name in UNPRIVILEGED}
    entry = next(known[name] for name in UNPRIVILEGED if name in known)
    return Account(entry.pw_uid, entry.pw_gid)
