"""When does a virtual queue call for its staff's attention? A negocio may have rules of its own in their place."""

from decimal import Decimal

from dashboards.alerts import Alert, Comparison

ALERTS = (
    Alert(
        name="canceladas_hoy", metric="por_estado", field="porEstado.estado=cancelada.hoy", daily=True,
        comparison=Comparison.MORE, threshold=Decimal(10),
        message="Van {valor} citas canceladas hoy, más de {umbral}.",
    ),
)  # fmt: skip
