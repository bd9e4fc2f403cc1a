"""Does a figure cost the same however many rows there are, is it exact, and what do writers pay for that?

Negocios of 10,000, 100,000, … rows, of each of four kinds, loaded with all triggers on and folded.
"""

import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from django.db import connection
from django.db.models import Model

from benchmarks.negocios import KINDS, loaded
from benchmarks.results import Figure, Report, figure, least, most
from dashboards.businesses.citas.models import Cita
from dashboards.businesses.repairs.models import RepairOrder, RepairOrderDetail
from dashboards.kinds import kind_named
from dashboards.metrics import Metric, Scope, compute
from dashboards.models import Negocio
from dashboards.rollups.folding import fold_all, rolled_models
from dashboards.rollups.verifying import drift, rebuild
from realtime.embedded.binaries import find_installation
from realtime.folder import EVERY
from tests.acceptance.databases import django_uses, fresh_database, url_of
from tests.rollups.crossing import FURNITURE
from tests.rollups.crossing import ORDERS as ORDERS_SCRIPT
from tests.rollups.crowd import CITAS as CITAS_SCRIPT
from tests.rollups.crowd import Writer, at_once, meanwhile

NAME = "rollups"
FEWEST, ROWS, MINUTES = 10_000, 1_000_000, 1.0
REFRESHES, FULL_COUNTS = 200, 3
WRITERS, ROUNDS, SECONDS = 8, 3, 5
MILLISECONDS = 1000.0
# What each writer does over and over, by pgbench: a cita is booked, another becomes something else; an order gets a
# detail, another gets a status.
STATEMENTS = 2
BOOKINGS = """
\\set id random(1, 10000)
\\set day random(0, 9)
\\set estado random(1, 4)
INSERT INTO pulso.citas_cita
  (negocio_id, cliente_id, cliente_nombre, fecha, hora_inicio, estado, creado_en, actualizado_en)
  VALUES (:negocio, '', '', current_date + (:day)::int, '09:00', 'pendiente', now(), now());
UPDATE pulso.citas_cita SET estado = (array['pendiente', 'confirmada', 'completada', 'cancelada'])[(:estado)::int]
  WHERE id = :id;
"""
REPAIRS = """
\\set id random(1, 10000)
\\set other random(1, 10000)
\\set service random(1, 40)
\\set technician random(1, 50)
\\set status random(1, 4)
INSERT INTO pulso.repairs_order_detail (negocio_id, order_id, service_id, technician_id, sub_total)
  VALUES (:negocio, :id, :service, :technician, 10);
UPDATE pulso.repairs_order SET status = (array['READY', 'DELIVERED', 'REJECTED', 'IN_REPAIR'])[(:status)::int]
  WHERE id = :other;
"""
WRITES: Mapping[str, tuple[str, Sequence[type[Model]]]] = {
    "citas": (BOOKINGS, [Cita]), "repairs": (REPAIRS, [RepairOrder, RepairOrderDetail]),
}  # fmt: skip


def measure(rows: int = ROWS, minutes: float = MINUTES) -> Report:
    """Figures at 10,000, 100,000, … up to `rows` rows of one negocio; drift after `minutes`; writers."""
    lost: list[str] = []
    with fresh_database() as name, django_uses(name):
        figures = _refreshing(rows, lost)
    with fresh_database() as name, django_uses(name):
        figures += _drifting(minutes, lost)
    for kind in WRITES:
        with fresh_database() as name, django_uses(name):
            figures += _writing(kind, url_of(name), lost)
    return Report(NAME, figures, lost)


def _refreshing(rows: int, lost: list[str]) -> list[Figure]:
    """A negocio of each size, asked by turns: what the machine does meanwhile is the same for all."""
    figures = []
    for kind in KINDS:
        negocios = {size: loaded(kind, size) for size in _sizes(rows)}
        fold_all(few=0)
        _run("VACUUM (ANALYZE)")
        lost += [f"{kind}: {len(wrong)} keys are wrong" for model in rolled_models() if (wrong := drift(model))]
        for metric in _told_apart(kind):
            figures += _compared(f"{kind} {metric.name}", _costs(metric, negocios))
        figures.append(_full_count(kind, negocios[max(negocios)], lost))
    return figures


def _sizes(rows: int) -> Iterator[int]:
    size = FEWEST
    while size <= rows:
        yield size
        size *= 10


def _told_apart(kind: str) -> Sequence[Metric]:
    """The metrics that are rolled up, one for each statement, and the list that comes out of an index."""
    rolled = {metric.rolled: metric for metric in reversed(kind_named(kind).metrics) if metric.rolled is not None}
    return [*reversed(rolled.values()), *(each for each in kind_named(kind).metrics if each.name == "proximas")]


