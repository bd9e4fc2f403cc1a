"""What happens next in the demo's shop? One thing at a time: somebody comes, or an order moves on."""

from decimal import Decimal
from random import Random

from django.db import transaction

from dashboards.businesses.repairs.demo.stock import (
    BY_SERVICE,
    JOBS,
    Job,
    brought,
    charged,
    client,
    estimate,
    part,
    work,
)
from dashboards.businesses.repairs.models import Client, RepairOrder, RepairOrderDetail, Service, Technician
from dashboards.businesses.repairs.models.order import Status
from dashboards.models import Negocio

CLOSED = (Status.DELIVERED, Status.REJECTED)
FEWEST_OPEN, MOST_OPEN = 8, 30
MOST_KEPT = 3_000  # the demo runs for weeks: beyond it the oldest closed order goes
# What an order can become next, the likely thing more often.
NEXT = {
    Status.IN_REVIEW: (Status.WAITING_APPROVAL,),
    Status.WAITING_APPROVAL: (Status.IN_REPAIR,) * 6 + (Status.REJECTED,),
    Status.IN_REPAIR: (Status.READY,) * 3 + (Status.WAITING_PARTS,),
    Status.WAITING_PARTS: (Status.IN_REPAIR,),
    Status.READY: (Status.DELIVERED,),
}


def step(negocio: Negocio, random: Random) -> None:
    """Make one thing happen: too few open orders bring a new one, too many a closed one."""
    opened = list(RepairOrder.objects.filter(negocio=negocio).exclude(status__in=CLOSED).order_by("pk"))
    take_in = len(opened) < FEWEST_OPEN or (len(opened) < MOST_OPEN and random.random() < 0.25)
    with transaction.atomic():
        if take_in:
            _take_in(negocio, random)
        else:
            _move_on(random.choice(opened), random)
        _forget_the_oldest(negocio)


def _take_in(negocio: Negocio, random: Random) -> None:
    known = list(Client.objects.filter(negocio=negocio).order_by("pk"))
    if known and random.random() < 0.7:
        owner = random.choice(known)
    else:
        owner = client(negocio, random)
        owner.save()
    job = random.choice(JOBS)
    equipment = brought(owner, job, random)
    equipment.save()
    RepairOrder(negocio=negocio, equipment=equipment, client=owner, problem_description=job.problem).save()


def _move_on(order: RepairOrder, random: Random) -> None:
    order.status = random.choice(NEXT[Status(order.status)])
    if order.status == Status.WAITING_APPROVAL:
        _diagnose(order)
    elif order.status == Status.IN_REPAIR:
        _start_work(order, random)
    elif order.status == Status.READY:
        order.details.update(status=RepairOrderDetail.Status.COMPLETED)
    elif order.status == Status.DELIVERED:
        order.final_cost = charged(list(order.details.all()), list(order.parts.all()))
    order.save()


def _job(order: RepairOrder) -> Job:
    """The job that the client asked for; by what was said when the thing was brought in."""
    return next((job for job in JOBS if job.problem == order.problem_description), JOBS[0])


def _diagnose(order: RepairOrder) -> None:
    job = _job(order)
    order.diagnosis, order.estimated_cost = job.diagnosis, estimate(job)


def _start_work(order: RepairOrder, random: Random) -> None:
    if order.details.exists():
        return  # the part has come; the work goes on
    job = _job(order)
    service = Service.objects.filter(negocio=order.negocio, name=job.service).order_by("pk").first()
    if service is None:
        service = Service(negocio=order.negocio, name=job.service, base_price=Decimal(BY_SERVICE[job.service].price))
        service.save()
    staff = Technician.objects.filter(negocio=order.negocio, active=True).order_by("pk")
    if staff:
        work(order, service, random.choice(staff), random).save()
    if job.part:
        part(order, job).save()


def _forget_the_oldest(negocio: Negocio) -> None:
    orders = RepairOrder.objects.filter(negocio=negocio)
    if orders.count() > MOST_KEPT and (oldest := orders.filter(status__in=CLOSED).order_by("created_at", "pk").first()):
        oldest.delete()
