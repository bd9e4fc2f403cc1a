"""Which figures does a bakery have?"""

from collections.abc import Sequence
from typing import Any

from django.db.models import Count, DecimalField, ExpressionWrapper, F, QuerySet, Sum

from dashboards.metrics import Figure, Metric, Row, Scope, number

from .models import Horneada

WORTH = ExpressionWrapper(F("piezas") * F("precio"), DecimalField(max_digits=14, decimal_places=2))


def horno_rows(scope: Scope) -> QuerySet[Any, Any]:
    rows: QuerySet[Any, Any] = Horneada.objects.filter(negocio_id__in=scope.negocio_ids).values("negocio_id")
    figures: QuerySet[Any, Any] = rows.annotate(horneadas=Count("*"), cuantas=Sum("piezas"), valor=Sum(WORTH))
    return figures


def horno(rows: Sequence[Row]) -> Figure:
    """`{"horneadas","piezas","valor"}`"""
    row = rows[0] if rows else {"horneadas": 0, "cuantas": 0, "valor": None}
    return {"horneadas": row["horneadas"], "piezas": row["cuantas"], "valor": number(row["valor"])}


METRICS = (Metric("horno", horno_rows, horno, rest="/bakery/stats/horno"),)
