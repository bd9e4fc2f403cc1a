"""Does every write become a change, whoever writes and however?

On the tables of the repair shops, which are like those of every kind.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from django.apps import apps
from django.db import connection, transaction
from django.db.migrations.state import ProjectState

from dashboards.businesses.repairs.models import Client, Equipment, RepairOrder, Service
from dashboards.models import Change, Negocio
from dashboards.triggers import DOORBELL_CHANNEL, MOST_KEYS, WatchTable
from tests.changes.writers import another_program

pytestmark = pytest.mark.django_db


@pytest.fixture
def here(db: None) -> Negocio:
    return Negocio.objects.create(code="here", name="Here", kind="repairs")


@pytest.fixture
def there(db: None) -> Negocio:
    return Negocio.objects.create(code="there", name="There", kind="repairs")


@pytest.fixture
def thing(here: Negocio) -> Equipment:
    return Equipment.objects.create(negocio=here, name="Radio")


@pytest.fixture(autouse=True)
def nothing_noted_yet(here: Negocio, there: Negocio, thing: Equipment) -> None:
    Change.objects.all().delete()


def noted() -> list[tuple[Any, ...]]:
    """(negocio_id, source, operation, row_count, [(key, old, new), …] or None) of every change, in order of making."""
    return [
        (
            change.negocio_id, change.source, change.operation, change.row_count,
            None if change.rows is None else sorted((row["key"], row["old"], row["new"]) for row in change.rows),
        )
        for change in Change.objects.order_by("pk")
    ]  # fmt: skip


def orders(thing: Equipment, count: int, negocio: Negocio | None = None) -> list[RepairOrder]:
    return RepairOrder.objects.bulk_create(
        RepairOrder(negocio=negocio or thing.negocio, equipment=thing) for _ in range(count)
    )


REVIEW, READY = {"status": "IN_REVIEW"}, {"status": "READY"}


def test_an_insert_is_noted_with_key_and_new_state(here: Negocio, thing: Equipment) -> None:
    order = RepairOrder.objects.create(negocio=here, equipment=thing)
    assert noted() == [(here.pk, "repairs_order", "insert", 1, [(order.pk, None, REVIEW)])]


def test_a_bulk_insert_is_one_change_a_negocio(here: Negocio, there: Negocio) -> None:
    Equipment.objects.bulk_create(Equipment(negocio=owner, name="x") for owner in (here, there, here))
    changes = {(negocio, operation, count) for negocio, _, operation, count, _ in noted()}
    assert changes == {(here.pk, "insert", 2), (there.pk, "insert", 1)}
    assert len(noted()) == 2


def test_a_change_says_when_by_the_clock_of_postgresql(here: Negocio, thing: Equipment) -> None:
    orders(thing, 1), orders(thing, 1)
    first, second = Change.objects.order_by("pk").values_list("created_at", flat=True)
    assert first < second  # the statements', not the transaction's
    assert abs((datetime.now(UTC) - second).total_seconds()) < 60


def test_a_queryset_update_is_noted_with_old_and_new_state(here: Negocio, thing: Equipment) -> None:
    made = orders(thing, 2)
    Change.objects.all().delete()
    RepairOrder.objects.update(status="READY")
    assert noted() == [(here.pk, "repairs_order", "update", 2, [(order.pk, REVIEW, READY) for order in made])]


def test_an_update_that_changes_nothing_is_no_change(thing: Equipment) -> None:
    Equipment.objects.update(name=thing.name)
    assert noted() == []


def test_an_update_notes_only_the_rows_that_changed(here: Negocio, thing: Equipment) -> None:
    other = Equipment.objects.create(negocio=here, name="Televisor")
    Change.objects.all().delete()
    Equipment.objects.update(name="Radio")
    assert noted() == [(here.pk, "repairs_equipment", "update", 1, [(other.pk, {}, {})])]


def test_a_statement_that_hits_no_row_is_no_change() -> None:
    Equipment.objects.filter(name="none").update(name="x")
    Service.objects.all().delete()
    Service.objects.bulk_create([])
    assert noted() == []


def test_a_row_that_changes_its_negocio_leaves_one_and_enters_the_other(
    here: Negocio, there: Negocio, thing: Equipment
) -> None:
    (order,) = orders(thing, 1)
    Change.objects.all().delete()
    RepairOrder.objects.update(negocio=there, status="READY")
    assert sorted(noted(), key=lambda change: bool(change[0] == there.pk)) == [
        (here.pk, "repairs_order", "update", 1, [(order.pk, REVIEW, None)]),
        (there.pk, "repairs_order", "update", 1, [(order.pk, None, READY)]),
    ]


def test_a_delete_is_noted_with_its_old_state(here: Negocio, thing: Equipment) -> None:
    (order,) = orders(thing, 1)
    Change.objects.all().delete()
    RepairOrder.objects.filter(pk=order.pk).delete()
    assert noted() == [(here.pk, "repairs_order", "delete", 1, [(order.pk, REVIEW, None)])]


def test_what_goes_or_is_emptied_by_a_cascade_is_noted_in_each_table(here: Negocio, thing: Equipment) -> None:
    client = Client.objects.create(negocio=here, name="Ana")
    order = RepairOrder.objects.create(negocio=here, equipment=thing, client=client)
    service = Service.objects.create(negocio=here, name="Limpieza")
    order.details.create(negocio=here, service=service)
    Change.objects.all().delete()
    client.delete()
    assert {change[1:4] for change in noted()} == {("repairs_order", "update", 1), ("repairs_person", "delete", 1)}
    Change.objects.all().delete()
    key = here.pk
    here.delete()
    gone = {source for negocio_id, source, operation, *_ in noted() if (negocio_id, operation) == (key, "delete")}
    assert gone >= {"repairs_order", "repairs_order_detail", "repairs_equipment", "repairs_service"}


def test_an_upsert_is_an_insert_of_the_new_and_an_update_of_the_changed(here: Negocio, thing: Equipment) -> None:
    old = RepairOrder.objects.create(negocio=here, equipment=thing, external_id="1")
    same = RepairOrder.objects.create(negocio=here, equipment=thing, external_id="2")
    Change.objects.all().delete()
    RepairOrder.objects.bulk_create(
        [
            RepairOrder(negocio=here, equipment=thing, external_id=external_id, status=status)
            for external_id, status in (("1", "READY"), ("2", same.status), ("3", "READY"))
        ],
        update_conflicts=True, unique_fields=["negocio", "external_id"], update_fields=["status"],
    )  # fmt: skip
    new = RepairOrder.objects.get(external_id="3")
    assert sorted(noted(), key=lambda change: str(change[2])) == [
        (here.pk, "repairs_order", "insert", 1, [(new.pk, None, READY)]),
        (here.pk, "repairs_order", "update", 1, [(old.pk, REVIEW, READY)]),
    ]


def test_copy_is_noted_as_an_insert(here: Negocio, there: Negocio) -> None:
    with connection.cursor() as cursor, cursor.copy("COPY repairs_service (negocio_id, name) FROM STDIN") as copy:
        for owner in (here, there, there):
            copy.write_row((owner.pk, "Limpieza"))
    assert {change[:4] for change in noted()} == {
        (here.pk, "repairs_service", "insert", 1),
        (there.pk, "repairs_service", "insert", 2),
    }


def test_truncate_is_a_change_of_every_negocio() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("TRUNCATE repairs_service CASCADE")
    assert noted() == [
        (None, "repairs_service", "truncate", None, None),
        (None, "repairs_order_detail", "truncate", None, None),
    ]


@pytest.mark.parametrize(("count", "has_keys"), [(MOST_KEYS, True), (MOST_KEYS + 1, False)])
def test_a_statement_with_too_many_rows_is_noted_without_keys(here: Negocio, count: int, has_keys: bool) -> None:
    Service.objects.bulk_create(Service(negocio=here, name=str(number)) for number in range(count))
    Service.objects.update(name="Limpieza")
    with connection.cursor() as cursor:  # Django would delete a hundred at a time
        cursor.execute("DELETE FROM repairs_service")
    assert [(change[2], change[3], change[4] is not None) for change in noted()] == [
        (operation, count, has_keys) for operation in ("insert", "update", "delete")
    ]


def test_many_rows_of_one_negocio_leave_the_keys_of_another(here: Negocio, there: Negocio) -> None:
    rows = [Service(negocio=here, name=str(number)) for number in range(MOST_KEYS + 1)]
    Service.objects.bulk_create([*rows, Service(negocio=there, name="x")])
    assert {(change[0], change[3], change[4] is None) for change in noted()} == {
        (here.pk, MOST_KEYS + 1, True),
        (there.pk, 1, False),
    }


def test_what_is_rolled_back_was_no_change(thing: Equipment) -> None:
    with transaction.atomic():
        orders(thing, 1)
        transaction.set_rollback(True)
    assert noted() == []


def test_the_operation_can_be_undone_and_done_again_with_more_states(here: Negocio, thing: Equipment) -> None:
    state = ProjectState.from_apps(apps)
    watch = WatchTable("equipment", states=("brand",))
    with connection.schema_editor() as editor:
        watch.database_backwards("repairs", editor, state, state)
    Equipment.objects.update(brand="HP")
    assert noted() == []
    with connection.schema_editor() as editor:
        watch.database_forwards("repairs", editor, state, state)
        watch.database_forwards("repairs", editor, state, state)
    Equipment.objects.update(brand="Sony")
    change = (here.pk, "repairs_equipment", "update", 1, [(thing.pk, {"brand": "HP"}, {"brand": "Sony"})])
    assert noted() == [change]


def test_the_operation_can_be_written_into_a_migration() -> None:
    name, positional, named = WatchTable("cita", states=["estado"]).deconstruct()
    again = WatchTable(*positional, **named)
    assert (name, again.model, again.states) == ("WatchTable", "cita", ("estado",))


@pytest.fixture
def listener(transactional_db: None) -> Iterator["psycopg.Connection[Any]"]:
    with another_program() as other:
        other.execute(f"LISTEN {DOORBELL_CHANNEL}")
        yield other


def rings(listener: "psycopg.Connection[Any]") -> int:
    """How often the doorbell has rung since the last call; what was committed before is all there."""
    listener.execute("SELECT 1")
    return len(list(listener.notifies(timeout=0.2)))


@pytest.mark.django_db(transaction=True)
def test_another_program_with_its_own_search_path_is_heard(listener: Any, here: Negocio) -> None:
    rings(listener)
    with another_program("-c search_path=public") as psql:
        psql.execute("INSERT INTO pulso.repairs_service (negocio_id, name) VALUES (%s, 'Limpieza')", [here.pk])
    assert [change[:4] for change in noted()] == [(here.pk, "repairs_service", "insert", 1)]
    assert rings(listener) == 1


@pytest.mark.django_db(transaction=True)
def test_one_transaction_rings_once_and_one_without_a_change_never(listener: Any, thing: Equipment) -> None:
    rings(listener)
    update = f"UPDATE {Equipment._meta.db_table} SET brand = %s"
    with another_program() as psql:
        with psql.transaction():
            for brand in ("HP", "Dell", "Acer"):
                psql.execute(update, [brand])
        assert rings(listener) == 1
        psql.execute(update, ["Acer"])
    assert rings(listener) == 0


@pytest.mark.django_db(transaction=True)
def test_who_rings_at_the_layer_does_not_notify(listener: Any, here: Negocio) -> None:
    rings(listener)
    with another_program("-c pulso.doorbell=layer") as web:
        web.execute("INSERT INTO pulso.repairs_service (negocio_id, name) VALUES (%s, 'Limpieza')", [here.pk])
    assert [change[:4] for change in noted()] == [(here.pk, "repairs_service", "insert", 1)]
    assert rings(listener) == 0


@pytest.mark.django_db(transaction=True)
def test_a_writer_who_may_not_touch_the_outbox_is_noted_all_the_same(here: Negocio, there: Negocio) -> None:
    role = "pulso_test_writer"
    with another_program() as owner:
        owner.execute(f"CREATE ROLE {role}")
        try:
            owner.execute(f"GRANT USAGE ON SCHEMA pulso TO {role}")
            owner.execute(f"GRANT INSERT ON pulso.repairs_service TO {role}")
            owner.execute(f"SET ROLE {role}")
            owner.execute("INSERT INTO pulso.repairs_service (negocio_id, name) VALUES (%s, 'x')", [here.pk])
        finally:
            owner.execute("RESET ROLE")
            owner.execute(f"DROP OWNED BY {role}")
            owner.execute(f"DROP ROLE {role}")
    assert [change[:4] for change in noted()] == [(here.pk, "repairs_service", "insert", 1)]
