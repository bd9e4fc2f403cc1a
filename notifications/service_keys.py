"""How does another service prove for which negocio it speaks? By a key that is shown once and kept as a digest."""

import hashlib
import secrets

from django.db import connection

from dashboards.models import Negocio
from notifications.models import ServiceKey

# Tells a key from a token, and a leaked one what it is.
PREFIX = "pulso_"


def new_key(negocio: Negocio, name: str) -> str:
    """Make a key; the text is to be had only now."""
    text = PREFIX + secrets.token_urlsafe(32)
    ServiceKey.objects.create(negocio=negocio, name=name, digest=digest(text))
    return text


def negocio_of(text: str) -> int | None:
    """The id of the negocio that the key speaks for; None where it speaks for none. Notes its use, by the minute."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT k.negocio_id, k.id, k.last_used_at IS NULL OR k.last_used_at < now() - interval '1 min' "
            "FROM service_keys k JOIN dashboards_negocio n ON n.id = k.negocio_id "
            "WHERE k.digest = %s AND k.active AND n.active",
            [digest(text)],
        )
        row = cursor.fetchone()
        if row is None:
            return None
        if row[2]:
            cursor.execute("UPDATE service_keys SET last_used_at = now() WHERE id = %s", [row[1]])
    return int(row[0])


def digest(text: str) -> str:
    """What is kept of a key. It has 256 random bits, so a fast hash will do."""
    return hashlib.sha256(text.encode()).hexdigest()
