"""What is told of a parking lot, to the letter of wire.md, and to whom?"""

import datetime as dt
from collections.abc import Sequence
from functools import partial
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from dashboards.businesses.parking.events import (
    EVENTS,
    STATES,
    tell_confirmations,
    tell_espacios,
    tell_payment_updates,
    tell_payments,
    tell_tickets,
)
from dashboards.businesses.parking.kind import KIND
from dashboards.businesses.parking.models import Espacio, Pago, Reserva, Ticket
from dashboards.businesses.parking.tests.lot import HOUR, NOON, Lot
from dashboards.kinds import RowChange, Telling
from dashboards.models import Change, Negocio
from dashboards.triggers import WatchTable

UUID = "7f0c1c1e-8f0e-4d0c-9a55-0a6f3f6f1b11"
MOMENT = "2025-11-10T17:00:00Z"


def clock() -> dt.datetime:
    return NOON


def moved(espacio: Espacio, old: str, new: str) -> RowChange:
    state = {"external_id": espacio.external_id, "numero": espacio.numero}
    return RowChange(espacio.pk, state | {"estado": old}, state | {"estado": new})


def told(negocio: Negocio) -> list[Telling]:
    """What the changes since the last call tell, in their order, as the pipeline asks for it."""
    tellings: list[Telling] = []
    changes = Change.objects.filter(negocio_id=negocio.pk).order_by("pk")
    for change in changes:
        for rule in KIND.events:
            if (rule.model._meta.db_table, rule.operation) == (change.source, change.operation) and rule.tell:
                rows = [row for row in change.rows or () if rule.when(row["old"], row["new"])]
                tellings += rule.tell([RowChange(**row) for row in rows]) if rows else ()
    changes.delete()
    return tellings


def test_a_space_that_is_taken_is_told_in_both_forms(lot: Lot) -> None:
    espacio = lot.espacio("A7", "ocupado")
    lot.ticket(espacio, lot.vehiculo("PBX-1234", cliente=lot.cliente("Ana Torres")), fecha_ingreso=NOON - HOUR)
    assert tell_espacios([moved(espacio, "libre", "ocupado")], clock) == [
        Telling(
            "parking_update",
            {
                "espacio_id": espacio.pk, "numero": "A7", "estado_anterior": "libre", "estado_actual": "ocupado",
                "timestamp": MOMENT, "vehiculo": {"placa": "PBX-1234", "cliente": "Ana Torres"},
            },
            topics=("parking",),
        ),
        Telling(
            "espacio_ocupado",
            {
                "espacio_id": espacio.pk, "numero": "A7", "vehiculo_placa": "PBX-1234",
                "hora_ingreso": "2025-11-10T16:00:00Z",
            },
            topics=("parking",),
        ),
    ]  # fmt: skip


def test_a_space_that_is_left_is_told_with_what_was_paid(lot: Lot) -> None:
    espacio = lot.espacio("A7", external_id=UUID)
    before = lot.ticket(espacio, fecha_ingreso=NOON - 9 * HOUR, fecha_salida=NOON - 8 * HOUR)
    ticket = lot.ticket(espacio, fecha_ingreso=NOON - 2 * HOUR, fecha_salida=NOON - HOUR)
    lot.pago(ticket, "1.50"), lot.pago(ticket, "0.75"), lot.pago(before, "99")
    assert [(each.type, each.data) for each in tell_espacios([moved(espacio, "ocupado", "libre")], clock)] == [
        (
            "parking_update",
            {
                "espacio_id": UUID, "numero": "A7", "estado_anterior": "ocupado", "estado_actual": "libre",
                "timestamp": MOMENT, "vehiculo": None,
            },
        ),
        (
            "espacio_liberado",
            {"espacio_id": UUID, "numero": "A7", "monto_pagado": 2.25, "hora_salida": "2025-11-10T16:00:00Z"},
        ),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "types"),
    [
        ("libre", "ocupado", ["espacio_ocupado"]),
        ("libre", "reservado", ["espacio_ocupado"]),
        ("libre", "mantenimiento", ["espacio_ocupado"]),
        ("reservado", "ocupado", ["espacio_ocupado"]),
        ("ocupado", "mantenimiento", []),
        ("reservado", "mantenimiento", []),
        ("ocupado", "libre", ["espacio_liberado"]),
        ("reservado", "libre", ["espacio_liberado"]),
        ("mantenimiento", "libre", ["espacio_liberado"]),
    ],
)
def test_the_field_form_knows_free_and_not_free(lot: Lot, old: str, new: str, types: list[str]) -> None:
    tellings = tell_espacios([moved(lot.espacio(), old, new)], clock)
    assert [each.type for each in tellings] == ["parking_update", *types]


