"""What is the kind `bakery`, to the core?"""

from collections.abc import Sequence

from dashboards.kinds import EventRule, Kind, RowChange, Telling, Topic

from .demo import DEMO
from .metrics import METRICS
from .models import Horneada


def baked(rows: Sequence[RowChange]) -> Sequence[Telling]:
    """Each batch is news: `{"pan","piezas"}`."""
    return [Telling("horneada_lista", dict(row.new), f"Sale {row.new['pan']}") for row in rows if row.new is not None]


KIND = Kind(
    name="bakery",
    label="Panadería",
    metrics=METRICS,
    moves={Horneada: frozenset({"horno"})},
    topics=(Topic("stats", state=True, public=True), Topic("events", state=False), Topic("user", state=False)),
    page="bakery/page.html",
    events=(EventRule("horneada_lista", Horneada, "insert", tell=baked),),
    demo=DEMO,
)
