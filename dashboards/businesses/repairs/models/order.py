"""What is being repaired for whom, and how far is it?"""

from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import Case, Value, When
from django.db.models.functions import Now
from django.utils import timezone

from dashboards.businesses.repairs.models.equipment import Equipment
from dashboards.businesses.repairs.models.people import Client
from dashboards.businesses.repairs.models.record import Known, money
from dashboards.rollups.declaring import RollUp
from dashboards.rollups.levels import Level


class Status(models.TextChoices):
    """How far an order is; in the order in which the wire lists them."""

    IN_REVIEW = "IN_REVIEW", "En revisión"
    WAITING_APPROVAL = "WAITING_APPROVAL", "Esperando aprobación"
    REJECTED = "REJECTED", "Rechazada"
    IN_REPAIR = "IN_REPAIR", "En reparación"
    WAITING_PARTS = "WAITING_PARTS", "Esperando repuestos"
    READY = "READY", "Lista"
    DELIVERED = "DELIVERED", "Entregada"


class RepairOrder(Known):
    """One repair, from review to delivery. Active: neither REJECTED nor DELIVERED. Completed: DELIVERED."""

    Status = Status

    equipment = models.ForeignKey(Equipment, models.RESTRICT, related_name="orders", verbose_name="equipo")
    client = models.ForeignKey(
        Client, models.SET_NULL, null=True, blank=True, related_name="orders", verbose_name="cliente"
    )
    problem_description = models.TextField("problema", blank=True, default="", db_default="")
    diagnosis = models.TextField("diagnóstico", blank=True, default="", db_default="")
    status = models.CharField(
        "estado", max_length=16, choices=Status.choices, default=Status.IN_REVIEW, db_default=Status.IN_REVIEW
    )
    estimated_cost = money("costo estimado", blank=True)
    final_cost = money("costo final", blank=True)
    created_at = models.DateTimeField("creada", default=timezone.now, db_default=Now())
    updated_at = models.DateTimeField("actualizada", auto_now=True, db_default=Now())
    delivered_at = models.DateTimeField("entregada", null=True, blank=True)

    class Meta(Known.Meta):
        db_table = "repairs_order"
        verbose_name = "orden de reparación"
        verbose_name_plural = "órdenes de reparación"
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["negocio", "status"], include=["final_cost"], name="repairs_order_status"),
            models.Index(fields=["negocio", "-created_at", "-id"], name="repairs_order_recent"),
            models.Index(
                fields=["negocio", "client"], include=["status", "final_cost"],
                condition=models.Q(client__isnull=False), name="repairs_order_client",
            ),
        ]  # fmt: skip
        constraints = [
            *Known.Meta.constraints,
            models.CheckConstraint(condition=models.Q(status__in=Status.values), name="repairs_order_known_status"),
            RollUp(
                name="repairs_order_tally",
                levels={
                    "status": Level(word="status", amount="final_cost"),
                    # What a client spent is in completed orders only.
                    "client": Level(
                        number="client_id", where=models.Q(client__isnull=False),
                        amount=Case(When(status=Status.DELIVERED, then="final_cost"), default=Value(Decimal(0))),
                    ),
                },
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.wire_id}: {self.get_status_display()}"

    def save(self, **options: Any) -> None:
        """Keep `delivered_at` true to the status: set on delivery, gone when the order is taken up again."""
        if self.status != Status.DELIVERED:
            self.delivered_at = None
        elif self.delivered_at is None:
            self.delivered_at = timezone.now()
        fields = options.get("update_fields")
        if fields is not None and "status" in fields:
            options["update_fields"] = {*fields, "delivered_at"}
        super().save(**options)
