"""A repair shop written by plain SQL, and what its roll-up of details says."""

from typing import Any

from dashboards.businesses.repairs.models import RepairOrderDetail
from dashboards.kinds import kind_named
from dashboards.models import Negocio
from dashboards.rollups.reading import tallies
from dashboards.rollups.verifying import drift
from tests.rollups.shop import differing, run

ORDER = """
INSERT INTO repairs_order (id, negocio_id, equipment_id, status)
SELECT %s, %s, (SELECT min(id) FROM repairs_equipment), %s
"""
DETAIL = """
INSERT INTO repairs_order_detail (negocio_id, order_id, service_id, technician_id, sub_total)
SELECT %s, %s, (SELECT min(id) FROM repairs_service), (SELECT min(id) FROM repairs_person), 10
FROM generate_series(1, %s)
"""


def workshop(code: str = "taller") -> Negocio:
    """With a thing to repair, a service and a technician, and no orders."""
    negocio = Negocio.objects.create(code=code, name=code, kind="repairs")
    run("INSERT INTO repairs_equipment (negocio_id, name) VALUES (%s, 'Radio')", negocio.pk)
    run("INSERT INTO repairs_service (negocio_id, name) VALUES (%s, 'Limpieza')", negocio.pk)
    run("INSERT INTO repairs_person (negocio_id, name, role) VALUES (%s, 'Beto', 'Technician')", negocio.pk)
    return negocio


def order(negocio: Negocio, id: int, status: str = "DELIVERED", details: int = 1) -> None:
    """An order, and so many details of it, 10 each."""
    run(ORDER, id, negocio.pk, status)
    run(DETAIL, negocio.pk, id, details)


def tallied(negocio: Negocio) -> dict[str, tuple[int, int]]:
    """What the roll-up says: of services the details and what they earned, of technicians the orders and the same."""
    said: dict[str, tuple[int, int]] = {}
    found: Any = tallies(RepairOrderDetail).filter(negocio=negocio)
    for level, size, amount in found.values_list("level", "how_many", "how_much"):
        before = said.get(level, (0, 0))
        said[level] = (before[0] + size, int(before[1] + amount))
    return {level: figures for level, figures in said.items() if any(figures)}


def wrong(*negocios: Negocio) -> Any:
    """What a full count finds to be different; nothing, if all is right."""
    return drift(RepairOrderDetail) or (negocios and differing(kind_named("repairs"), list(negocios)))
