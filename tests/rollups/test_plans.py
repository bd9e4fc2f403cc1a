"""Does a figure read its own keys alone, or all that was ever counted?"""

import json
from typing import Any

import pytest

from dashboards.asking import ask
from dashboards.businesses.citas.models import Cita
from dashboards.kinds import kind_named
from dashboards.metrics import statement_for
from dashboards.rollups.folding import fold
from dashboards.statements import question_for
from tests.rollups.shop import citas, run, shop

pytestmark = pytest.mark.django_db
DAYS, MOST_READ = 4_000, 200
METRICS = kind_named("citas").metrics


def rows_read(plan: dict[str, Any]) -> float:
    """By the scans of a plan, with those that a filter threw away."""
    below = sum(rows_read(each) for each in plan.get("Plans", ()))
    own = plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0) if "Relation Name" in plan else 0
    return float(below + own * plan["Actual Loops"])


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_a_figure_reads_a_few_rows_of_many(metric: Any) -> None:
    negocio = shop()
    citas(negocio, DAYS)
    run("UPDATE citas_cita SET fecha = current_date - 10 + (id %% %s)::int", DAYS)
    fold(Cita, few=0)
    citas(negocio, 3)
    run("ANALYZE citas_cita, tally_citas_cita, delta_citas_cita")
    question = question_for(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement_for(metric)}", [negocio.pk], keep=False)
    ask(question)
    ((plan,),) = question.rows
    assert rows_read((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]) < MOST_READ
