"""What is kept of what people are told?"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from dashboards.alerts import Level
from dashboards.models import Owned
from notifications.alerts.models import AlertFiring, AlertRule

__all__ = ["AlertFiring", "AlertRule", "Event", "Fact", "Notice", "RoomHead", "ServiceKey"]


class Event(models.Model):
    """Something told in one room (negocio and topic). Stored unnumbered, in the transaction that causes it."""

    id = models.BigAutoField(primary_key=True)
    # No foreign key: it would lock the negocio's row in every writer.
    negocio_id = models.BigIntegerField()
    topic = models.CharField(max_length=200)
    seq = models.BigIntegerField(null=True, help_text="place in the room, without gaps; None until numbered")
    type = models.CharField("tipo", max_length=100)
    message = models.TextField("mensaje", blank=True)
    data = models.JSONField("datos")
    at = models.DateTimeField("cuándo", help_text="PostgreSQL's clock")
    said_at = models.DateTimeField("cuándo, según quien avisa", null=True)
    telling = models.UUIDField(null=True, help_text="the same in each of its topics, where it has several")

    class Meta:
        db_table = "events"
        verbose_name = "evento"
        verbose_name_plural = "eventos"
        constraints = [
            models.UniqueConstraint(fields=["negocio_id", "topic", "seq"], name="one_event_per_number"),
        ]
        indexes = [models.Index(fields=["id"], condition=Q(seq=None), name="events_to_number")]

    def __str__(self) -> str:
        return f"{self.type} {self.negocio_id}/{self.topic} {self.seq}"


class RoomHead(models.Model):
    """The last number given in a room."""

    negocio_id = models.BigIntegerField()
    topic = models.CharField(max_length=200)
    seq = models.BigIntegerField()

    class Meta:
        db_table = "room_heads"
        constraints = [models.UniqueConstraint(fields=["negocio_id", "topic"], name="one_head_per_room")]

    def __str__(self) -> str:
        return f"{self.negocio_id}/{self.topic}: {self.seq}"


class Fact(models.Model):
    """A fact that people were told of lately: told again, it is delivered once."""

    negocio_id = models.BigIntegerField()
    key = models.CharField(max_length=200)
    balance = models.IntegerField(default=0, help_text="how much oftener a row told it than a POST; of what can recur")
    expires_at = models.DateTimeField(db_index=True, help_text="told after this, it is another fact")

    class Meta:
        db_table = "facts"
        constraints = [models.UniqueConstraint(fields=["negocio_id", "key"], name="one_row_per_fact")]

    def __str__(self) -> str:
        return f"{self.negocio_id}: {self.key}"


class ServiceKey(Owned):
    """A key with which another service speaks for one negocio. Only its digest is kept."""

    name = models.CharField("nombre", max_length=80)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    active = models.BooleanField("activa", default=True)
    created_at = models.DateTimeField("creada", auto_now_add=True)
    last_used_at = models.DateTimeField("último uso", null=True, editable=False)

    class Meta:
        db_table = "service_keys"
        verbose_name = "clave de servicio"
        verbose_name_plural = "claves de servicio"

    def __str__(self) -> str:
        return f"{self.name} de {self.negocio.code}"


class Notice(Owned):
    """Something that somebody of the negocio tells its people: maintenance, a closing. Told once, when it is made."""

    level = models.CharField("nivel", max_length=16, choices=Level.choices, default=Level.INFO)
    message = models.CharField("mensaje", max_length=500)
    starts = models.DateTimeField("desde", null=True, blank=True, help_text="Se dice en el aviso.")
    ends = models.DateTimeField("hasta", null=True, blank=True, help_text="Se dice en el aviso.")
    action_required = models.BooleanField("requiere acción", default=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False,
        related_name="+", verbose_name="creado por",
    )  # fmt: skip
    created_at = models.DateTimeField("creado", auto_now_add=True)

    class Meta:
        db_table = "notices"
        verbose_name = "aviso"
        verbose_name_plural = "avisos"
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(starts=None) | Q(ends=None) | Q(ends__gt=F("starts")), name="notice_ends_after_it_starts",
                violation_error_message="Tiene que terminar después de empezar.",
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.message[:80]
