"""A shop with citas, written by plain SQL, and whether its roll-ups are right."""

import datetime as dt
from dataclasses import replace
from typing import Any

from django.db import connection

from dashboards.businesses.citas.models import Cita
from dashboards.kinds import Kind, kinds
from dashboards.metrics import Scope, compute
from dashboards.models import Negocio
from dashboards.rollups.reading import tallies
from dashboards.rollups.verifying import drift

DAY = dt.date(2025, 11, 10)
INSERT = """
INSERT INTO citas_cita (negocio_id, external_id, cliente_id, cliente_nombre, fecha, hora_inicio, estado, creado_en,
                        actualizado_en)
SELECT %s, %s, '', '', %s, '09:00', %s, now(), now() FROM generate_series(1, %s)
"""


def shop(code: str = "a", time_zone: str = "UTC") -> Negocio:
    return Negocio.objects.create(code=code, name=code, kind="citas", time_zone=time_zone)


def run(sql: str, *params: Any) -> int:
    """Execute; returns how many rows were touched."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params or None)
        return int(cursor.rowcount)


def citas(negocio: Negocio, count: int = 1, day: dt.date = DAY, estado: str = "pendiente") -> int:
    """So many of them, in one statement."""
    return run(INSERT, negocio.pk, None, day, estado, count)


def sizes(negocio: Negocio, level: str = "estado", **key: Any) -> dict[str, int]:
    """How many citas the roll-up says there are, by word; without zeros."""
    found: dict[str, int] = {}
    for word, size in tallies(Cita).filter(negocio=negocio, level=level, **key).values_list("word", "how_many"):
        found[word] = found.get(word, 0) + size
    return {word: size for word, size in found.items() if size}


def right() -> bool:
    """Whether a full count finds what the tallies of citas add up to."""
    return drift(Cita) == []


def differing(kind: Kind, negocios: list[Negocio], now: dt.datetime | None = None) -> dict[str, Any]:
    """The metrics of the kind whose tallies say something else than all rows do: both figures."""
    scope = Scope([negocio.pk for negocio in negocios], now)
    wrong = {}
    for metric in kind.metrics:
        if metric.rolled is not None:
            rolled, full = (compute(each, scope).figures for each in (metric, replace(metric, rolled=None)))
            if rolled != full:
                wrong[metric.name] = (rolled, full)
    return wrong


def deltas() -> int:
    """How many of citas wait to be folded."""
    return run("SELECT FROM delta_citas_cita") + run("SELECT FROM tally_citas_cita WHERE NOT folded")


def rolled_kinds() -> list[Kind]:
    return [kind for kind in kinds().values() if any(metric.rolled for metric in kind.metrics)]
