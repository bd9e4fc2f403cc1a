"""What do people of the marketplace write to each other?"""

from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from dashboards.businesses.marketplace.models.record import Known, text


class Message(Known):
    """A message to the members of a room (`order-12`), or to one user alone, by the ids of the team's tokens."""

    sender = text("de", 64)
    recipient = models.CharField(
        "para", max_length=64, blank=True, default="", db_default="", help_text="Id de usuario; vacío si va a una sala."
    )
    room = models.CharField(
        "sala", max_length=120, blank=True, default="", db_default="", help_text="Como order-12 o seller-3."
    )
    type = models.CharField("tipo", max_length=40, default="text", db_default="text")
    content = models.TextField("texto", blank=True, default="", db_default="")
    data = models.JSONField("datos", null=True, blank=True)
    timestamp = models.DateTimeField("enviado", default=timezone.now, db_default=Now())

    class Meta(Known.Meta):
        verbose_name = "mensaje"
        verbose_name_plural = "mensajes"
        ordering = ["-timestamp", "-pk"]
        indexes = [models.Index(fields=["negocio", "-timestamp", "-id"], name="marketplace_message_recent")]

    def __str__(self) -> str:
        return f"{self.sender} a {self.room or self.recipient}"
