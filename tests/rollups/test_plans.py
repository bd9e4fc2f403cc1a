"""Does a figure read its own keys alone, or all that was ever counted?"""

import json
from typing import Any

import pytest
from django.db import connection

from dashboards.businesses.citas.models import Cita
from dashboards.kinds import kind_named
from dashboards.metrics import statement_for
from dashboards.rollups.folding import fold
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
    statement = statement_for(metric, 1, None)
    with connection.cursor() as cursor:
        cursor.execute(
            f"EXPLAIN (ANALYZE, FORMAT JSON) {statement.sql}", [*statement.params_for([negocio.pk]), [negocio.pk]]
        )
        ((plan,),) = cursor.fetchall()
    assert rows_read((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]) < MOST_READ
