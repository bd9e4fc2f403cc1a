"""What happens to the database, as another program and its administrator do it? Transactions that stay open, a backup,
a restore, a pruning.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.db import OperationalError, connection, transaction

from dashboards.businesses.parking.models import Espacio
from dashboards.kinds import Telling
from dashboards.models import Change
from notifications import journal, pruning
from realtime.updates import read_epoch

# Nothing is too old: only how many are kept counts. Seconds.
AGE = 1e9
COLUMNS = "id, negocio_id, topic, seq, type, message, data, at, said_at, telling"


class Writer:
    """A connection of its own, with one transaction at a time. What it stores is acknowledged when it commits."""

    def __init__(self, negocio_id: int) -> None:
        self._negocio_id = negocio_id
        self._thread = ThreadPoolExecutor(1)
        self._atomic: transaction.Atomic | None = None

    def begin(self, tellings: Sequence[Telling], spaces: int, first: int) -> "Future[None]":
        return self._thread.submit(self._begin, tellings, spaces, first)

    def finish(self, commit: bool) -> "Future[None]":
        return self._thread.submit(self._finish, commit)

    def end(self) -> None:
        if self._atomic is not None:
            self.finish(commit=False).result()
        self._thread.shutdown()

    def _begin(self, tellings: Sequence[Telling], spaces: int, first: int) -> None:
        self._atomic = transaction.atomic()
        self._atomic.__enter__()
        journal.store_all([(self._negocio_id, telling) for telling in tellings])
        add_spaces(self._negocio_id, first, spaces)

    def _finish(self, commit: bool) -> None:
        atomic, self._atomic = self._atomic, None
        assert atomic is not None
        if not commit:
            transaction.set_rollback(True)
        atomic.__exit__(None, None, None)
        connection.close()


def add_spaces(negocio_id: int, first: int, count: int) -> None:
    """The figure that is shown grows by `count`."""
    Espacio.objects.bulk_create(Espacio(negocio_id=negocio_id, numero=str(first + n)) for n in range(count))


@dataclass(frozen=True, slots=True)
class Backup:
    """The journal as it was."""

    events: Sequence[Sequence[Any]]
    heads: Sequence[Sequence[Any]]


def backup() -> Backup:
    """Keep the journal as it is now."""
    return Backup(_rows(f"SELECT {COLUMNS} FROM events"), _rows("SELECT negocio_id, topic, seq FROM room_heads"))


def restore(negocio_id: int, kept: Backup, value: int) -> str:
    """Put the database back, with other figures; returns the epoch of its new life. Every connection is ended."""
    with transaction.atomic(), connection.cursor() as cursor:
        _empty(cursor)
        cursor.executemany(f"INSERT INTO events ({COLUMNS}) VALUES ({', '.join(['%s'] * 10)})", kept.events)
        cursor.executemany("INSERT INTO room_heads (negocio_id, topic, seq) VALUES (%s, %s, %s)", kept.heads)
        add_spaces(negocio_id, 0, value)
        cursor.execute("DELETE FROM changes")
    return new_life()


def new_life() -> str:
    """The database is another from now on; returns its epoch. Every connection is ended."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM installation")
        cursor.execute("INSERT INTO installation (name) VALUES (gen_random_uuid())")
    with suppress(OperationalError), connection.cursor() as cursor:
        cursor.execute(
            # It waits for each, so that none is taken out of the pool that hasn't heard of its end.
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() "
            "AND backend_type = 'client backend' ORDER BY pid = pg_backend_pid()"
        )
    connection.close()
    return read_epoch()


def wipe() -> None:
    """No example sees another's."""
    with connection.cursor() as cursor:
        _empty(cursor)
    Change.objects.all().delete()


def prune(most: int) -> int:
    return pruning.prune(AGE, most)


def kept() -> Mapping[str, set[int]]:
    """The numbers of what each room's journal still has."""
    left: dict[str, set[int]] = {}
    for topic, seq in _rows("SELECT topic, seq FROM events WHERE seq IS NOT NULL"):
        left.setdefault(topic, set()).add(seq)
    return left


def heads() -> Mapping[str, int]:
    return dict(_rows("SELECT topic, seq FROM room_heads"))


def unnumbered() -> int:
    return int(_rows("SELECT count(*) FROM events WHERE seq IS NULL")[0][0])


def _empty(cursor: Any) -> None:
    for table in ("events", "room_heads", "facts", "parking_espacio"):
        cursor.execute(f"DELETE FROM {table}")


def _rows(statement: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())
