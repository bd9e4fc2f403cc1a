"""A process that uses a private PostgreSQL until its stdin says otherwise. Run as a script.

It prints what it got as one line of JSON, or the error's class and text; any line on stdin makes it leave.
"""

import argparse
import json
import os
import pwd
import sys
from pathlib import Path

from realtime.embedded.account import Account, server_account
from realtime.embedded.binaries import Installation, find_installation, reachable
from realtime.embedded.errors import EmbeddedError
from realtime.embedded.server import PrivatePostgres


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("system_folder", type=Path)
    parser.add_argument("--owner", action="store_true")
    parser.add_argument("--unprivileged", action="store_true", help="as root: go on as nobody")
    options = parser.parse_args()
    installation = drop(options.system_folder) if options.unprivileged and os.geteuid() == 0 else None
    server = PrivatePostgres(options.folder, system_folder=options.system_folder, installation=installation)
    try:
        address = server.acquire(owner=options.owner)
        postmaster = int((server.home.data / "postmaster.pid").read_text().split()[0])
        home = str(server.home.path)
        say(uid=os.geteuid(), home=home, postmaster=postmaster, host=address.host, url=address.url)
    except EmbeddedError as error:
        say(error=type(error).__name__, text=str(error))
        return
    sys.stdin.readline()
    server.release()


def drop(store: Path) -> Installation:
    """Become nobody for good, with all imported: the interpreter may lie where nobody can't go."""
    nobody = pwd.getpwnam("nobody")
    store.mkdir(exist_ok=True)
    store.chmod(0o755)
    installation = reachable(find_installation(), Account(nobody.pw_uid, nobody.pw_gid), store)
    os.environ["HOME"] = "/nonexistent"
    os.chdir("/")
    os.setgroups([])
    os.setgid(nobody.pw_gid)
    os.setuid(nobody.pw_uid)
    assert server_account() == Account(nobody.pw_uid, nobody.pw_gid)
    return installation


def say(**facts: object) -> None:
    print(json.dumps(facts), flush=True)


if __name__ == "__main__":
    main()
