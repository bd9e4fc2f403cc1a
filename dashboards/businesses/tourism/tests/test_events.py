"""Which row changes does a tour operator tell people about, and as what? Frames and data are literal."""

import datetime as dt
from collections.abc import Callable
from itertools import groupby
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.models import Model
from django.test.utils import CaptureQueriesContext

from dashboards.businesses.tourism.events import AGAIN_AND_AGAIN, EVENTS, ID_KEYS, STATES, fact_key
from dashboards.businesses.tourism.models import Reserva, Tour, Usuario
from dashboards.businesses.tourism.sessions import TYPE
from dashboards.businesses.tourism.tests.operator import Operator
from dashboards.kinds import RowChange, Telling
from dashboards.models import Change, Negocio
from dashboards.triggers import WatchTable


def told(negocio: Negocio) -> list[Telling]:
    """What people are told of the changes since the last call, in their order."""
    changes = Change.objects.filter(negocio_id=negocio.pk).order_by("pk")
    tellings = [telling for change in changes for rule in EVENTS for telling in _told_by(rule, change)]
    Change.objects.all().delete()
    return tellings


def _told_by(rule: Any, change: Change) -> list[Telling]:
    if (rule.model._meta.db_table, rule.operation) != (change.source, change.operation):
        return []
    rows = [RowChange(**row) for row in change.rows or () if rule.when(row["old"], row["new"])]
    return rule.tell(rows) if rows else []


def types(tellings: list[Telling]) -> list[str]:
    return [telling.type for telling in tellings]


@pytest.fixture
def booked(shop: Operator) -> Reserva:
    tour = shop.tour("Cascadas", external_id="t-7", precio="38")
    reserva = shop.reserva(tour, "pendiente", "76.50", usuario=shop.usuario("Ana Lara"), external_id="r-1", personas=2)
    Change.objects.all().delete()
    return reserva


def test_a_new_reserva_is_told_as_the_wire_has_it(shop: Operator, other: Operator) -> None:
    ana, tour = shop.usuario("Ana Lara", external_id="u-3"), shop.tour("Cascadas", external_id="t-7")
    told(shop.negocio)
    shop.reserva(tour, "pendiente", "76.50", usuario=ana, external_id="r-1", personas=2)
    assert told(shop.negocio) == [
        Telling(
            "reserva_creada",
            {
                "reservaId": "r-1",
                "tourId": "t-7",
                "tourNombre": "Cascadas",
                "usuarioId": "u-3",
                "usuarioNombre": "Ana Lara",
                "fecha": "2025-11-10",
                "personas": 2,
                "monto": 76.5,
            },
            "Ana Lara reservó Cascadas para 2 personas, el 10/11/2025.",
            key="reserva_creada/r-1",
        )
    ]
    assert told(other.negocio) == []


def test_rows_without_external_ids_are_told_by_their_keys(shop: Operator) -> None:
    ana, tour = shop.usuario(), shop.tour()
    told(shop.negocio)
    row = shop.reserva(tour, usuario=ana, monto="50.00")
    (telling,) = told(shop.negocio)
    assert telling.data["reservaId"] == row.pk
    assert (telling.data["tourId"], telling.data["usuarioId"]) == (tour.pk, ana.pk)
    assert (telling.data["monto"], type(telling.data["monto"])) == (50, int)
    assert telling.key == f"reserva_creada/{row.pk}"


def test_a_reserva_of_nobody_is_told_too(shop: Operator) -> None:
    tour = shop.tour()
    told(shop.negocio)
    shop.reserva(tour)
    (telling,) = told(shop.negocio)
    assert (telling.data["usuarioId"], telling.data["usuarioNombre"]) == (None, "")
    assert telling.message == "Alguien reservó Cascadas para 1 persona, el 10/11/2025."


