"""Is a roll-up right that counts by what stands in another table's row, after each sort of write to either?"""

from typing import Any

import pytest
from django.db import connection, transaction

from dashboards.businesses.repairs.models import Person, RepairOrderDetail
from dashboards.models import Change, Negocio
from dashboards.rollups import lending
from dashboards.rollups.folding import FEW, fold, fold_all
from tests.rollups.shop import run
from tests.rollups.workshop import DETAIL, ORDER, order, tallied, workshop, wrong

pytestmark = pytest.mark.django_db


@pytest.fixture
def here(db: None) -> Negocio:
    """Of two orders, one delivered, three details each."""
    negocio = workshop("here")
    order(negocio, 1, "DELIVERED", 3)
    order(negocio, 2, "READY", 3)
    return negocio


@pytest.fixture(params=[False, True], ids=["unfolded", "folded"])
def folded(request: pytest.FixtureRequest, here: Negocio) -> Negocio:
    if request.param:
        fold(RepairOrderDetail)
    return here


def test_details_count_by_the_status_of_their_order(folded: Negocio) -> None:
    assert tallied(folded) == {"service": (6, 30), "technician": (1, 30)}
    assert not wrong(folded)


def test_an_order_that_is_delivered_takes_its_details_along(folded: Negocio) -> None:
    run("UPDATE repairs_order SET status = 'DELIVERED' WHERE id = 2")
    assert tallied(folded) == {"service": (6, 60), "technician": (2, 60)}
    run("UPDATE repairs_order SET status = 'REJECTED'")
    assert tallied(folded) == {"service": (6, 0)}
    assert not wrong(folded)


def test_a_detail_that_changes_its_order_counts_there(folded: Negocio) -> None:
    run("UPDATE repairs_order_detail SET order_id = 2 WHERE id = (SELECT min(id) FROM repairs_order_detail)")
    assert tallied(folded) == {"service": (6, 20), "technician": (1, 20)}
    run("UPDATE repairs_order_detail SET order_id = 2")
    assert tallied(folded) == {"service": (6, 0)}
    assert not wrong(folded)


def test_one_detail_of_several_that_goes_leaves_the_order_counted(folded: Negocio) -> None:
    run("DELETE FROM repairs_order_detail WHERE id = (SELECT min(id) FROM repairs_order_detail)")
    assert tallied(folded) == {"service": (5, 20), "technician": (1, 20)}
    run("DELETE FROM repairs_order_detail WHERE order_id = 1")
    assert tallied(folded) == {"service": (3, 0)}
    assert not wrong(folded)


def test_what_changes_in_both_tables_at_once_counts_once(folded: Negocio) -> None:
    run("""WITH done AS (UPDATE repairs_order SET status = 'DELIVERED' WHERE id = 2 RETURNING id),
        gone AS (DELETE FROM repairs_order_detail WHERE order_id = 1)
        INSERT INTO repairs_order_detail (negocio_id, order_id, service_id, technician_id, sub_total)
        SELECT negocio_id, done.id, service_id, technician_id, 1 FROM repairs_order_detail, done WHERE order_id = 1""")
    assert tallied(folded) == {"service": (6, 33), "technician": (1, 33)}
    assert not wrong(folded)


def test_a_detail_may_come_before_its_order(folded: Negocio) -> None:
    """Foreign keys are held when the transaction ends."""
    run(DETAIL, folded.pk, 3, 2)
    assert tallied(folded) == {"service": (6, 30), "technician": (1, 30)}, "as a join has it"
    fold(RepairOrderDetail)
    run(ORDER, 3, folded.pk, "DELIVERED")
    assert tallied(folded) == {"service": (8, 50), "technician": (2, 50)}
    assert not wrong(folded)


def test_an_order_that_comes_back_under_its_old_key_counts_anew(folded: Negocio) -> None:
    run("DELETE FROM repairs_order WHERE id = 1")
    assert tallied(folded) == {"service": (3, 0)}
    run(ORDER, 1, folded.pk, "READY")
    assert tallied(folded) == {"service": (6, 0)}
    fold(RepairOrderDetail)
    assert tallied(folded) == {"service": (6, 0)}
    assert not wrong(folded)


def test_an_order_that_changes_its_key_counts_once(folded: Negocio) -> None:
    run("UPDATE repairs_order SET id = 7, status = 'DELIVERED' WHERE id = 2")
    run("UPDATE repairs_order_detail SET order_id = 7 WHERE order_id = 2")
    assert tallied(folded) == {"service": (6, 60), "technician": (2, 60)}
    assert not wrong(folded)


def test_an_upsert_of_orders_moves_their_details(folded: Negocio) -> None:
    run(
        """INSERT INTO repairs_order (id, negocio_id, equipment_id, status)
        SELECT i, %s, (SELECT min(id) FROM repairs_equipment), 'DELIVERED' FROM generate_series(1, 4) AS i
        ON CONFLICT (id) DO UPDATE SET status = EXCLUDED.status""",
        folded.pk,
    )
    assert tallied(folded) == {"service": (6, 60), "technician": (2, 60)}
    assert not wrong(folded)


def test_copy_counts(folded: Negocio) -> None:
    (service,), (technician,) = (_key("repairs_service"), _key("repairs_person"))
    columns = "negocio_id, order_id, service_id, technician_id, sub_total"
    with connection.cursor() as cursor, cursor.copy(f"COPY repairs_order_detail ({columns}) FROM STDIN") as copy:
        for id in (1, 2, 2):
            copy.write_row((folded.pk, id, service, technician, 5))
    assert tallied(folded) == {"service": (9, 35), "technician": (1, 35)}
    assert not wrong(folded)


