"""Who writes in two negocios in one transaction, in opposite orders? A process of its own: `-m benchmarks.both_rooms`.

It reads JSON lines `[how to tell, seconds]` and answers each with a Spell.
"""

import datetime as dt
import json
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from enum import StrEnum
from functools import partial
from multiprocessing import get_context
from typing import Any

import django
from django.db import connections, transaction
from django.db.backends.postgresql.base import DatabaseWrapper

WRITERS = 8
# From a transaction's first statement to its last.
DURATION = 0.005
CODES = ("norte", "sur")
DAY = dt.date(2026, 1, 1)


class How(StrEnum):
    """Whether both rooms are told: of both bookings at the first, of each as it is booked, or of nothing."""

    TOGETHER = "in one statement"
    APART = "in two statements"
    SILENT = "not at all"


@dataclass(frozen=True, slots=True)
class Spell:
    """What the writers did in some seconds; `told`: events in each of the rooms since the process started."""

    transactions: int
    seconds: float
    told: int

    @property
    def rate(self) -> float:
        return self.transactions / self.seconds


class Writers:
    """Eight processes, each with a connection of its own. They book a cita in both negocios, and may tell of it."""

    def __init__(self) -> None:
        from dashboards.models import Negocio

        self._told = 0
        self._negocios = [Negocio.objects.create(code=code, name=code, kind="citas", time_zone="UTC") for code in CODES]
        connection = connections["default"]
        assert isinstance(connection, DatabaseWrapper)
        connection.close()
        connection.close_pool()  # whoever is forked opens its own
        self._processes = get_context("fork").Pool(WRITERS)

    def work(self, how: str, seconds: float) -> Spell:
        """Write for so long. Raises what a writer met with, a deadlock among it."""
        start = time.monotonic()
        write = partial(_write, self._negocios, How(how), start + seconds)
        count = sum(self._processes.map(write, range(WRITERS), chunksize=1))
        self._told += count if how != How.SILENT else 0
        return Spell(count, time.monotonic() - start, self._told)


def _write(negocios: Sequence[Any], how: How, end: float, number: int) -> int:
    """Returns how many transactions it has committed."""
    order, count = (negocios if number % 2 else negocios[::-1]), 0
    while time.monotonic() < end:
        _book(order, how)
        count += 1
    return count


def _book(order: Sequence[Any], how: How) -> None:
    from dashboards.businesses.citas.models import Cita
    from dashboards.kinds import Telling
    from notifications import journal

    with transaction.atomic():
        start = time.monotonic()
        for place, negocio in enumerate(order):
            time.sleep(max(0.0, start + place * DURATION - time.monotonic()))
            Cita.objects.create(negocio=negocio, fecha=DAY, hora_inicio=dt.time(9))
            if how is How.APART:
                journal.store(negocio.pk, [Telling("aviso", {"cita": place})])
            elif how is How.TOGETHER and not place:
                # Were there locks on rooms, these would be held all the while.
                journal.store_all([(each.pk, Telling("aviso", {"cita": at})) for at, each in enumerate(order)])


def main() -> None:
    writers = Writers()
    print("ready", flush=True)
    for line in sys.stdin:
        print(json.dumps(astuple(writers.work(*json.loads(line)))), flush=True)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "realtime.settings")
    django.setup()
    main()
