"""Who travels, as the team's own system knows them?"""

from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from dashboards.businesses.tourism.models.record import Record


class Usuario(Record):
    """Somebody registered with the operator's own system; no login here."""

    class Rol(models.TextChoices):
        CLIENTE = "cliente", "Cliente"
        GUIA = "guia", "Guía"
        ADMIN = "admin", "Administrador"

    nombre = models.CharField("nombre", max_length=200)
    email = models.EmailField("correo", blank=True, default="", db_default="")
    rol = models.CharField("rol", max_length=32, choices=Rol.choices, default=Rol.CLIENTE, db_default=Rol.CLIENTE)
    registrado_en = models.DateTimeField("registrado", default=timezone.now, db_default=Now())

    class Meta(Record.Meta):
        verbose_name = "usuario del operador"
        verbose_name_plural = "usuarios del operador"
        ordering = ["nombre", "pk"]

    def __str__(self) -> str:
        return self.nombre
