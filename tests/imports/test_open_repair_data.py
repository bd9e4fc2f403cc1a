"""After importing repairs.csv every figure of its 181 groups is right: issue 2's acceptance of the import.

The rows are Open Repair Data v0.3, Open Repair Alliance, CC BY-SA 4.0.
"""

import csv
import datetime as dt
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.utils import timezone

from dashboards.kinds import kind_named
from dashboards.metrics import Scope, compute
from dashboards.models import Change, Negocio

pytestmark = pytest.mark.django_db
FILE = settings.BASE_DIR.parent / "shared" / "data" / "repairs.csv"
ROWS, GROUPS = 23_940, 181
METRICS = ("orders_overview", "orders_by_status", "orders_count_total")
MAPPING = [
    "external_id=id",
    "equipment_category=product_category",
    "status=repair_status",
    "created_at=event_date",
    "problem_description=problem",
]
VALUES = [
    "status:Fixed=DELIVERED",
    "status:Repairable=WAITING_PARTS",
    "status:End of life=REJECTED",
    "status:Unknown=IN_REVIEW",
]


def imported(path: Path) -> str:
    """The summary of an import of the file."""
    out = io.StringIO()
    call_command(
        "import_csv",
        "repairs",
        path,
        negocio_column="group_identifier",
        map=MAPPING,
        value=VALUES,
        stdout=out,
    )
    return out.getvalue()


def counted(path: Path) -> dict[str, dict[str, Any]]:
    """The figures by group, from a process that has never seen Django."""
    script = Path(__file__).with_name("independent_count.py")
    done = subprocess.run([sys.executable, "-I", script, path], capture_output=True, text=True, check=True)
    figures: dict[str, dict[str, Any]] = json.loads(done.stdout)
    return figures


def computed() -> dict[str, dict[str, Any]]:
    """The figures by negocio's name, from the metrics that feed the dashboards."""
    kind = kind_named("repairs")
    names = dict(Negocio.objects.filter(kind="repairs").values_list("pk", "name"))
    answers = {name: compute(kind.metric(name), Scope(list(names))).figures for name in METRICS}
    return {name: {metric: answers[metric][pk] for metric in METRICS} for pk, name in names.items()}


@pytest.fixture
def repairs_file() -> Path:
    if not FILE.is_file():
        pytest.fail(f"the real input is missing: put Open Repair Data's repairs.csv at {FILE}", pytrace=False)
    return FILE


def test_every_figure_of_every_group_is_right(repairs_file: Path) -> None:
    print(imported(repairs_file).strip())
    expected, found = counted(repairs_file), computed()
    assert found.keys() == expected.keys()
    right = [group for group in expected if found[group] == expected[group]]
    print(f"{len(right)} of {len(expected)}")
    assert sorted(right) == sorted(expected)
    assert len(right) == GROUPS


def test_importing_again_changes_what_the_file_has_changed(repairs_file: Path, tmp_path: Path) -> None:
    first = imported(repairs_file)
    assert f"{ROWS:,} rows read: {ROWS:,} new, 0 updated, 0 skipped; {GROUPS} negocios made" in first
    before, last = computed(), Change.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    assert f": 0 new, {ROWS:,} updated, 0 skipped; 0 negocios made" in imported(repairs_file)
    assert computed() == before
    assert not Change.objects.filter(pk__gt=last, row_count__gt=0).exists(), "the same file is no change"
    changed = tmp_path / "changed.csv"
    with repairs_file.open(newline="", encoding="utf-8") as source, changed.open("w", newline="") as target:
        rows = csv.DictReader(source)
        assert rows.fieldnames
        writer = csv.DictWriter(target, rows.fieldnames)
        writer.writeheader()
        for number, row in enumerate(rows):
            writer.writerow(row | {"repair_status": "Fixed"} if number % 100 == 0 else row)
    assert f": 0 new, {ROWS:,} updated" in imported(changed)
    expected = counted(changed)
    assert expected != before
    assert computed() == expected


def test_replayed_rows_are_orders_of_now(repairs_file: Path) -> None:
    out, started = io.StringIO(), timezone.now()
    options: dict[str, Any] = {"negocio_column": "group_identifier", "map": MAPPING, "value": VALUES}
    call_command("replay", "repairs", repairs_file, **options, rate=1e6, limit=60, stdout=out)
    assert out.getvalue().startswith("60 of 60 rows written")
    found = computed()
    assert sum(figures["orders_count_total"]["count"] for figures in found.values()) == 60
    negocio_ids = list(Negocio.objects.values_list("pk", flat=True))
    recent = compute(kind_named("repairs").metric("orders_recent"), Scope(negocio_ids))
    times = [order["createdAt"] for figure in recent.figures.values() for order in figure["recentOrders"]]
    assert times
    assert all(dt.datetime.fromisoformat(time) >= started.replace(microsecond=0) for time in times)
