"""When does a lot call for its staff's attention? A negocio may have rules of its own in their place."""

from decimal import Decimal

from dashboards.alerts import Alert, Comparison
from dashboards.topics import ALERTS as TOPIC

ALERTS = (
    # wire.md, 2. Reserved spaces and those under repair count as occupied.
    Alert(
        name="ocupacion", metric="stats", field="espacios_ocupados", total="espacios_total",
        comparison=Comparison.AT_LEAST, threshold=Decimal(95), hysteresis=Decimal(5),
        message="{negocio} está al {valor} % de ocupación.", topics=(TOPIC,),
    ),
)  # fmt: skip
