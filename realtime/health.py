"""Is this process well, and can it do its work?"""

import asyncio
import datetime as dt
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from channels.layers import get_channel_layer
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, JsonResponse

from dashboards.attach.checking import broken
from notifications import journal
from realtime.database import in_thread
from realtime.node import node
from realtime.probe import PROBE_LIMIT
from realtime.updates import rfc3339

TIMEOUT = 2.0


async def health(request: HttpRequest) -> JsonResponse:
    """GET /health: what monitors of the old systems read."""
    own = node()
    return JsonResponse(
        {
            "status": "healthy",
            "service": "pulso",
            "version": settings.VERSION,
            "uptime": round(time.time() - own.started_at, 3),
            "active_connections": own.connections,
            "clients": own.connections,
            "events": journal.stored["events"],
            "timestamp": rfc3339(dt.datetime.now(dt.UTC)),
        }
    )


async def live(request: HttpRequest) -> JsonResponse:
    """GET /health/live: the event loop answers."""
    return JsonResponse({"status": "alive"})


async def ready(request: HttpRequest) -> JsonResponse:
    """GET /health/ready: 200 when the database, the channel layer and the way through it work, else 503.

    Attached tables that can't be read are told, but nobody is turned away for them.
    """
    named = {**CHECKS, "attachments": _attachments}
    results = await asyncio.gather(*(_result(check) for check in named.values()))
    checks = dict(zip(named, results, strict=True))
    well = all(checks[name]["ok"] for name in CHECKS)
    return JsonResponse({"status": "ready" if well else "not ready", "checks": checks}, status=200 if well else 503)


async def _result(check: Callable[[], Awaitable[Mapping[str, Any]]]) -> dict[str, Any]:
    try:
        async with asyncio.timeout(TIMEOUT):
            return {"ok": True, **await check()}
    except TimeoutError:
        return {"ok": False, "error": f"no answer within {TIMEOUT:g} s"}
    except Exception as error:
        return {"ok": False, "error": type(error).__name__}


async def _database() -> Mapping[str, Any]:
    await in_thread(_ask_database)
    return {}


def _ask_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


async def _layer() -> Mapping[str, Any]:
    layer = get_channel_layer()
    if not getattr(layer, "connected", True):  # the in-memory one always is
        raise Unsubscribed
    await layer.group_send("pulso.health", {"type": "health"})
    return {}


async def _attachments() -> Mapping[str, Any]:
    found = await in_thread(broken)
    return {"ok": False, "broken": found} if found else {}


async def _probe() -> Mapping[str, Any]:
    """How old is the last message that this process sent to itself through the layer?"""
    age = node().probe.age()
    if age > PROBE_LIMIT:
        raise ProbeLost
    return {"age": round(age, 3)}


class Unsubscribed(Exception):
    """What others send doesn't come to this process: its subscriptions at Redis don't stand."""


class ProbeLost(Exception):
    """What this process sends itself through the channel layer doesn't come back."""


CHECKS: Mapping[str, Callable[[], Awaitable[Mapping[str, Any]]]] = {
    "database": _database,
    "channel_layer": _layer,
    "loop_back": _probe,
}
