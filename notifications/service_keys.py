"""How does another service prove for which negocio it speaks? By a key that is shown once and kept as a digest."""

import hashlib
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models.signals import post_delete, post_save

from dashboards.models import Negocio
from notifications.models import ServiceKey

# So long a key is believed that was asked for: a back-end says it with every POST. Seconds.
MEMORY = 1.0
MOST_KNOWN = 10_000
# Tells a key from a token, and a leaked one what it is.
PREFIX = "pulso_"


@dataclass(frozen=True, slots=True)
class Known:
    """Whose key it is, and until when that is believed: the clock's seconds."""

    negocio_id: int
    until: float


_known: dict[str, Known] = {}


def new_key(negocio: Negocio, name: str) -> str:
    """Make a key; the text is to be had only now."""
    text = PREFIX + secrets.token_urlsafe(32)
    ServiceKey.objects.create(negocio=negocio, name=name, digest=digest(text))
    return text


def negocio_of(text: str, clock: Callable[[], float] = time.monotonic) -> int | None:
    """The id of the negocio that the key speaks for; None where it speaks for none. Notes its use, by the minute.

    A key that is withdrawn may speak for another MEMORY seconds, in a process that has just heard it.
    """
    name, now = digest(text), clock()
    if (remembered := _remembered(name, now)) is not None:
        return remembered
    negocio_id = _asked(name)
    if negocio_id is None:
        _known.pop(name, None)
        return None
    if len(_known) >= MOST_KNOWN:
        _known.clear()
    _known[name] = Known(negocio_id, now + MEMORY)
    return negocio_id


def remembered(text: str, clock: Callable[[], float] = time.monotonic) -> int | None:
    """The id of the negocio of a key that was asked for a moment ago; reads no database."""
    return _remembered(digest(text), clock())


def connect() -> None:
    """Believe no key that changed in this process, or whose negocio did."""
    for model in (ServiceKey, Negocio):
        for signal in (post_save, post_delete):
            signal.connect(_forget_known, sender=model, dispatch_uid=f"notifications.service_keys.{model.__name__}")


def _remembered(name: str, now: float) -> int | None:
    known = _known.get(name)
    return known.negocio_id if known is not None and known.until > now else None


def _forget_known(**_: Any) -> None:
    _known.clear()


def _asked(name: str) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT k.negocio_id, k.id, k.last_used_at IS NULL OR k.last_used_at < now() - interval '1 min' "
            "FROM service_keys k JOIN dashboards_negocio n ON n.id = k.negocio_id "
            "WHERE k.digest = %s AND k.active AND n.active",
            [name],
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
