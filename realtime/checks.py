"""Which settings work, but not safely? System checks: `manage.py check`, with `--deploy` those for production too."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register
from django.db import connections

from dashboards.kinds import kinds
from dashboards.models import NegocioKey

LEAST_SECRET = 32


@register(Tags.security, deploy=True)
def platform_key_is_long(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """HS256 wants a key as long as its digest."""
    if len(settings.JWT_SECRET.encode()) >= LEAST_SECRET:
        return []
    return [Warning(f"JWT_SECRET is shorter than {LEAST_SECRET} bytes.", hint="Anyone may guess it.", id="pulso.W001")]


@register(Tags.security, deploy=True)
def origins_are_named(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """`*` lets every web page speak with a visitor's token."""
    if "*" not in settings.ALLOWED_ORIGINS:
        return []
    return [Warning("ALLOWED_ORIGINS allows every origin.", hint="Name the front-ends' origins.", id="pulso.W002")]


@register(Tags.security, deploy=True)
def anonymous_reading_is_meant(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """Whoever is named in ANONYMOUS_READ shows its public figures to everybody."""
    if not settings.ANONYMOUS_READ:
        return []
    codes = ", ".join(sorted(settings.ANONYMOUS_READ))
    return [Warning(f"Anybody may read the public figures of {codes} (ANONYMOUS_READ).", id="pulso.W003")]


@register()
def redis_in_has_a_negocio(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """What is published there says no negocio."""
    hearing = sorted(kind.name for kind in kinds().values() if kind.hears is not None)
    if not settings.REDIS_IN_URL or set(hearing) & settings.DEFAULT_NEGOCIO.keys():
        return []
    hint = f"DEFAULT_NEGOCIO={hearing[0]}:CODE"
    return [Warning("REDIS_IN_URL is set, but for no negocio: nothing is heard.", hint=hint, id="pulso.W005")]


@register(Tags.database)
def negocio_keys_are_long(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **_: Any
) -> list[CheckMessage]:
    """Old teams' secrets are short: said here, never refused. Runs with `check --database default`."""
    if not databases or NegocioKey._meta.db_table not in connections["default"].introspection.table_names():
        return []
    keys = NegocioKey.objects.filter(active=True).select_related("negocio")
    short = sorted({key.negocio.code for key in keys if len(key.secret.encode()) < LEAST_SECRET})
    if not short:
        return []
    return [Warning(f"Keys shorter than {LEAST_SECRET} bytes: negocios {', '.join(short)}.", id="pulso.W004")]
