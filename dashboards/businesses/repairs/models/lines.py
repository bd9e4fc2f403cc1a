"""What does an order consist of? Work done, and parts used."""

from decimal import Decimal

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Case, Value, When

from dashboards.businesses.repairs.models.order import RepairOrder, Status
from dashboards.businesses.repairs.models.people import Technician
from dashboards.businesses.repairs.models.record import Record, money
from dashboards.businesses.repairs.models.service import Service
from dashboards.rollups.declaring import RollUp
from dashboards.rollups.levels import Level


class RepairOrderDetail(Record):
    """One service of an order; `sub_total` is what is charged for it, the discount already taken off."""

    class Status(models.TextChoices):
        PENDING = "PENDING", "Pendiente"
        IN_PROGRESS = "IN_PROGRESS", "En curso"
        COMPLETED = "COMPLETED", "Terminado"

    order = models.ForeignKey(RepairOrder, models.CASCADE, related_name="details", verbose_name="orden")
    service = models.ForeignKey(Service, models.RESTRICT, related_name="details", verbose_name="servicio")
    technician = models.ForeignKey(
        Technician, models.SET_NULL, null=True, blank=True, related_name="details", verbose_name="técnico"
    )
    sub_total = money("subtotal")
    discount = money("descuento", blank=True)
    status = models.CharField(
        "estado", max_length=16, choices=Status.choices, default=Status.PENDING, db_default=Status.PENDING
    )

    class Meta:
        db_table = "repairs_order_detail"
        verbose_name = "detalle"
        verbose_name_plural = "detalles"
        indexes = [
            models.Index(
                fields=["negocio", "service"], include=["order", "technician", "sub_total"], name="repairs_detail_sums"
            )
        ]
        constraints = [
            RollUp(
                name="repairs_detail_tally",
                levels={
                    # What a service earned is in completed orders only.
                    "service": Level(
                        number="service_id",
                        amount=Case(
                            When(order__status=Status.DELIVERED, then="sub_total"), default=Value(Decimal(0))
                        ),
                    ),
                    # Completed orders, and not the details of them.
                    "technician": Level(
                        number="technician_id", amount="sub_total", distinct="order_id",
                        where=models.Q(technician__isnull=False, order__status=Status.DELIVERED),
                    ),
                },
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.service} ({self.sub_total})"


class RepairOrderPart(Record):
    """A spare part that went into an order. No metric counts parts, so its table is not watched."""

    order = models.ForeignKey(RepairOrder, models.CASCADE, related_name="parts", verbose_name="orden")
    name = models.CharField("nombre", max_length=200)
    quantity = models.PositiveIntegerField("cantidad", default=1, db_default=1, validators=[MinValueValidator(1)])
    unit_price = money("precio unitario")

    class Meta:
        db_table = "repairs_order_part"
        verbose_name = "repuesto"
        verbose_name_plural = "repuestos"
        indexes = [models.Index(fields=["negocio", "order"], name="repairs_part_of_order")]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.name}"
