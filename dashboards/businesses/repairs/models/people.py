"""Who has to do with a repair shop? One table; clients and technicians are two ways to look at it."""

from typing import Any, ClassVar

from django.db import models
from django.db.models.functions import Cast, Now
from django.utils import timezone

from dashboards.businesses.repairs.models.record import Known
from dashboards.rollups.declaring import RollUp
from dashboards.rollups.levels import Level


class Person(Known):
    """A client, a technician or an administrator of the shop."""

    class Role(models.TextChoices):
        USER = "User", "Cliente"
        TECHNICIAN = "Technician", "Técnico"
        ADMIN = "Admin", "Administrador"

    role = models.CharField("rol", max_length=16, choices=Role.choices, default=Role.USER, db_default=Role.USER)
    name = models.CharField("nombre", max_length=120)
    last_name = models.CharField("apellido", max_length=120, blank=True, default="", db_default="")
    email = models.EmailField("correo", blank=True, default="", db_default="")
    phone = models.CharField("teléfono", max_length=40, blank=True, default="", db_default="")
    specialty = models.CharField("especialidad", max_length=120, blank=True, default="", db_default="")
    active = models.BooleanField("activo", default=True, db_default=True)
    created_at = models.DateTimeField("creado", default=timezone.now, db_default=Now())

    class Meta(Known.Meta):
        db_table = "repairs_person"
        verbose_name = "persona"
        verbose_name_plural = "personas"
        ordering = ["name", "last_name", "pk"]
        indexes = [models.Index(fields=["negocio", "role", "active"], name="repairs_person_role")]
        constraints = [
            *Known.Meta.constraints,
            models.CheckConstraint(
                condition=models.Q(role__in=["User", "Technician", "Admin"]), name="repairs_person_known_role"
            ),
            RollUp(
                name="repairs_person_tally",
                levels={"role": Level(word="role", number=Cast("active", models.IntegerField()))},
            ),
        ]

    def __str__(self) -> str:
        return self.full_name

    @property
    def full_name(self) -> str:
        return f"{self.name} {self.last_name}".strip()


class Clients(models.Manager["Client"]):
    """People of the role User."""

    def get_queryset(self) -> "models.QuerySet[Client]":
        return super().get_queryset().filter(role=Person.Role.USER)


class Technicians(models.Manager["Technician"]):
    """People of the role Technician."""

    def get_queryset(self) -> "models.QuerySet[Technician]":
        return super().get_queryset().filter(role=Person.Role.TECHNICIAN)


class Client(Person):
    """Somebody who brings things in; saving makes the person one."""

    objects: ClassVar[Clients] = Clients()

    class Meta:
        proxy = True
        verbose_name = "cliente"
        verbose_name_plural = "clientes"

    def save(self, **options: Any) -> None:
        self.role = Person.Role.USER
        super().save(**options)


class Technician(Person):
    """Somebody who repairs; saving makes the person one."""

    objects: ClassVar[Technicians] = Technicians()

    class Meta:
        proxy = True
        verbose_name = "técnico"
        verbose_name_plural = "técnicos"

    def save(self, **options: Any) -> None:
        self.role = Person.Role.TECHNICIAN
        super().save(**options)