def test_a_row_that_is_gone_by_the_time_it_is_told_has_lost_the_names_only(shop: Operator) -> None:
    tour = shop.tour(external_id="t-7")
    told(shop.negocio)
    shop.reserva(tour, external_id="r-1")
    waiting = list(Change.objects.order_by("pk"))
    Reserva.objects.all().delete()
    Tour.objects.all().delete()
    ((telling,),) = [tellings for rule in EVENTS if (tellings := _told_by(rule, waiting[0]))]
    assert telling.data["reservaId"] == "r-1"
    assert (telling.data["tourId"], telling.data["tourNombre"]) == (tour.pk, "")


MADE: tuple[tuple[Callable[[Operator], Any], str, dict[str, Any], str], ...] = (
    (
        lambda shop: shop.usuario("Ana Lara", external_id="u-3", email="ana@example.com"),
        "usuario_registrado",
        {"userId": "u-3", "nombre": "Ana Lara", "email": "ana@example.com", "rol": "cliente"},
        "Ana Lara se registró.",
    ),
    (
        lambda shop: shop.contratacion(
            shop.servicio("Traslado", external_id="s-2"), "18.00", external_id="c-5",
            usuario=shop.usuario("Ana Lara", external_id="u-3"),
        ),
        "servicio_contratado",
        {
            "contratacionId": "c-5", "servicioId": "s-2", "servicioNombre": "Traslado",
            "usuarioId": "u-3", "usuarioNombre": "Ana Lara", "precio": 18,
        },
        "Ana Lara contrató Traslado por $18.00.",
    ),
    (
        lambda shop: shop.recomendacion(
            4, "Muy bueno", external_id="x-8", usuario=shop.usuario("Ana Lara", external_id="u-3"),
            tipo="destino", referencia="Baños",
        ),
        "recomendacion_creada",
        {
            "recomendacionId": "x-8", "titulo": "Muy bueno", "usuarioId": "u-3", "usuarioNombre": "Ana Lara",
            "calificacion": 4, "tipoRecomendacion": "destino", "nombreReferencia": "Baños",
        },
        "Ana Lara dio 4 estrellas a Baños: «Muy bueno».",
    ),
    (
        lambda shop: shop.tour("Cascadas", external_id="t-7", destino=shop.destino("Baños"), precio="38.50"),
        "tour_creado",
        {"tourId": "t-7", "nombre": "Cascadas", "destino": "Baños", "precio": 38.5},
        "Nuevo tour: Cascadas.",
    ),
    (
        lambda shop: shop.servicio("Traslado", external_id="s-2", tipo="transporte", precio="18"),
        "servicio_creado",
        {"servicioId": "s-2", "nombre": "Traslado", "tipo": "transporte", "precio": 18},
        "Nuevo servicio: Traslado.",
    ),
    (
        lambda shop: shop.destino("Baños", external_id="d-4"),
        "destino_creado",
        {"destinoId": "d-4", "nombre": "Baños", "pais": "Ecuador", "estado": "activo"},
        "Nuevo destino: Baños.",
    ),
    (
        lambda shop: shop.guia("Hugo", external_id="g-6", especialidad="Aves", idiomas=["español", "inglés"]),
        "guia_creado",
        {"guiaId": "g-6", "nombre": "Hugo", "especialidad": "Aves", "idiomas": ["español", "inglés"]},
        "Hugo es guía desde ahora.",
    ),
)  # fmt: skip


@pytest.mark.parametrize(("make", "type", "data", "message"), MADE, ids=[type for _, type, _, _ in MADE])
def test_what_is_new_is_told_as_the_wire_has_it(
    shop: Operator, make: Callable[[Operator], Any], type: str, data: dict[str, Any], message: str
) -> None:
    row = make(shop)
    *_, telling = told(shop.negocio)
    assert telling == Telling(type, data, message, key=f"{type}/{row.external_id}")


