"""Who writes citas while sockets watch? A process of its own: `python -m benchmarks.writer prepare|orm|replay|sql`.

It prints a JSON line per cita: its negocio, and when its commit was asked for and had returned (monotonic seconds,
which all processes of a machine share).
"""

import csv
import datetime as dt
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import django
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models.signals import pre_save

NEGOCIOS = 10
COUNT = 200
RATE = 20.0
# Each negocio's first cita isn't counted: a process's first doorbell loads and connects the channel layer.
WARM_UP = 1
# A process that ends at once after a commit may leave its doorbell unsent; the writers measured here live on. Seconds.
LINGER = 0.5


@dataclass(frozen=True, slots=True)
class Written:
    """One cita; monotonic seconds."""

    negocio: str
    asked: float
    committed: float


def codes() -> list[str]:
    """The negocios whose citas are written, in turn."""
    return [f"bench-{number}" for number in range(NEGOCIOS)]


def turns() -> Iterator[str]:
    """The negocio of each cita."""
    names = codes()
    return (names[number % len(names)] for number in range(COUNT + WARM_UP * NEGOCIOS))


def prepare() -> None:
    """Make the negocios."""
    from dashboards.models import Negocio

    for code in codes():
        Negocio.objects.create(code=code, name=code, kind="citas", time_zone="America/Guayaquil")


def orm() -> None:
    """Citas through the models, each in a transaction of its own, as a view would write them."""
    from dashboards.businesses.citas.models import Cita
    from dashboards.models import Negocio

    negocios = {negocio.code: negocio for negocio in Negocio.objects.all()}
    today = dt.datetime.now(dt.UTC).date()

    def book(code: str) -> None:
        with transaction.atomic():
            Cita.objects.create(negocio=negocios[code], fecha=today, hora_inicio=dt.time(9), hora_fin=dt.time(10))

    stamp_saves()
    paced(book)


def replay() -> None:
    """The command `replay` on a file of citas."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "citas.csv"
        with path.open("w", newline="") as file:
            rows = ((code, f"2025-01-{number // 10 + 1:02}", "09:00") for number, code in enumerate(turns()))
            csv.writer(file).writerows([("negocio", "fecha", "hora"), *rows])
        stamp_saves()
        options = ["--negocio-column", "negocio", "--negocio-by", "code", "--map", "fecha=fecha", "hora_inicio=hora"]
        call_command("replay", "citas", str(path), *options, "--rate", str(RATE), stdout=sys.stderr)


def sql() -> None:
    """Citas by plain SQL on a connection that has none of our session settings, as psql has it."""
    import psycopg

    params = connection.get_connection_params()
    address: dict[str, Any] = {name: params[name] for name in ("host", "port", "user", "password", "dbname")}
    insert = (
        "INSERT INTO pulso.citas_cita "
        "(negocio_id, cliente_id, cliente_nombre, fecha, hora_inicio, estado, creado_en, actualizado_en) "
        "SELECT id, '', '', current_date, '09:00', 'pendiente', now(), now() "
        "FROM pulso.dashboards_negocio WHERE code = %s"
    )
    with psycopg.connect(autocommit=True, **address) as plain:

        def book(code: str) -> None:
            asked = time.monotonic()
            plain.execute(insert, [code])
            tell(Written(code, asked, time.monotonic()))

        paced(book)


def paced(book: Callable[[str], None]) -> None:
    """Book a cita in each turn, RATE a second."""
    start = time.monotonic()
    for number, code in enumerate(turns()):
        time.sleep(max(0.0, start + number / RATE - time.monotonic()))
        book(code)


def stamp_saves() -> None:
    """Print a line for every cita that a transaction stores; its commit includes the row's own statement."""
    from dashboards.businesses.citas.models import Cita

    def on_save(instance: Cita, **_: Any) -> None:
        code, asked = instance.negocio.code, time.monotonic()
        # Registered before the row is saved, so that it runs before the doorbell.
        transaction.on_commit(lambda: tell(Written(code, asked, time.monotonic())))

    pre_save.connect(on_save, sender=Cita, weak=False)


def tell(written: Written) -> None:
    print(json.dumps([written.negocio, written.asked, written.committed]), flush=True)


WAYS: dict[str, Callable[[], None]] = {"prepare": prepare, "orm": orm, "replay": replay, "sql": sql}

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "realtime.settings")
    django.setup()
    WAYS[sys.argv[1]]()
    time.sleep(LINGER)
