"""What has happened in the demo's shop until now?"""

import datetime as dt
import itertools
from collections.abc import Iterator
from random import Random

from django.db import transaction
from django.utils import timezone

from dashboards.businesses.repairs.demo.stock import (
    JOBS,
    Job,
    brought,
    charged,
    client,
    estimate,
    part,
    services,
    technicians,
    work,
)
from dashboards.businesses.repairs.models import (
    Client,
    Equipment,
    RepairOrder,
    RepairOrderDetail,
    RepairOrderPart,
    Service,
    Technician,
)
from dashboards.businesses.repairs.models.order import Status
from dashboards.models import Negocio

CLIENTS, ORDERS, DAYS = 90, 320, 150
LONGEST_DAYS = 12  # after which an order is delivered or rejected
ENDINGS = (Status.DELIVERED,) * 7 + (Status.REJECTED,)
OPEN = (Status.IN_REVIEW, Status.WAITING_APPROVAL, Status.IN_REPAIR, Status.WAITING_PARTS, Status.READY)
# Nothing has been done yet to an order in one of these.
UNTOUCHED = frozenset({Status.IN_REVIEW, Status.WAITING_APPROVAL, Status.REJECTED})


@transaction.atomic
def seed(negocio: Negocio, random: Random) -> None:
    """Five months of orders, the last days' still open."""
    offered = {service.name: service for service in Service.objects.bulk_create(services(negocio))}
    staff = Technician.objects.bulk_create(technicians(negocio, random))
    clients = Client.objects.bulk_create(client(negocio, random) for _ in range(CLIENTS))
    jobs = [random.choice(JOBS) for _ in range(ORDERS)]
    equipment = Equipment.objects.bulk_create(brought(random.choice(clients), job, random) for job in jobs)
    now = timezone.now()
    opened = itertools.cycle(OPEN)
    orders = [_order(thing, job, now, opened, random) for thing, job in zip(equipment, jobs, strict=True)]
    lines = [_lines(order, job, offered, staff, random) for order, job in zip(orders, jobs, strict=True)]
    RepairOrder.objects.bulk_create(orders)
    RepairOrderDetail.objects.bulk_create(detail for details, _ in lines for detail in details)
    RepairOrderPart.objects.bulk_create(part for _, parts in lines for part in parts)


def _order(equipment: Equipment, job: Job, now: dt.datetime, opened: Iterator[Status], random: Random) -> RepairOrder:
    age = dt.timedelta(days=random.uniform(0.02, DAYS))
    took = dt.timedelta(days=random.uniform(0.2, LONGEST_DAYS))
    status = random.choice(ENDINGS) if took < age else next(opened)
    return RepairOrder(
        negocio=equipment.negocio, equipment=equipment, client=equipment.client, problem_description=job.problem,
        diagnosis="" if status == Status.IN_REVIEW else job.diagnosis, status=status, estimated_cost=estimate(job),
        created_at=now - age, delivered_at=now - age + took if status == Status.DELIVERED else None,
    )  # fmt: skip


def _lines(
    order: RepairOrder, job: Job, offered: dict[str, Service], staff: list[Technician], random: Random
) -> tuple[list[RepairOrderDetail], list[RepairOrderPart]]:
    if order.status in UNTOUCHED:
        return [], []
    details = [work(order, offered[job.service], random.choice(staff), random)]
    parts = [part(order, job)] if job.part else []
    if order.status in {Status.READY, Status.DELIVERED}:
        details[0].status = RepairOrderDetail.Status.COMPLETED
    if order.status == Status.DELIVERED:
        order.final_cost = charged(details, parts)
    return details, parts
