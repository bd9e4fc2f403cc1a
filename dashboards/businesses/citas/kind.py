"""What does the core need to know of citas?"""

from dashboards.businesses.citas.alerts import ALERTS
from dashboards.businesses.citas.demo import DEMO
from dashboards.businesses.citas.importing import IMPORTS
from dashboards.businesses.citas.metrics import METRICS
from dashboards.businesses.citas.models import Cita, Estacion, Servicio
from dashboards.kinds import Kind, Topic

KIND = Kind(
    name="citas",
    label="Fila virtual y citas",
    metrics=METRICS,
    moves={
        Cita: frozenset({"stats", "por_estado", "proximas", "por_hora"}),
        # Their names stand in the list; no other figure reads them.
        Servicio: frozenset({"proximas"}),
        Estacion: frozenset({"proximas"}),
    },
    topics=(
        # Who stands in the queue is for the staff; how long it is, for everybody.
        Topic("stats", state=True, public=True, metrics=("stats", "por_estado", "por_hora")),
        Topic("agenda", state=True, metrics=("proximas",)),
        Topic("events", state=False),
        Topic("user", state=False, public=True),
    ),
    page="citas/page.html",
    ticks=True,
    imports=IMPORTS,
    demo=DEMO,
    alerts=ALERTS,
)
