"""What is the kind `tourism`, to the core?"""

from collections.abc import Mapping

from django.db.models import Model

from dashboards.businesses.tourism.demo import DEMO
from dashboards.businesses.tourism.events import AGAIN_AND_AGAIN, EVENTS, fact_key
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
from dashboards.businesses.tourism.sessions import login_tellings
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
    # Each notification is for everybody who travels with the negocio, as it always was.
    topics=(Topic("stats", state=True), Topic("events", state=False, public=True), Topic("user", state=False)),
    page="tourism/page.html",
    events=EVENTS,
    demo=DEMO,
    fact_key=fact_key,
    recurring=AGAIN_AND_AGAIN,
    login_tellings=login_tellings,
)
