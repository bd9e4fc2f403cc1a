"""Who writes citas while sockets watch? A process of its own: `python -m benchmarks.writer prepare|orm|replay|sql`.

It prints a JSON line per cita: its negocio, and when its commit was asked for and had returned (monotonic seconds,
which all processes of a machine share).
"""

import asyncio
import csv
import datetime as dt
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections, transaction
from django.db.models.signals import pre_save

# Each negocio's first cita isn't counted: a process's first doorbell loads and connects the channel layer.
WARM_UP = 1
# A process that ends at once after a commit may leave its doorbell unsent; the writers measured here live on. Seconds.
LINGER = 0.5


@dataclass(frozen=True, slots=True)
class Pace:
    """So many negocios in turn, `count` citas that count, `rate` a second, by so many hands (threads)."""

    negocios: int = 10
    count: int = 200
    rate: float = 20.0
    hands: int = 1


@dataclass(frozen=True, slots=True)
class Written:
    """One cita; monotonic seconds."""

    negocio: str
    asked: float
    committed: float


async def written(environment: Mapping[str, str], way: str, pace: Pace | None = None) -> list[Written]:
    """Run the process; what it wrote. Raises RuntimeError where it fails."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.writer", way, json.dumps(asdict(pace or Pace())),
        cwd=settings.BASE_DIR, env=dict(environment), stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"the writer {way} ended with {process.returncode}")
    return [Written(*json.loads(line)) for line in out.splitlines()]


def codes(pace: Pace) -> list[str]:
    """The negocios whose citas are written, in turn."""
    return [f"bench-{number}" for number in range(pace.negocios)]


def turns(pace: Pace) -> Iterator[str]:
    """The negocio of each cita."""
    names = codes(pace)
    return (names[number % len(names)] for number in range(pace.count + WARM_UP * pace.negocios))


def prepare(pace: Pace) -> None:
    """Make the negocios."""
    from dashboards.models import Negocio

    for code in codes(pace):
        Negocio.objects.create(code=code, name=code, kind="citas", time_zone="America/Guayaquil")


def orm(pace: Pace) -> None:
    """Citas through the models, each in a transaction of its own, as a view would write them."""
    from dashboards.businesses.citas.models import Cita
    from dashboards.models import Negocio

    negocios = {negocio.code: negocio for negocio in Negocio.objects.all()}
    today = dt.datetime.now(dt.UTC).date()

    def book(code: str) -> None:
        with transaction.atomic():
            Cita.objects.create(negocio=negocios[code], fecha=today, hora_inicio=dt.time(9), hora_fin=dt.time(10))

    stamp_saves()
    paced(pace, book)


def replay(pace: Pace) -> None:
    """The command `replay` on a file of citas."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "citas.csv"
        with path.open("w", newline="") as file:
            rows = ((code, f"2025-01-{number // 10 + 1:02}", "09:00") for number, code in enumerate(turns(pace)))
            csv.writer(file).writerows([("negocio", "fecha", "hora"), *rows])
        stamp_saves()
        options = ["--negocio-column", "negocio", "--negocio-by", "code", "--map", "fecha=fecha", "hora_inicio=hora"]
        call_command("replay", "citas", str(path), *options, "--rate", str(pace.rate), stdout=sys.stderr)


def sql(pace: Pace) -> None:
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

        paced(pace, book)


def paced(pace: Pace, book: Callable[[str], None]) -> None:
    """Book a cita in each turn; a negocio's are all booked by the same hand, one after the other."""
    start = time.monotonic()

    def work(hand: int) -> None:
        for number, code in enumerate(turns(pace)):
            if number % pace.negocios % pace.hands == hand:
                time.sleep(max(0.0, start + number / pace.rate - time.monotonic()))
                book(code)
        connections.close_all()

    with ThreadPoolExecutor(pace.hands) as hands:
        list(hands.map(work, range(pace.hands)))


def stamp_saves() -> None:
    """Print a line for every cita that a transaction stores; its commit includes the row's own statement."""
    from dashboards.businesses.citas.models import Cita

    def on_save(instance: Cita, **_: Any) -> None:
        code, asked = instance.negocio.code, time.monotonic()
        # Registered before the row is saved, so that it runs before the doorbell.
        transaction.on_commit(lambda: tell(Written(code, asked, time.monotonic())))

    pre_save.connect(on_save, sender=Cita, weak=False)


def tell(one: Written) -> None:
    # In one piece: several hands tell.
    sys.stdout.write(json.dumps([one.negocio, one.asked, one.committed]) + "\n")
    sys.stdout.flush()


WAYS: dict[str, Callable[[Pace], None]] = {"prepare": prepare, "orm": orm, "replay": replay, "sql": sql}

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "realtime.settings")
    django.setup()
    WAYS[sys.argv[1]](Pace(**json.loads(sys.argv[2])))
    time.sleep(LINGER)
