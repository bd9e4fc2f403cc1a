"""How does a test fill a repair shop in few words?"""

import datetime as dt
from decimal import Decimal
from itertools import count
from typing import Any

from dashboards.businesses.repairs.kind import KIND
from dashboards.businesses.repairs.models import (
    Client,
    Equipment,
    RepairOrder,
    RepairOrderDetail,
    RepairOrderPart,
    Service,
    Technician,
)
from dashboards.metrics import Figure, Scope, compute
from dashboards.models import Negocio

_numbers = count(1)
MORNING = dt.datetime(2025, 11, 10, 10, 30, tzinfo=dt.UTC)


def figure(name: str, negocio: Negocio, limit: int | None = None) -> Figure:
    """The metric as it is now."""
    return compute(KIND.metric(name), Scope([negocio.pk], limit=limit)).figures[negocio.pk]


def figures(*negocios: Negocio) -> dict[str, dict[int, Figure]]:
    """Every metric of these negocios as it is now."""
    scope = Scope([negocio.pk for negocio in negocios])
    return {metric.name: dict(compute(metric, scope).figures) for metric in KIND.metrics}


class Shop:
    """Makes saved rows in one negocio; what isn't said gets a plain value."""

    def __init__(self, negocio: Negocio) -> None:
        self.negocio = negocio

    def client(self, name: str = "Ana", **fields: Any) -> Client:
        return Client.objects.create(negocio=self.negocio, name=name, **fields)

    def technician(self, name: str = "Beto", **fields: Any) -> Technician:
        return Technician.objects.create(negocio=self.negocio, name=name, **fields)

    def equipment(self, name: str = "Laptop", **fields: Any) -> Equipment:
        return Equipment.objects.create(negocio=self.negocio, name=name, **fields)

    def service(self, name: str = "Limpieza", **fields: Any) -> Service:
        return Service.objects.create(negocio=self.negocio, name=name, **fields)

    def order(self, status: str = "IN_REVIEW", cost: str = "0", **fields: Any) -> RepairOrder:
        fields.setdefault("equipment", None)
        fields["equipment"] = fields["equipment"] or self.equipment()
        fields.setdefault("created_at", MORNING + dt.timedelta(minutes=next(_numbers)))
        return RepairOrder.objects.create(negocio=self.negocio, status=status, final_cost=Decimal(cost), **fields)

    def detail(self, order: RepairOrder, service: Service, sub_total: str = "0", **fields: Any) -> RepairOrderDetail:
        return RepairOrderDetail.objects.create(
            negocio=self.negocio, order=order, service=service, sub_total=Decimal(sub_total), **fields
        )

    def part(self, order: RepairOrder, **fields: Any) -> RepairOrderPart:
        return RepairOrderPart.objects.create(negocio=self.negocio, order=order, name="Tornillo", **fields)
