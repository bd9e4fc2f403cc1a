"""What is the kind `tourism`, to the core?"""

from collections.abc import Mapping

from django.db.models import Model

from dashboards.businesses.tourism.demo import DEMO
from dashboards.businesses.tourism.events import EVENTS
from dashboards.businesses.tourism.metrics import METRICS
from dashboards.businesses.tourism.models import (
    Contratacion,
    Destino,
    Guia,
    Recomendacion,
    Reserva,
    Servicio,
    Tour,
    Usuario,
)
from dashboards.kinds import Kind, Topic

# A cascade is a change of its own in each table, so a model answers for its own rows only.
MOVES: Mapping[type[Model], frozenset[str]] = {
    Reserva: frozenset({"reservas", "top_tours", "recientes", "ocupacion"}),
    Contratacion: frozenset({"contrataciones"}),
    Recomendacion: frozenset({"valoracion"}),
    # Their names stand in the lists.
    Tour: frozenset({"top_tours", "recientes"}),
    Usuario: frozenset({"recientes"}),
    # People are told of these, but no figure reads them.
    Servicio: frozenset(),
    Destino: frozenset(),
    Guia: frozenset(),
}

KIND = Kind(
    name="tourism",
    label="Turismo",
    metrics=METRICS,
    moves=MOVES,
    topics=(Topic("stats", state=True), Topic("events", state=False), Topic("user", state=False)),
    page="tourism/page.html",
    events=EVENTS,
    demo=DEMO,
)
