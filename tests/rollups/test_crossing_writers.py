"""Are roll-ups of several tables exact when orders and lines are written at once, and does nobody wait for that?"""

from collections.abc import Iterator
from typing import Any, LiteralString

import pytest
from django.apps import apps
from django.db import connection

from dashboards.businesses.marketplace.models import ProductOrder
from dashboards.businesses.repairs.models import RepairOrderDetail
from dashboards.kinds import kind_named
from dashboards.metrics import Scope, compute
from dashboards.models import Negocio
from dashboards.rollups import folding
from dashboards.rollups.folding import fold_all
from dashboards.rollups.reading import tally_model
from dashboards.rollups.verifying import drift, rebuild
from tests.changes.writers import another_program
from tests.rollups.crossing import FURNITURE, ORDERS
from tests.rollups.crowd import Writer, at_once, meanwhile
from tests.rollups.shop import differing
from tests.rollups.workshop import order, tallied, workshop, wrong

pytestmark = pytest.mark.usefixtures("committed")
WRITERS, TRANSACTIONS = 4, 40
JOINED = (RepairOrderDetail, ProductOrder)
KINDS = ("repairs", "marketplace")
PATIENCE = "-c search_path=pulso -c lock_timeout=2s"
DETAIL: LiteralString = """
INSERT INTO repairs_order_detail (negocio_id, order_id, service_id, technician_id, sub_total)
SELECT %s, 1, (SELECT min(id) FROM repairs_service), (SELECT min(id) FROM repairs_person), 10
"""


@pytest.fixture
def negocios() -> Iterator[list[Negocio]]:
    made = [Negocio.objects.create(code=f"{kind}-{side}", name=side, kind=kind) for kind in KINDS for side in "ab"]
    with connection.cursor() as cursor:
        for negocio in made:
            for statement in FURNITURE:
                cursor.execute(statement, {"negocio": negocio.pk})
    yield made
    _empty()


@pytest.fixture
def here() -> Iterator[Negocio]:
    negocio = workshop()
    order(negocio, 1, "READY", 1)
    fold_all()
    yield negocio
    _empty()


def _empty() -> None:
    tables = [model._meta.db_table for kind in KINDS for model in apps.get_app_config(kind).get_models()]
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(sorted(set(tables)))}")
    Negocio.objects.all().delete()


def _drifted(negocios: list[Negocio]) -> Any:
    return [drift(model) for model in JOINED if drift(model)] or [
        each for kind in KINDS if (each := differing(kind_named(kind), negocios))
    ]


@pytest.mark.parametrize("seed", range(4))
def test_nothing_drifts(negocios: list[Negocio], seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two fold at once, in small batches; one counts while all write."""
    monkeypatch.setattr(folding, "BATCH", 7)
    monkeypatch.setattr(folding, "FEW", 1)
    keys = [negocio.pk for negocio in negocios]
    writers = [Writer(seed * WRITERS + number, keys, TRANSACTIONS, ORDERS) for number in range(WRITERS)]

    def watch() -> None:
        for model in JOINED:
            assert drift(model) == []

    with meanwhile(fold_all), meanwhile(fold_all), meanwhile(watch):
        at_once([writer.run for writer in writers])
    assert not _drifted(negocios)
    assert sum(writer.committed for writer in writers) > TRANSACTIONS
    assert sum(writer.aborted for writer in writers) > WRITERS
    fold_all()
    assert not _drifted(negocios)
    for model in JOINED:
        rows = tally_model(model)._default_manager.order_by()
        keys_of = ["negocio_id", "level", "day", "moment", "word", "number"]
        assert rows.count() == rows.values(*keys_of).distinct().count(), "one of each key is left"


def test_rebuilding_meanwhile_loses_nothing(negocios: list[Negocio]) -> None:
    keys = [negocio.pk for negocio in negocios]
    writers = [Writer(seed, keys, TRANSACTIONS, ORDERS) for seed in range(100, 102)]

    def again() -> None:
        for model in JOINED:
            rebuild(model)

    with meanwhile(again, pause=0.1), meanwhile(fold_all):
        at_once([writer.run for writer in writers])
    assert not _drifted(negocios)


def test_a_status_and_a_detail_that_dont_see_each_other_both_count(here: Negocio) -> None:
    """Neither transaction waits for the other or knows of it, whoever commits last."""
    with another_program(PATIENCE) as one, another_program(PATIENCE) as two:
        with one.transaction():
            one.execute("UPDATE repairs_order SET status = 'DELIVERED' WHERE id = 1")
            two.execute(DETAIL, [here.pk])
        assert tallied(here) == {"service": (2, 20), "technician": (1, 20)}
        assert not wrong(here)
        with two.transaction():
            two.execute(DETAIL, [here.pk])
            one.execute("UPDATE repairs_order SET status = 'READY' WHERE id = 1")
        assert tallied(here) == {"service": (3, 0)}
        assert not wrong(here)
        fold_all()
        assert tallied(here) == {"service": (3, 0)}
        assert not wrong(here)


def test_a_fold_between_the_two_loses_neither(here: Negocio) -> None:
    with another_program(PATIENCE) as one, another_program(PATIENCE) as two:
        with one.transaction(), two.transaction():
            one.execute("UPDATE repairs_order SET status = 'DELIVERED' WHERE id = 1")
            two.execute(DETAIL, [here.pk])
            fold_all()
            assert tallied(here) == {"service": (1, 0)}
        assert tallied(here) == {"service": (2, 20), "technician": (1, 20)}
        fold_all()
        assert tallied(here) == {"service": (2, 20), "technician": (1, 20)}
    assert not wrong(here)


def test_whoever_writes_waits_for_nobody_who_folds_or_reads(here: Negocio) -> None:
    with another_program(PATIENCE) as one, another_program(PATIENCE) as two, one.transaction():
        one.execute("UPDATE repairs_order SET status = 'DELIVERED' WHERE id = 1")
        two.execute(DETAIL, [here.pk])
        assert fold_all() > 0
        assert tallied(here) == {"service": (2, 0)}
    assert tallied(here) == {"service": (2, 20), "technician": (1, 20)}


def test_who_empties_tables_and_who_reads_dont_block_each_other(here: Negocio) -> None:
    """All lock rows before tallies: a deadlock would end one of them."""

    def read() -> None:
        for name in ("orders_top_services", "users_top_technicians"):
            compute(kind_named("repairs").metric(name), Scope([here.pk]))

    with meanwhile(read, pause=0), meanwhile(read, pause=0), meanwhile(fold_all, pause=0):
        for number in range(60):
            order(here, 10 + number, "DELIVERED", 3)
            with another_program(PATIENCE) as other:
                other.execute("TRUNCATE repairs_order_detail" if number % 2 else "TRUNCATE repairs_order CASCADE")
    assert not wrong(here)
