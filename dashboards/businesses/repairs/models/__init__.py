"""Which tables does a repair shop have?"""

from dashboards.businesses.repairs.models.equipment import Equipment
from dashboards.businesses.repairs.models.lines import RepairOrderDetail, RepairOrderPart
from dashboards.businesses.repairs.models.order import RepairOrder
from dashboards.businesses.repairs.models.people import Client, Person, Technician
from dashboards.businesses.repairs.models.record import money
from dashboards.businesses.repairs.models.service import Service

__all__ = [
    "Client",
    "Equipment",
    "Person",
    "RepairOrder",
    "RepairOrderDetail",
    "RepairOrderPart",
    "Service",
    "Technician",
    "money",
]