def _costs(metric: Metric, negocios: Mapping[int, int]) -> Mapping[int, float]:
    """Milliseconds of a refresh, by size."""
    taken: dict[int, list[float]] = {size: [] for size in negocios}
    for _ in range(REFRESHES):
        for size, negocio in negocios.items():
            taken[size].append(_seconds(metric, negocio))
    return {size: statistics.median(each) * MILLISECONDS for size, each in taken.items()}


def _seconds(metric: Metric, negocio: int) -> float:
    start = time.perf_counter()
    compute(metric, Scope([negocio]))
    return time.perf_counter() - start


def _compared(name: str, costs: Mapping[int, float]) -> list[Figure]:
    first, last = min(costs), max(costs)
    at_sizes = [figure(f"{name} at {size:,} rows, p50", cost, "ms") for size, cost in costs.items()]
    return [*at_sizes, figure(f"{name}, {last:,} against {first:,}", costs[last] / costs[first], "×", most(2))]


def _full_count(kind: str, negocio: int, lost: list[str]) -> Figure:
    """What these figures together cost without tallies; they have to be the same."""
    scope, taken = Scope([negocio]), 0.0
    for metric in _told_apart(kind):
        if metric.rolled is not None:
            full = replace(metric, rolled=None)
            if compute(full, scope).figures != compute(metric, scope).figures:
                lost.append(f"{kind} {metric.name} isn't what all rows say")
            taken += statistics.median(_seconds(full, negocio) for _ in range(FULL_COUNTS))
    return figure(f"{kind}: the same figures out of all rows", taken * MILLISECONDS, "ms")


def _drifting(minutes: float, lost: list[str]) -> list[Figure]:
    """Writers who abort, get into each other's way and go back to savepoints; one folds, all the while."""
    negocios = [Negocio.objects.create(code=code, name=code, kind="citas").pk for code in "ab"]
    for negocio in negocios:
        with connection.cursor() as cursor:
            for statement in FURNITURE:
                cursor.execute(statement, {"negocio": negocio})
    end, scripts = time.monotonic() + minutes * 60, (CITAS_SCRIPT, ORDERS_SCRIPT)
    writers = [Writer(seed, negocios, 10**9, scripts[seed % 2]) for seed in range(WRITERS)]
    with meanwhile(fold_all, EVERY):
        at_once([partial(writer.run, lambda: time.monotonic() > end) for writer in writers])
    wrong = sum(len(drift(model)) for model in rolled_models())
    if wrong:
        lost.append(f"{wrong} keys drifted")
    committed, aborted = (sum(getattr(writer, name) for writer in writers) for name in ("committed", "aborted"))
    return [
        figure("transactions committed against each other", committed, ""),
        figure("transactions aborted", aborted, ""),
        figure("keys that drifted", wrong, "", most(0)),
    ]


def _writing(kind: str, url: str, lost: list[str]) -> list[Figure]:
    """Eight writers on one negocio, by turns without any trigger and with all; a folder works meanwhile."""
    negocio, (statements, models) = loaded(kind, 10_000), WRITES[kind]
    plain, kept = [], []
    with tempfile.TemporaryDirectory(prefix="pulso-bench-") as folder:
        script = Path(folder) / "writes.sql"
        script.write_text(statements)
        for _ in range(ROUNDS):
            _triggers(models, "DISABLE")
            plain.append(_writes(script, negocio, url))
            _triggers(models, "ENABLE")
            for model in models:
                rebuild(model)
            with meanwhile(fold_all, EVERY):
                kept.append(_writes(script, negocio, url))
            lost += [f"eight writers made {model.__name__} drift" for model in models if drift(model)]
    ratio = statistics.median(kept) / statistics.median(plain)
    return [
        figure(f"{kind}: writes a second of 8 writers, plain tables", statistics.median(plain), "/s"),
        figure("the same with outbox and roll-ups", statistics.median(kept), "/s"),
        figure("with outbox and roll-ups against plain", ratio, "×", least(0.6)),
    ]


def _triggers(models: Sequence[type[Model]], action: str) -> None:
    for model in models:
        _run(f"ALTER TABLE {model._meta.db_table} {action} TRIGGER USER")


def _writes(script: Path, negocio: int, url: str) -> float:
    """Statements a second, each a transaction of its own."""
    _run("CHECKPOINT")
    program = find_installation().program("pgbench")
    options = ["-n", "-M", "prepared", "-c", str(WRITERS), "-T", str(SECONDS), "-f", str(script)]
    # As our own processes write: they ring for themselves.
    environment = os.environ | {"PGOPTIONS": "-c pulso.doorbell=layer"}
    command = [str(program), *options, "-D", f"negocio={negocio}", url]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    (line,) = (line for line in done.stdout.splitlines() if line.startswith("tps"))
    return float(line.split()[2]) * STATEMENTS


def _run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)
