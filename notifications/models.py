"""What is kept of what people are told?"""

from django.db import models
from django.db.models import Q

from dashboards.models import Owned


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
