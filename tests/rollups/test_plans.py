"""Does a figure read its own keys alone, or all that was ever counted?"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from django.db import transaction

from dashboards.asking import ask
from dashboards.kinds import kind_named
from dashboards.metrics import Metric, statement_for
from dashboards.models import Negocio
from dashboards.rollups.folding import fold_all
from dashboards.statements import question_for
from tests.rollups.shop import run

# Committed, so that what other tests left behind is cleared away: dead rows make other ways look as short.
pytestmark = pytest.mark.django_db(transaction=True)
MOMENTS, MOST_READ = 4_000, 600
# So many days, or moments twelve hours apart, the newest of them about now; first what their rows link to.
KINDS: Mapping[str, Sequence[str]] = {
    "citas": (
        """INSERT INTO citas_cita
        (negocio_id, cliente_id, cliente_nombre, fecha, hora_inicio, estado, creado_en, actualizado_en)
        SELECT {negocio}, '', '', current_date + 10 - i, '09:00', 'pendiente', now(), now()
        FROM generate_series(1, {moments}) AS i""",
    ),
    "parking": (
        "INSERT INTO parking_espacio (negocio_id, numero) VALUES ({negocio}, '1')",
        "INSERT INTO parking_vehiculo (negocio_id, placa) VALUES ({negocio}, 'PBA-0001')",
        """INSERT INTO parking_ticket (negocio_id, espacio_id, vehiculo_id)
        SELECT {negocio}, max(e.id), max(v.id) FROM parking_espacio AS e, parking_vehiculo AS v""",
        """INSERT INTO parking_pago (negocio_id, ticket_id, metodo, monto, fecha_pago)
        SELECT {negocio}, (SELECT max(id) FROM parking_ticket), 'efectivo', 1, now() - i * interval '12 hours'
        FROM generate_series(1, {moments}) AS i""",
    ),
    "marketplace": (
        """INSERT INTO marketplace_order (negocio_id, status, total_amount, order_date)
        SELECT {negocio}, 'shipped', 1, now() - i * interval '12 hours' FROM generate_series(1, {moments}) AS i""",
    ),
    "tourism": (
        "INSERT INTO tourism_tour (negocio_id, nombre) VALUES ({negocio}, 'Quilotoa')",
        "INSERT INTO tourism_servicio (negocio_id, nombre) VALUES ({negocio}, 'Taxi')",
        """INSERT INTO tourism_reserva (negocio_id, tour_id, fecha, creada_en)
        SELECT {negocio}, (SELECT max(id) FROM tourism_tour), current_date + 10 - i, now() - i * interval '12 hours'
        FROM generate_series(1, {moments}) AS i""",
        """INSERT INTO tourism_contratacion (negocio_id, servicio_id, creada_en)
        SELECT {negocio}, (SELECT max(id) FROM tourism_servicio), now() - i * interval '12 hours'
        FROM generate_series(1, {moments}) AS i""",
    ),
}
METRICS = [
    (kind, metric) for kind in KINDS for metric in kind_named(kind).metrics
    if metric.rolled is not None or metric.name == "proximas"
]  # fmt: skip


def rows_read(plan: dict[str, Any]) -> float:
    """By the scans of a plan, with those that a filter threw away."""
    below = sum(rows_read(each) for each in plan.get("Plans", ()))
    own = plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0) if "Relation Name" in plan else 0
    return float(below + own * plan["Actual Loops"])


@pytest.mark.parametrize(("kind", "metric"), METRICS, ids=[f"{kind}-{metric.name}" for kind, metric in METRICS])
def test_a_figure_reads_a_few_rows_of_many(kind: str, metric: Metric) -> None:
    negocio = Negocio.objects.create(code="a", name="a", kind=kind, time_zone="America/Guayaquil").pk
    for statement in KINDS[kind]:
        run(statement.format(negocio=negocio, moments=MOMENTS))
    fold_all(few=0)
    run("VACUUM (ANALYZE)")
    question = question_for(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement_for(metric)}", [negocio], keep=False)
    with transaction.atomic():
        # Of tables so small all is read as quickly; of larger ones it wouldn't be, if there is another way.
        run("SET LOCAL enable_seqscan = off")
        ask(question)
    ((answer,),) = question.rows
    plan = (json.loads(answer) if isinstance(answer, str) else answer)[0]["Plan"]
    assert rows_read(plan) < MOST_READ, json.dumps(plan, indent=1)