CATALOGUE: tuple[tuple[str, Callable[[Operator], Any], dict[str, Any]], ...] = (
    ("tour", lambda shop: shop.tour("Cascadas"), {"precio": "40"}),
    ("servicio", lambda shop: shop.servicio("Traslado"), {"tipo": "lancha"}),
    ("destino", lambda shop: shop.destino("Baños"), {"descripcion": "Termas"}),
    ("guia", lambda shop: shop.guia("Hugo"), {"idiomas": ["quichua"]}),
)


@pytest.mark.parametrize(("what", "make", "values"), CATALOGUE, ids=[what for what, _, _ in CATALOGUE])
def test_what_is_offered_is_told_when_it_changes_moves_or_goes(
    shop: Operator, other: Operator, what: str, make: Callable[[Operator], Any], values: dict[str, Any]
) -> None:
    row = make(shop)
    rows = type(row)._default_manager.filter(pk=row.pk)
    created = told(shop.negocio)[0].data
    rows.update(**values)
    (changed,) = told(shop.negocio)
    assert (changed.type, changed.key) == (f"{what}_actualizado", f"{what}_actualizado/{row.pk}")
    assert changed.recurs
    assert changed.data.keys() == created.keys()
    rows.update(negocio=other.negocio)
    here, there = Change.objects.filter(negocio_id=shop.negocio.pk), Change.objects.exclude(negocio_id=shop.negocio.pk)
    tellings = {
        id: [telling for change in changes for rule in EVENTS for telling in _told_by(rule, change)]
        for id, changes in (("here", here), ("there", there))
    }
    assert {id: types(each) for id, each in tellings.items()} == {
        "here": [f"{what}_eliminado"], "there": [f"{what}_creado"],
    }  # fmt: skip
    Change.objects.all().delete()
    rows.delete()
    (gone,) = told(other.negocio)
    assert (gone.type, gone.data) == (f"{what}_eliminado", changed.data)
    assert gone.key == f"{what}_eliminado/{row.pk}"


@pytest.mark.parametrize(
    ("values", "type"),
    [
        ({"estado": "confirmada"}, "reserva_actualizada"),
        ({"personas": 3}, "reserva_actualizada"),
        ({"fecha": "2025-12-24"}, "reserva_actualizada"),
        ({"estado": "cancelada", "personas": 3}, "reserva_cancelada"),
        ({"usuario": None}, ""),
        ({"external_id": "r-2"}, ""),
        ({"estado": "pendiente"}, ""),
    ],
)
def test_a_reserva_that_changes_is_told_as_what_became_of_it(
    shop: Operator, booked: Reserva, values: dict[str, Any], type: str
) -> None:
    Reserva.objects.update(**values)
    assert types(told(shop.negocio)) == ([type] if type else [])


def test_an_updated_and_a_cancelled_reserva_say_all_of_it(shop: Operator, booked: Reserva) -> None:
    usuario = booked.usuario
    assert usuario is not None
    data = {
        "reservaId": "r-1", "tourId": "t-7", "tourNombre": "Cascadas", "usuarioId": usuario.pk,
        "usuarioNombre": "Ana Lara", "fecha": "2025-11-10", "personas": 2, "monto": 76.5,
    }  # fmt: skip
    Reserva.objects.update(estado="confirmada")
    message = "La reserva de Ana Lara cambió: Cascadas, 10/11/2025, 2 personas, confirmada."
    key = "reserva_actualizada/r-1"
    assert told(shop.negocio) == [Telling("reserva_actualizada", data, message, key=key, recurs=True)]
    Reserva.objects.update(estado="cancelada")
    message = "Se canceló la reserva de Ana Lara: Cascadas, 10/11/2025, 2 personas."
    assert told(shop.negocio) == [Telling("reserva_cancelada", data, message, key="reserva_cancelada/r-1")]
    Reserva.objects.update(monto=1)
    assert types(told(shop.negocio)) == ["reserva_actualizada"]


