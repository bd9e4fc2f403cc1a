"""Which tables that a team already has are read as a kind's own, and for which negocios?"""

from django.db import models

from dashboards.models.negocio import Negocio


class Attachment(models.Model):
    """Tables of another program, read as if they were the kind's; made and ended by `attach` and `detach`."""

    kind = models.CharField("tipo", max_length=32)
    schema = models.CharField("esquema", max_length=63)
    server = models.CharField(
        "servidor", max_length=300, blank=True, default="", help_text="Vacío: la misma base de datos."
    )
    layout = models.CharField("forma", max_length=80, help_text="El nombre de la forma, o «archivo».")
    mapping = models.JSONField("mapa", default=dict)
    time_zone = models.CharField("zona de los negocios nuevos", max_length=64, default="UTC")
    fingerprint = models.CharField("huella", max_length=64, blank=True, default="")
    attached_at = models.DateTimeField("conectado", auto_now_add=True)
    checked_at = models.DateTimeField("revisado", null=True, blank=True)
    error = models.TextField("error", blank=True, default="")

    class Meta:
        verbose_name = "tablas conectadas"
        verbose_name_plural = "tablas conectadas"
        ordering = ["kind", "pk"]

    def __str__(self) -> str:
        return f"{self.kind}: {self.place}"

    @property
    def place(self) -> str:
        """Where their tables are, for a person."""
        return f"{self.server} {self.schema}".strip()


class AttachedNegocio(models.Model):
    """A negocio some of whose rows are in attached tables: all of them, or those under `key`, their id for it."""

    negocio = models.OneToOneField(Negocio, models.CASCADE, related_name="attached", verbose_name="negocio")
    attachment = models.ForeignKey(
        Attachment, models.CASCADE, related_name="negocios", verbose_name="tablas conectadas"
    )
    key = models.CharField("id en sus tablas", max_length=64, blank=True, default="")
    made = models.BooleanField("creado al conectar", default=False)

    class Meta:
        verbose_name = "negocio conectado"
        verbose_name_plural = "negocios conectados"
        constraints = [models.UniqueConstraint(fields=["attachment", "key"], name="one_attached_negocio_per_key")]

    def __str__(self) -> str:
        return f"{self.negocio.code}: {self.attachment}"
