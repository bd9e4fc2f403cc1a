"""Does every write to attached tables become a change in our words, and never fail because of us?"""

import datetime as dt
from typing import Any

import pytest

from dashboards.attach.attaching import ask_for_figures
from dashboards.businesses.citas.models import Cita
from dashboards.businesses.repairs.models import RepairOrder
from dashboards.kinds import kind_named
from dashboards.models import AttachedNegocio, Change, Negocio
from dashboards.triggers import MOST_KEYS
from realtime.changes import outbox
from realtime.changes.outbox import Concerned
from realtime.changes.refreshing import _tellings
from realtime.pipeline import work_of
from tests.attach import theirs
from tests.attach.database import NEGOCIO, Team, attach_layout, noted


def concerned() -> Concerned:
    """The team's negocio, as a worker knows it."""
    negocio = Negocio.objects.get(code=NEGOCIO)
    attached = AttachedNegocio.objects.get(negocio=negocio)
    named = negocio.code, negocio.kind, negocio.name, negocio.time_zone
    return Concerned(negocio.pk, *named, attached.attachment_id)


def told() -> list[tuple[str, dict[str, Any]]]:
    """What people are told of the changes since the last call, as a worker would."""
    changes = list(Change.objects.order_by("pk"))
    negocio = concerned()
    tellings = _tellings(kind_named(negocio.kind), changes, negocio)
    Change.objects.all().delete()
    return [(telling.type, dict(telling.data)) for telling in tellings]


def causes() -> set[str]:
    """The events that the changes since the last call mean."""
    changes = list(Change.objects.order_by("pk"))
    Change.objects.all().delete()
    return set(work_of(kind_named("repairs"), changes).causes)


def test_a_space_that_changes_is_told_in_both_forms_with_their_ids(team: Team) -> None:
    theirs.create(team.connection, "field")
    attach_layout("field")
    team.execute("UPDATE espacio SET estado = true WHERE numero = '1'")
    ((id,),) = team.rows("SELECT id::text FROM espacio WHERE numero = '1'")
    (update, freed) = told()
    assert update[0] == "parking_update"
    data = {name: value for name, value in update[1].items() if name != "timestamp"}
    assert data == {
        "espacio_id": id, "numero": "1", "estado_anterior": "ocupado", "estado_actual": "libre",
        "vehiculo": {"placa": "PBA-0001", "cliente": "Cliente 1"},
    }  # fmt: skip
    assert (freed[0], freed[1]["espacio_id"]) == ("espacio_liberado", id)


def test_a_ticket_and_a_payment_are_told(team: Team) -> None:
    theirs.create(team.connection, "field")
    attach_layout("field")
    team.execute(
        'INSERT INTO ticket (id, "vehiculoId", "espacioId", "fechaIngreso") VALUES '
        "(md5('new')::uuid, md5('vehiculo2')::uuid, md5('espacio5')::uuid, '2026-03-01 10:00')"
    )
    team.execute(
        "INSERT INTO detalle_pago (metodo, pago_total, \"ticketId\") VALUES ('tarjeta', 3.5, md5('new')::uuid)"
    )
    id = team.value("SELECT md5('new')::uuid::text")
    (ticket, payment) = told()
    assert ticket == (
        "new_ticket",
        {"ticket_id": id, "vehiculo": "PBA-0002", "espacio": "5", "fecha_entrada": "2026-03-01T10:00:00Z",
         "cliente": "Cliente 2"},
    )  # fmt: skip
    assert payment[0] == "payment_completed"
    assert (payment[1]["ticket_id"], payment[1]["monto"], payment[1]["metodo_pago"]) == (id, 3.5, "tarjeta")


def test_the_documented_form_is_told_with_its_numbers(team: Team) -> None:
    theirs.create(team.connection, "documented")
    attach_layout("documented")
    team.execute("UPDATE espacios SET estado = 'mantenimiento' WHERE id = 4")
    (update, *_) = told()
    assert (update[1]["espacio_id"], update[1]["numero"], update[1]["estado_actual"]) == (4, "A4", "mantenimiento")