def test_a_technician_that_goes_leaves_details_without_one(folded: Negocio) -> None:
    Person.objects.all().delete()
    assert tallied(folded) == {"service": (6, 30)}
    assert not wrong(folded)


@pytest.mark.parametrize("truncated", ["repairs_order CASCADE", "repairs_order_detail", "repairs_person CASCADE"])
def test_truncate_leaves_nothing(folded: Negocio, truncated: str) -> None:
    run("SET CONSTRAINTS ALL IMMEDIATE")
    with transaction.atomic():
        run(f"TRUNCATE {truncated}")
        assert tallied(folded) == {}
        transaction.set_rollback(True)
    assert tallied(folded) == {"service": (6, 30), "technician": (1, 30)}
    run(f"TRUNCATE {truncated}")
    run("DELETE FROM repairs_order")
    if truncated.startswith("repairs_person"):
        run("INSERT INTO repairs_equipment (negocio_id, name) VALUES (%s, 'Radio')", folded.pk)
        run("INSERT INTO repairs_person (negocio_id, name, role) VALUES (%s, 'Eva', 'Technician')", folded.pk)
    order(folded, 1, "DELIVERED", 2)
    assert tallied(folded) == {"service": (2, 20), "technician": (1, 20)}
    assert not wrong(folded)


def test_what_is_rolled_back_to_a_savepoint_never_counted(folded: Negocio) -> None:
    with transaction.atomic():
        run("UPDATE repairs_order SET status = 'DELIVERED'")
        with transaction.atomic():
            run("UPDATE repairs_order SET status = 'REJECTED'")
            run(DETAIL, folded.pk, 1, 5)
            transaction.set_rollback(True)
        run(DETAIL, folded.pk, 2, 1)
    assert tallied(folded) == {"service": (7, 70), "technician": (2, 70)}
    assert not wrong(folded)


def test_an_order_of_another_negocio_decides_all_the_same(folded: Negocio) -> None:
    there = workshop("there")
    run("UPDATE repairs_order SET negocio_id = %s", there.pk)
    assert tallied(folded) == {"service": (6, 30), "technician": (1, 30)}
    run("UPDATE repairs_order SET status = 'DELIVERED'")
    assert tallied(folded) == {"service": (6, 60), "technician": (2, 60)}
    run("UPDATE repairs_order_detail SET negocio_id = %s WHERE order_id = 1", there.pk)
    assert tallied(folded) == tallied(there) == {"service": (3, 30), "technician": (1, 30)}
    assert not wrong(folded, there)


def test_a_negocio_that_goes_takes_its_counts_along(folded: Negocio) -> None:
    key = folded.pk
    folded.delete()
    assert not wrong()
    fold_all()
    assert not run("SELECT FROM tally_repairs_order_detail WHERE negocio_id = %s", key)
    assert not wrong()


def test_what_no_figure_reads_leaves_no_delta(here: Negocio) -> None:
    fold(RepairOrderDetail)
    run("UPDATE repairs_order SET final_cost = 99, status = status")
    run("UPDATE repairs_order_detail SET discount = 1, service_id = service_id")
    assert deltas() == 0


def deltas() -> int:
    return run("SELECT FROM delta_repairs_order_detail") + run("SELECT FROM delta_repairs_order_detail__order")


def test_not_a_single_delta_is_left_unfolded(here: Negocio) -> None:
    """One product or order may be that of a million rows, which would be read for each figure."""
    fold_all()
    assert deltas() == 0
    run("UPDATE repairs_order SET status = 'DELIVERED' WHERE id = 2")
    assert 0 < deltas() < FEW
    fold_all()
    assert deltas() == 0
    assert tallied(here) == {"service": (6, 60), "technician": (2, 60)}


def test_a_status_is_one_change_and_one_of_its_own_table(here: Negocio) -> None:
    """Nothing is written to the details: nobody is told twice."""
    Change.objects.all().delete()
    run("UPDATE repairs_order SET status = 'DELIVERED' WHERE id = 2")
    assert list(Change.objects.values_list("source", "row_count")) == [("repairs_order", 1)]


@pytest.mark.parametrize("of", ["orders", "details"])
def test_where_much_waits_all_rows_are_counted(here: Negocio, of: str, monkeypatch: Any) -> None:
    fold_all()
    many = lending.MOST_UNITS + 1
    run("SET CONSTRAINTS ALL IMMEDIATE")
    run(
        """INSERT INTO repairs_order (id, negocio_id, equipment_id, status)
        SELECT 10 + i, %s, (SELECT min(id) FROM repairs_equipment), 'READY' FROM generate_series(1, %s) AS i""",
        here.pk, many,
    )  # fmt: skip
    fold_all()
    if of == "orders":
        run("UPDATE repairs_order SET status = 'DELIVERED'")
    else:
        run(
            """INSERT INTO repairs_order_detail (negocio_id, order_id, service_id, technician_id, sub_total)
            SELECT negocio_id, id, (SELECT min(id) FROM repairs_service), (SELECT min(id) FROM repairs_person), 1
            FROM repairs_order WHERE id > 10""",
        )
    before = tallied(here)
    assert before == (
        {"service": (6, 60), "technician": (2, 60)} if of == "orders"
        else {"service": (6 + many, 30), "technician": (1, 30)}
    )  # fmt: skip
    assert not wrong(here)
    fold_all()
    assert tallied(here) == before
    assert not wrong(here)


def _key(table: str) -> tuple[int]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT min(id) FROM {table}")
        return (int(cursor.fetchone()[0]),)
