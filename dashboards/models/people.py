"""Who works for a negocio, and as what?"""

from django.conf import settings
from django.db import models
from django.db.models import Q

from dashboards.models.negocio import Negocio


class Membership(models.Model):
    """A person's role in a negocio: one of our own users, or a user id of the team's own system."""

    class Role(models.TextChoices):
        ADMIN = "admin", "Administrador"
        STAFF = "staff", "Personal"
        CLIENT = "client", "Cliente"

    negocio = models.ForeignKey(Negocio, models.CASCADE, related_name="memberships", verbose_name="negocio")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True,
        related_name="memberships", verbose_name="usuario",
    )  # fmt: skip
    external_user_id = models.CharField("id de usuario externo", max_length=64, blank=True, db_index=True)
    role = models.CharField("rol", max_length=16, choices=Role.choices, default=Role.STAFF)

    class Meta:
        verbose_name = "miembro"
        verbose_name_plural = "miembros"
        constraints = [
            models.UniqueConstraint(fields=["negocio", "user"], name="one_membership_per_user"),
            models.UniqueConstraint(
                fields=["negocio", "external_user_id"],
                condition=~Q(external_user_id=""), name="one_membership_per_external_user",
                violation_error_message="Este usuario externo ya es miembro del negocio.",
            ),
            models.CheckConstraint(
                condition=Q(user__isnull=False) ^ ~Q(external_user_id=""), name="membership_of_exactly_one_person",
                violation_error_message="Un miembro es un usuario de aquí o uno externo: uno de los dos.",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.user or self.external_user_id}: {self.get_role_display()} de {self.negocio.code}"