@pytest.mark.parametrize(
    ("estado", "expected"),
    [
        ("pendiente", ["reserva_cancelada"]),
        ("confirmada", ["reserva_cancelada"]),
        ("completada", []),
        ("cancelada", []),
    ],
)
def test_a_deleted_reserva_is_a_cancelled_one_if_its_trip_was_ahead(
    shop: Operator, booked: Reserva, estado: str, expected: list[str]
) -> None:
    Reserva.objects.update(estado=estado)
    told(shop.negocio)
    booked.delete()
    assert types(told(shop.negocio)) == expected


def test_who_leaves_takes_no_reserva_along(shop: Operator, booked: Reserva) -> None:
    Usuario.objects.all().delete()
    assert told(shop.negocio) == []


def test_many_rows_of_one_statement_are_told_in_order_with_two_look_ups(shop: Operator) -> None:
    tours, users = [shop.tour(str(n)) for n in range(3)], [shop.usuario(str(n)) for n in range(3)]
    Change.objects.all().delete()
    Reserva.objects.bulk_create(
        Reserva(
            negocio=shop.negocio,
            tour=tours[n % 3],
            usuario=users[n % 2],
            fecha=dt.date(2025, 11, 1 + n),
            external_id=f"r-{n}",
        )
        for n in range(20)
    )
    change = Change.objects.get()
    (rule,) = [rule for rule in EVENTS if (rule.model, rule.operation) == (Reserva, "insert")]
    with CaptureQueriesContext(connection) as queries:
        tellings = _told_by(rule, change)
    assert len(queries) == 2
    assert [telling.data["reservaId"] for telling in tellings] == [f"r-{n}" for n in range(20)]
    assert [telling.data["tourNombre"] for telling in tellings] == [str(n % 3) for n in range(20)]


def test_braces_in_what_people_wrote_are_only_text(shop: Operator) -> None:
    shop.tour("{nombre} {0} %s")
    (telling,) = told(shop.negocio)
    assert telling.message == "Nuevo tour: {nombre} {0} %s."


def test_one_change_is_never_two_events() -> None:
    states: list[Any] = [None, *({"estado": estado, **dict.fromkeys(BOOKED, 1)} for estado in Reserva.Estado.values)]
    by_model = groupby(sorted(EVENTS, key=_name), key=_name)
    for _, rules in ((name, list(rules)) for name, rules in by_model):
        for operation in ("insert", "update", "delete"):
            for old, new in ((old, new) for old in states for new in states if old or new):
                told_by = [rule for rule in rules if rule.operation == operation and rule.when(old, new)]
                assert len({rule.event for rule in told_by}) == len(told_by) <= 1


BOOKED = ("tour_id", "fecha", "personas", "monto")


def _name(rule: Any) -> str:
    return str(rule.model.__name__)


def test_each_type_has_an_id_key_and_names_its_facts() -> None:
    assert {rule.event for rule in EVENTS} | {TYPE} == set(ID_KEYS)
    assert set(ID_KEYS) >= AGAIN_AND_AGAIN
    assert fact_key("reserva_creada", {"reservaId": 17}) == fact_key("reserva_creada", {"reservaId": "17"})
    assert fact_key("reserva_creada", {"reservaId": 17}) == "reserva_creada/17"
    for data in ({}, {"reservaId": None}, {"reservaId": ""}, {"reservaId": [1]}, {"reservaId": True}):
        assert fact_key("reserva_creada", data) == ""
    assert fact_key("promocion", {"id": 1, "": 2}) == ""


def test_the_triggers_keep_the_columns_that_the_rules_read() -> None:
    migrations = MigrationLoader(None, ignore_no_migrations=True).disk_migrations
    watched: dict[type[Model], tuple[str, ...]] = {}
    for (app, _), migration in sorted(migrations.items()):
        for operation in migration.operations:
            if app == "tourism" and isinstance(operation, WatchTable):
                watched[apps.get_model("tourism", operation.model)] = operation.states
    assert watched == STATES
