"""Small shops for the tests, and what their metrics say."""

import datetime as dt
from collections.abc import Sequence
from itertools import count
from typing import Any

from dashboards.businesses.citas.kind import KIND
from dashboards.businesses.citas.models import Cita
from dashboards.metrics import Scope, compute
from dashboards.models import Negocio

_numbers = count(1)
DAY = dt.date(2025, 11, 10)
NOON = dt.datetime(2025, 11, 10, 12, tzinfo=dt.UTC)


def shop(time_zone: str = "UTC") -> Negocio:
    number = next(_numbers)
    return Negocio.objects.create(code=f"shop-{number}", name=f"Shop {number}", kind="citas", time_zone=time_zone)


def cita(negocio: Negocio, fecha: dt.date = DAY, hora: str = "10:00", **fields: Any) -> Cita:
    return Cita.objects.create(negocio=negocio, fecha=fecha, hora_inicio=dt.time.fromisoformat(hora), **fields)


def figure(name: str, negocio: Negocio, now: dt.datetime | None = NOON, limit: int | None = None) -> Any:
    return compute(KIND.metric(name), Scope([negocio.pk], now, limit)).figures[negocio.pk]


def figures(negocios: Sequence[Negocio], now: dt.datetime | None = NOON) -> dict[str, Any]:
    """Every metric of the kind for every negocio, as it is now."""
    scope = Scope([negocio.pk for negocio in negocios], now)
    return {metric.name: compute(metric, scope).figures for metric in KIND.metrics}
