"""What is a negocio, the tenant, and which keys speak for it?"""

import zoneinfo
from urllib.parse import urlsplit

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import connection, models

CODE = RegexValidator(
    r"\A[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z", "Letras, cifras, punto, guion y guion bajo; 64 como máximo."
)


def check_time_zone(name: str) -> None:
    """Raise ValidationError unless `name` is an IANA time zone that Python and PostgreSQL both know.

    One that PostgreSQL doesn't know would fail the statement that computes a metric for all negocios.
    """
    if name not in zoneinfo.available_timezones() or not _known_to_postgres(name):
        raise ValidationError(f"«{name}» no es una zona horaria IANA, como America/Guayaquil.")


def check_backend_url(url: str) -> None:
    """Raise ValidationError unless it can be asked over HTTP. Hosts without a dot are usual among containers."""
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and not (parts.query or parts.fragment)
        good = good and (parts.port is None or parts.port > 0)
    except ValueError:
        good = False
    if not good:
        raise ValidationError(f"«{url}» no es una URL como https://api.ejemplo.com.")


def _known_to_postgres(name: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_timezone_names WHERE name = %s)", [name])
        return bool(cursor.fetchone()[0])


class Negocio(models.Model):
    """One business, the tenant. Its `code` is what it is called on the wire; the key stays inside."""

    code = models.CharField("código", max_length=64, unique=True, validators=[CODE])
    name = models.CharField("nombre", max_length=200)
    kind = models.CharField("tipo", max_length=32, help_text="citas, repairs, …")
    time_zone = models.CharField("zona horaria", max_length=64, default="UTC", validators=[check_time_zone])
    external_admin_id = models.CharField("id externo del administrador", max_length=64, blank=True, db_index=True)
    hosts = ArrayField(
        models.CharField(max_length=253), verbose_name="hosts", default=list, blank=True,
        help_text="Nombres de host cuyos clientes pertenecen a este negocio.",
    )  # fmt: skip
    backend_url = models.CharField(
        "URL del servidor propio", max_length=500, blank=True, default="", db_default="",
        validators=[check_backend_url],
        help_text="Decide quién entra en qué sala de una tienda; vacío: lo dicen los tokens.",
    )  # fmt: skip
    rest_api_url = models.CharField(
        "URL de su API REST", max_length=500, blank=True, default="", db_default="", validators=[check_backend_url],
        help_text="De ahí vienen las cifras de un taller; vacío: de las filas guardadas aquí.",
    )  # fmt: skip
    rest_api_token = models.CharField("token para su API REST", max_length=2000, blank=True, default="", db_default="")
    anonymous_read = models.BooleanField("lectura anónima", default=False)
    active = models.BooleanField("activo", default=True)
    created_at = models.DateTimeField("creado", auto_now_add=True)

    class Meta:
        verbose_name = "negocio"
        verbose_name_plural = "negocios"
        ordering = ["name"]

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"


class NegocioKey(models.Model):
    """A secret with which a negocio's own back-end signs its tokens; several at once, for rotation.

    A token that verifies with one of them holds this negocio and no other, so one secret can't stand for two.
    """

    negocio = models.ForeignKey(Negocio, models.CASCADE, related_name="keys", verbose_name="negocio")
    name = models.CharField("nombre", max_length=80, default="principal")
    secret = models.CharField("secreto", max_length=512, unique=True)
    active = models.BooleanField("activa", default=True)
    created_at = models.DateTimeField("creada", auto_now_add=True)

    class Meta:
        verbose_name = "clave de firma"
        verbose_name_plural = "claves de firma"

    def __str__(self) -> str:
        return f"{self.name} de {self.negocio.code}"


class Owned(models.Model):
    """Base of every table of a kind: each row belongs to exactly one negocio."""

    negocio = models.ForeignKey(Negocio, models.CASCADE, related_name="+", verbose_name="negocio")

    class Meta:
        abstract = True