def test_orders_and_people_of_a_repair_shop_mean_their_events(team: Team) -> None:
    theirs.create(team.connection, "repairs")
    attach_layout("repairs")
    team.execute("INSERT INTO repair_order (\"equipmentId\") VALUES (md5('equipment1')::uuid)")
    assert causes() == {"REPAIR_ORDER_CREATED"}
    team.execute("UPDATE repair_order SET status = 'DELIVERED' WHERE id = md5('order4')::uuid")
    assert causes() == {"REPAIR_ORDER_COMPLETED"}
    team.execute("DELETE FROM repair_order WHERE id = md5('order4')::uuid")
    assert causes() == {"REPAIR_ORDER_DELETED"}
    team.execute("INSERT INTO \"User\" (name, email, role) VALUES ('a', 'a@example.org', 'Technician')")
    assert causes() == {"TECHNICIAN_CREATED"}


def test_orders_of_a_marketplace_are_told_to_their_rooms_by_their_ids(team: Team) -> None:
    theirs.create(team.connection, "marketplace")
    attach_layout("marketplace")
    team.execute("UPDATE \"order\" SET status = 'shipped' WHERE id_order = 1")
    negocio = concerned()
    tellings = _tellings(kind_named("marketplace"), list(Change.objects.all()), negocio)
    updated = next(telling for telling in tellings if telling.type == "order_updated")
    seller = team.value("SELECT id_seller FROM product JOIN product_order USING (id_product) WHERE id_order = 1")
    assert updated.data["order_id"] == 1
    assert set(updated.topics) == {"room:order-1", "room:client-101", f"room:seller-{seller}"}


def test_a_statement_over_many_negocios_is_one_change_for_each(team: Team) -> None:
    theirs.create(team.connection, "citas")
    attach_layout("citas")
    team.execute("UPDATE citas SET fecha = fecha + 1")
    changes = noted()
    assert [(source, operation, count) for source, operation, count, _ in changes] == [("citas_cita", "update", 20)] * 3
    assert all(set(row["new"]) == {"estado", "fecha"} for row in changes[0][3])


def test_a_row_that_changes_its_negocio_leaves_one_and_enters_the_other(team: Team) -> None:
    theirs.create(team.connection, "citas")
    attach_layout("citas")
    team.execute(
        "UPDATE citas SET negocio_id = md5('negocio2')::uuid "
        "WHERE id = (SELECT id FROM citas WHERE negocio_id = md5('negocio1')::uuid LIMIT 1)"
    )
    ((*_, one), (*_, other)) = noted()
    assert {(one[0]["old"] is None, one[0]["new"] is None), (other[0]["old"] is None, other[0]["new"] is None)} == {
        (True, False), (False, True),
    }  # fmt: skip


@pytest.mark.parametrize("statement", ["UPDATE espacio SET estado = estado", "UPDATE vehiculo SET marca = 'Otra'"])
def test_what_is_not_read_is_no_change(team: Team, statement: str) -> None:
    theirs.create(team.connection, "field")
    attach_layout("field")
    team.execute(statement)
    assert noted() == []


def test_many_rows_are_one_change_without_keys(team: Team) -> None:
    theirs.create(team.connection, "documented")
    attach_layout("documented")
    team.execute(
        "INSERT INTO espacios (numero, estado) SELECT n, 'libre' FROM generate_series(1, %s) AS n", MOST_KEYS + 1
    )
    assert noted() == [("parking_espacio", "insert", MOST_KEYS + 1, None)]
    team.copy("espacios (numero, estado)", [("x", "libre"), ("y", "libre")])
    ((source, operation, count, rows),) = noted()
    assert (source, operation, count, len(rows)) == ("parking_espacio", "insert", 2, 2)


