"""What happens in the businesses of these tests, and what should their dashboards show?"""

import datetime as dt
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connections

from dashboards.businesses.citas.models import Cita
from dashboards.businesses.repairs.models import Equipment, RepairOrder
from dashboards.kinds import kind_named
from dashboards.metrics import Scope, compute
from dashboards.models import Negocio


def new_negocio(code: str, kind: str = "citas") -> Negocio:
    return Negocio.objects.create(code=code, name=code, kind=kind, time_zone="UTC")


def new_shop(code: str) -> Equipment:
    """A repair shop's first equipment, which its orders are about."""
    return Equipment.objects.create(negocio=new_negocio(code, "repairs"), name="Cafetera")


def book(negocio: Negocio, hour: int = 9, **fields: Any) -> Cita:
    today = dt.datetime.now(dt.UTC).date()
    return Cita.objects.create(negocio=negocio, fecha=today, hora_inicio=dt.time(hour), **fields)


def order(equipment: Equipment, **fields: Any) -> RepairOrder:
    return RepairOrder.objects.create(negocio_id=equipment.negocio_id, equipment=equipment, **fields)


def figures(negocio: Negocio) -> dict[str, Any]:
    """Every metric of the negocio's topic `stats`, computed now, as JSON has it."""
    kind = kind_named(negocio.kind)
    scope = Scope([negocio.pk])
    metrics = [kind.metric(name) for name in sorted(kind.state_topics()["stats"])]
    computed = {metric.name: compute(metric, scope).figures[negocio.pk] for metric in metrics}
    answer: dict[str, Any] = json.loads(json.dumps(computed))
    return answer


def at_once(works: list[Callable[[], object]]) -> None:
    """Do all of it, each in a thread with a database connection of its own; raises what they raise."""

    def run(work: Callable[[], object]) -> None:
        try:
            work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(works)) as threads:
        list(threads.map(run, works))
