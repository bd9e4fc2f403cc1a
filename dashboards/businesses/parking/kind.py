"""What is the kind `parking`, to the core?"""

from collections.abc import Mapping

from django.db.models import Model

from dashboards.businesses.parking.alerts import ALERTS
from dashboards.businesses.parking.demo import DEMO
from dashboards.businesses.parking.events import EVENTS
from dashboards.businesses.parking.expiring import expire
from dashboards.businesses.parking.metrics import METRICS
from dashboards.businesses.parking.models import (
    Cliente,
    Espacio,
    Pago,
    Reserva,
    Seccion,
    Tarifa,
    Ticket,
    Vehiculo,
)
from dashboards.kinds import Kind, Topic

MOVES: Mapping[type[Model], frozenset[str]] = {
    Espacio: frozenset(
        {
            "dashboard", "stats", "ocupacion", "espacios_por_seccion", "espacios_disponibles",
            "tickets_activos", "vehiculos_dentro", "pagos_recientes",
        }
    ),
    Seccion: frozenset({"espacios_por_seccion", "espacios_disponibles", "vehiculos_dentro"}),
    Cliente: frozenset({"vehiculos_dentro"}),
    Vehiculo: frozenset({"espacios_por_seccion", "tickets_activos", "vehiculos_dentro", "pagos_recientes"}),
    Tarifa: frozenset(),
    Ticket: frozenset(
        {"dashboard", "espacios_por_seccion", "tickets_activos", "vehiculos_dentro", "pagos_recientes"}
    ),
    Pago: frozenset({"dashboard", "stats", "tickets_activos", "pagos_recientes"}),
    # Watched for what is told of it; no figure counts it.
    Reserva: frozenset(),
}  # fmt: skip

KIND = Kind(
    name="parking",
    label="Parqueadero",
    metrics=METRICS,
    moves=MOVES,
    topics=(
        Topic("stats", state=True, metrics=("dashboard", "stats")),
        # Income, plates and names are for the staff.
        Topic(
            "plano", state=True,
            metrics=(
                "espacios_por_seccion", "espacios_disponibles", "tickets_activos",
                "ocupacion", "vehiculos_dentro", "pagos_recientes",
            ),
        ),
        Topic("parking", state=False, open=True),
        Topic("tickets", state=False),
        Topic("payments", state=False),
        Topic("alerts", state=False),
        Topic("events", state=False),
        Topic("user", state=False, public=True),
    ),
    page="parking/page.html",
    ticks=True,
    events=EVENTS,
    demo=DEMO,
    alerts=ALERTS,
    expire=expire,
)  # fmt: skip