def test_without_a_ticket_nobody_is_named_and_nothing_was_paid(lot: Lot) -> None:
    espacio = lot.espacio("1")
    lot.pago(lot.ticket(espacio, fecha_salida=NOON), "5")
    named = {"espacio_id": espacio.pk, "numero": "1"}
    update, kept = tell_espacios([moved(espacio, "libre", "reservado")], clock)
    assert update.data["vehiculo"] is None
    assert kept.data == named | {"vehiculo_placa": "", "hora_ingreso": MOMENT}
    _, left = tell_espacios([moved(espacio, "reservado", "libre")], clock)
    assert left.data == named | {"monto_pagado": 0, "hora_salida": MOMENT}


def test_a_car_of_nobody_known_has_no_client(lot: Lot) -> None:
    espacio = lot.espacio()
    lot.ticket(espacio, lot.vehiculo("GAA-0001"))
    update, _ = tell_espacios([moved(espacio, "libre", "ocupado")], clock)
    assert update.data["vehiculo"] == {"placa": "GAA-0001", "cliente": ""}


def test_a_space_that_is_gone_by_then_is_told_all_the_same(lot: Lot) -> None:
    espacio = lot.espacio("9")
    change = moved(espacio, "libre", "ocupado")
    espacio.delete()
    assert [each.type for each in tell_espacios([change], clock)] == ["parking_update", "espacio_ocupado"]


def test_many_spaces_are_told_in_few_statements(lot: Lot, django_assert_num_queries: Any) -> None:
    espacios = [lot.espacio() for _ in range(30)]
    for espacio in espacios:
        lot.ticket(espacio, lot.vehiculo(cliente=lot.cliente()))
    with django_assert_num_queries(1):
        assert len(tell_espacios([moved(each, "libre", "ocupado") for each in espacios], clock)) == 60


def test_a_new_ticket_is_told_to_the_letter(lot: Lot) -> None:
    car = lot.vehiculo("PBX-1234", cliente=lot.cliente("Ana Torres"))
    ticket = lot.ticket(lot.espacio("A7"), car, fecha_ingreso=NOON)
    row = {
        "external_id": None, "espacio_id": ticket.espacio_id, "vehiculo_id": car.pk, "fecha_salida": None,
        "fecha_ingreso": "2025-11-10T12:00:00.25-05:00",
    }  # fmt: skip
    assert tell_tickets([RowChange(ticket.pk, None, row)]) == [
        Telling(
            "new_ticket",
            {
                "ticket_id": ticket.pk, "vehiculo": "PBX-1234", "espacio": "A7",
                "fecha_entrada": "2025-11-10T17:00:00.250000Z", "cliente": "Ana Torres",
            },
            topics=("tickets",), key=f"parking_ticket/{ticket.pk}/new_ticket",
        )
    ]  # fmt: skip


def test_a_payment_is_told_to_the_letter(lot: Lot) -> None:
    ticket = lot.ticket(external_id=UUID)
    pago = lot.pago(ticket, "15.50")
    row = {"ticket_id": ticket.pk, "metodo": "tarjeta", "monto": 15.5, "fecha_pago": "2025-11-10T17:00:00+00:00"}
    assert tell_payments([RowChange(pago.pk, None, row)]) == [
        Telling(
            "payment_completed",
            {"ticket_id": UUID, "monto": 15.5, "metodo_pago": "tarjeta", "fecha_pago": MOMENT},
            topics=("payments",), key=f"parking_pago/{pago.pk}/payment_completed",
        )
    ]  # fmt: skip
    (gone,) = tell_payments([RowChange(7, None, row | {"ticket_id": 12345678, "monto": 3})])
    assert (gone.data["ticket_id"], gone.data["monto"]) == (12345678, 3)


def test_a_corrected_payment_is_told_to_who_paid_only(lot: Lot) -> None:
    mine = lot.ticket(vehiculo=lot.vehiculo(cliente=lot.cliente(usuario_id="u-7")), external_id="88")
    others = [lot.ticket(), lot.ticket(vehiculo=lot.vehiculo(cliente=lot.cliente()))]
    rows = [{"ticket_id": ticket.pk, "metodo": "efectivo", "monto": 2.5} for ticket in (mine, *others)]
    changes = [RowChange(place, {}, row) for place, row in enumerate(rows)]
    message = "El pago de su ticket 88 se actualizó: $2,50."
    assert tell_payment_updates(changes, clock) == [
        Telling(
            "system_alert",
            {"level": "info", "message": message, "timestamp": MOMENT, "action_required": False},
            message=message, user="u-7",
        )
    ]  # fmt: skip