def test_a_truncation_is_a_change_of_all_that_was_read_from_the_table(team: Team) -> None:
    theirs.create(team.connection, "marketplace")
    attach_layout("marketplace")
    team.execute('TRUNCATE product_order, "order"')
    assert {(source, operation) for source, operation, *_ in noted()} == {
        ("marketplace_productorder", "truncate"), ("marketplace_order", "truncate"), ("marketplace_client", "truncate"),
    }  # fmt: skip


def test_what_is_rolled_back_was_no_change(team: Team) -> None:
    theirs.create(team.connection, "documented")
    attach_layout("documented")
    with team.connection.transaction(force_rollback=True):
        team.execute("DELETE FROM espacios")
    assert noted() == []


def test_another_table_that_decides_whose_a_row_is_moves_it_too(team: Team) -> None:
    theirs.create(team.connection, "repairs")
    attach_layout("repairs")
    team.execute("UPDATE equipments SET \"userId\" = md5('user2')::uuid WHERE id = md5('equipment1')::uuid")
    assert {(source, rows is None) for source, _, _, rows in noted()} == {
        ("repairs_equipment", False), (RepairOrder._meta.db_table, True),
    }  # fmt: skip


def test_a_dropped_column_fails_no_write_and_is_a_change_without_rows(team: Team) -> None:
    theirs.create(team.connection, "field")
    attach_layout("field")
    team.execute("UPDATE espacio SET estado = false WHERE numero = '7'")
    assert noted()[0][3] is not None
    team.execute("ALTER TABLE espacio DROP COLUMN numero")
    team.execute("UPDATE espacio SET estado = NOT estado")
    team.execute("INSERT INTO espacio (estado) VALUES (true)")
    assert noted() == [("parking_espacio", "update", None, None), ("parking_espacio", "insert", None, None)]


def test_a_writer_with_no_right_to_our_schema_is_noted(team: Team) -> None:
    theirs.create(team.connection, "documented")
    attach_layout("documented")
    team.execute("CREATE ROLE team_writer")
    try:
        team.execute("GRANT USAGE ON SCHEMA public TO team_writer")
        team.execute("GRANT SELECT, UPDATE ON espacios TO team_writer")
        team.execute("SET ROLE team_writer")
        team.execute("UPDATE espacios SET estado = 'libre' WHERE id = 1")
    finally:
        team.execute("RESET ROLE")
        team.execute("DROP OWNED BY team_writer")
        team.execute("DROP ROLE team_writer")
    assert [change[:3] for change in noted()] == [("parking_espacio", "update", 1)]


def test_a_negocio_of_theirs_that_is_new_is_ours_in_the_same_transaction(team: Team) -> None:
    theirs.create(team.connection, "citas")
    attach_layout("citas")
    with team.connection.transaction():
        team.execute("INSERT INTO negocios VALUES (md5('new')::uuid, md5('boss')::uuid, 'Nueva', '')")
        team.execute(
            "INSERT INTO citas (cliente_id, negocio_id, fecha, hora_inicio, hora_fin) "
            "VALUES (md5('c')::uuid, md5('new')::uuid, current_date, '10:00', '11:00')"
        )
    new = Negocio.objects.get(code=team.value("SELECT md5('new')::uuid::text"))
    boss = team.value("SELECT md5('boss')::uuid::text")
    assert (new.name, new.kind, new.external_admin_id, new.active) == ("Nueva", "citas", boss, True)
    assert AttachedNegocio.objects.get(negocio=new).made
    assert Change.objects.filter(negocio_id=new.pk, source=Cita._meta.db_table).count() == 1
    team.execute("UPDATE negocios SET nombre = 'Otra' WHERE id = md5('new')::uuid")
    new.refresh_from_db()
    assert new.name == "Otra"


def test_figures_are_asked_for_by_the_databases_clock(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a clock that is fast they would seem to wait since later, and no other worker would help out."""
    theirs.create(team.connection, "field")
    attachment = attach_layout("field")
    monkeypatch.setattr("django.utils.timezone.now", lambda: dt.datetime(2100, 1, 1, tzinfo=dt.UTC))
    ask_for_figures(attachment)
    (waiting,) = outbox.waiting()
    assert 0 <= waiting.age < 60
