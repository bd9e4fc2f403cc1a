"""What happens in the businesses of these tests?"""

import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connections

from dashboards.businesses.citas.models import Cita
from dashboards.businesses.repairs.models import Equipment, RepairOrder
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


def at_once(works: list[Callable[[], object]]) -> None:
    """Do all of it, each in a thread with a database connection of its own; raises what they raise."""

    def run(work: Callable[[], object]) -> None:
        try:
            work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(works)) as threads:
        list(threads.map(run, works))