def test_a_confirmed_reservation_is_told_to_who_reserved_only(lot: Lot) -> None:
    reserva = lot.reserva("confirmada", espacio=lot.espacio("A7"), cliente=lot.cliente(usuario_id="u-7"))
    unknown = lot.reserva("confirmada")
    message = "Su reserva del espacio A7 está confirmada: 10/11/2025 a las 12:00."  # in Guayaquil
    changes = [RowChange(each.pk, {"estado": "pendiente"}, {"estado": "confirmada"}) for each in (reserva, unknown)]
    assert tell_confirmations(changes, clock) == [
        Telling(
            "system_alert",
            {"level": "info", "message": message, "timestamp": MOMENT, "action_required": False},
            message=message, user="u-7", key=f"parking_reserva/{reserva.pk}/confirmada",
        )
    ]  # fmt: skip


def types(tellings: Sequence[Telling]) -> list[str]:
    return [each.type for each in tellings]


def test_every_write_tells_what_the_wire_says_and_no_more(lot: Lot, other: Lot) -> None:
    tell = partial(told, lot.negocio)
    espacio, car = lot.espacio("A1"), lot.vehiculo("PBX-1234", cliente=lot.cliente("Ana", usuario_id="u-1"))
    assert types(tell()) == []
    ticket = lot.ticket(espacio, car)
    assert types(tell()) == ["new_ticket"]
    Espacio.objects.filter(pk=espacio.pk).update(estado="ocupado")
    update, taken = tell()
    assert (update.data["estado_actual"], taken.data["vehiculo_placa"]) == ("ocupado", "PBX-1234")
    Espacio.objects.filter(pk=espacio.pk).update(numero="A2")
    Ticket.objects.update(fecha_salida=NOON)
    assert tell() == []
    pago = lot.pago(ticket, "2.50")
    (paid,) = tell()
    assert paid.data == {"ticket_id": ticket.pk, "monto": 2.5, "metodo_pago": "efectivo", "fecha_pago": MOMENT}
    Pago.objects.filter(pk=pago.pk).update(external_id="x")
    assert tell() == []
    Pago.objects.update(monto="3")
    assert [(each.type, each.user) for each in tell()] == [("system_alert", "u-1")]
    reserva = lot.reserva(cliente=car.cliente)
    assert tell() == []
    for estado, size in (("confirmada", 1), ("confirmada", 0), ("cumplida", 0), ("confirmada", 1), ("vencida", 0)):
        Reserva.objects.filter(pk=reserva.pk).update(estado=estado)
        assert types(tell()) == ["system_alert"] * size
    lot.reserva("confirmada", cliente=car.cliente)
    assert types(tell()) == ["system_alert"]
    lot.ticket(fecha_salida=NOON)  # an old one that is entered later
    assert tell() == []
    for model in (Reserva, Pago, Ticket, Espacio):
        model._default_manager.all().delete()
    assert tell() == []
    assert told(other.negocio) == []


def test_a_row_that_changes_hands_is_no_change_of_state(lot: Lot, other: Lot) -> None:
    espacio = lot.espacio()
    Espacio.objects.filter(pk=espacio.pk).update(negocio=other.negocio, estado="ocupado")
    assert told(lot.negocio) == told(other.negocio) == []


def test_a_writer_in_another_time_zone_tells_the_same_moment(lot: Lot) -> None:
    espacio, car = lot.espacio(), lot.vehiculo()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL TimeZone = 'Asia/Kathmandu'")
        cursor.execute(
            "INSERT INTO parking_ticket (negocio_id, espacio_id, vehiculo_id, fecha_ingreso) VALUES (%s, %s, %s, %s)",
            [lot.negocio.pk, espacio.pk, car.pk, NOON],
        )
    (ticket,) = told(lot.negocio)
    assert ticket.data["fecha_entrada"] == MOMENT


def test_what_is_told_in_topics_goes_to_topics_that_the_kind_has() -> None:
    assert {rule.event for rule in EVENTS} == {
        "parking_update", "new_ticket", "payment_completed", "payment_updated", "reservation_confirmed",
    }  # fmt: skip
    assert [(topic.name, topic.state, topic.public) for topic in KIND.topics] == [
        ("stats", True, False), ("plano", True, False), ("parking", False, False), ("tickets", False, False),
        ("payments", False, False), ("alerts", False, False), ("events", False, False), ("user", False, True),
    ]  # fmt: skip


def test_the_triggers_keep_the_columns_that_the_rules_read() -> None:
    migrations = MigrationLoader(None, ignore_no_migrations=True).disk_migrations
    watched: dict[Any, tuple[str, ...]] = {}
    for (app, _), migration in sorted(migrations.items()):
        for operation in migration.operations:
            if app == "parking" and isinstance(operation, WatchTable):
                watched[apps.get_model("parking", operation.model)] = operation.states
    assert {model: states for model, states in watched.items() if states} == STATES
    assert set(watched) == {model for model, names in KIND.moves.items() if names} | set(STATES)
