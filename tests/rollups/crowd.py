"""Writers who get into each other's way: random statements, savepoints, aborts, each writer a program of its own."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from random import Random
from threading import Event, Thread
from typing import Any, LiteralString

import psycopg
from django.db import connections

from tests.changes.writers import another_program


@dataclass(frozen=True, slots=True)
class Script:
    """What writers do: statements by chance, with values by chance for any of them, and rarely one that empties all."""

    statements: Sequence[LiteralString]
    empty: Sequence[LiteralString]
    values: Callable[[Random], Mapping[str, Any]]


ESTADOS = ("pendiente", "confirmada", "en_atencion", "completada", "cancelada")
INSERT = """
INSERT INTO citas_cita (negocio_id, external_id, cliente_id, cliente_nombre, fecha, hora_inicio, estado, creado_en,
                        actualizado_en)
SELECT %(negocio)s, NULLIF(%(external)s + i, i)::text, '', '', current_date + %(day)s,
       make_time(8 + (i %% 9)::int, 0, 0), %(estado)s, now(), now()
FROM generate_series(1, %(count)s) AS i
"""
SOME = "id IN (SELECT id FROM citas_cita WHERE id %% %(share)s = %(rest)s LIMIT 200)"
STATEMENTS: Sequence[LiteralString] = (
    INSERT,
    INSERT + "ON CONFLICT (negocio_id, external_id) DO UPDATE SET estado = EXCLUDED.estado, fecha = EXCLUDED.fecha",
    INSERT + "ON CONFLICT DO NOTHING",
    f"UPDATE citas_cita SET estado = %(estado)s WHERE {SOME}",
    f"UPDATE citas_cita SET fecha = fecha + %(day)s, hora_inicio = '20:15' WHERE {SOME}",
    f"UPDATE citas_cita SET negocio_id = %(negocio)s, external_id = NULL WHERE {SOME}",
    f"DELETE FROM citas_cita WHERE {SOME}",
)


def _values(random: Random) -> Mapping[str, Any]:
    return {
        "estado": random.choice(ESTADOS), "day": random.randint(-2, 2), "external": random.choice((0, 1, 2)),
        "count": 1500 if random.random() < 0.05 else random.randint(1, 4),
        "share": random.choice((3, 50)), "rest": random.randrange(3),
    }  # fmt: skip


CITAS = Script(STATEMENTS, ("TRUNCATE citas_cita",), _values)
ISOLATIONS = (psycopg.IsolationLevel.READ_COMMITTED,) * 3 + (
    psycopg.IsolationLevel.REPEATABLE_READ,
    psycopg.IsolationLevel.SERIALIZABLE,
)
# What may happen to whoever writes at the same time as others.
UNLUCKY = (psycopg.errors.OperationalError, psycopg.errors.IntegrityError)


class _Mind(Exception):
    """Changed; the transaction or savepoint is rolled back."""


class Writer:
    """One program; `transactions` of them, each with its own share of chance."""

    def __init__(self, seed: int, negocios: Sequence[int], transactions: int, script: Script = CITAS) -> None:
        self._random, self._negocios, self._transactions, self._script = Random(seed), negocios, transactions, script
        self.committed = self.aborted = 0

    def run(self, enough: Callable[[], bool] = lambda: False) -> None:
        """All transactions, or as many as it takes until that is `enough`."""
        with another_program("-c search_path=pulso -c lock_timeout=5s") as other:
            for _ in range(self._transactions):
                if enough():
                    break
                self._transaction(other)

    def _transaction(self, other: "psycopg.Connection[Any]") -> None:
        other.isolation_level = self._random.choice(ISOLATIONS)
        try:
            with other.transaction():
                self._statements(other)
                self._maybe_think_better_of_it()
            self.committed += 1
        except (*UNLUCKY, _Mind):
            self.aborted += 1

    def _statements(self, other: "psycopg.Connection[Any]") -> None:
        for _ in range(self._random.randint(1, 4)):
            if self._random.random() < 0.3:
                with suppress(_Mind, psycopg.errors.IntegrityError), other.transaction():
                    self._statement(other)
                    self._maybe_think_better_of_it()
            else:
                self._statement(other)

    def _statement(self, other: "psycopg.Connection[Any]") -> None:
        random, script = self._random, self._script
        statement = random.choice(script.empty if random.random() < 0.01 else script.statements)
        other.execute(statement, {"negocio": random.choice(self._negocios), **script.values(random)})

    def _maybe_think_better_of_it(self) -> None:
        if self._random.random() < 0.25:
            raise _Mind


@contextmanager
def meanwhile(work: Callable[[], Any], pause: float = 0.01) -> Iterator[None]:
    """Do it over and over in a thread of its own; whatever it raised is raised at the end. `pause` in seconds."""
    over, failed = Event(), list[BaseException]()

    def loop() -> None:
        try:
            while not over.is_set():
                work()
                over.wait(pause)
        except BaseException as error:
            failed.append(error)
        finally:
            connections.close_all()

    thread = Thread(target=loop)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
    if failed:
        raise failed[0]


def at_once(works: Sequence[Callable[[], None]]) -> None:
    """Do all of it at the same time; returns when each is done. What one raised is raised."""
    with ThreadPoolExecutor(len(works)) as threads:
        for done in [threads.submit(work) for work in works]:
            done.result()
