"""Are the lot's counts and sums those of the wire, and is "today" the negocio's own?"""

import datetime as dt
from typing import Any

import pytest

from dashboards.businesses.parking.kind import KIND
from dashboards.businesses.parking.tests.lot import HOUR, NOON, Lot, figure
from dashboards.metrics import Scope, compute
from dashboards.models import Negocio

EMPTY: dict[str, Any] = {
    "dashboard": {
        "espacios_disponibles": 0, "espacios_ocupados": 0, "total_espacios": 0,
        "dinero_recaudado_hoy": 0, "dinero_recaudado_mes": 0, "vehiculos_activos": 0,
    },
    "stats": {"espacios_total": 0, "espacios_libres": 0, "espacios_ocupados": 0, "ingresos_dia": 0},
    "ocupacion": {
        "porEstado": [
            {"estado": "libre", "count": 0}, {"estado": "ocupado", "count": 0},
            {"estado": "reservado", "count": 0}, {"estado": "mantenimiento", "count": 0},
        ]
    },
    "espacios_por_seccion": [],
    "espacios_disponibles": [],
    "tickets_activos": [],
    "vehiculos_dentro": {"vehiculos": []},
    "pagos_recientes": {"pagos": []},
}  # fmt: skip


def utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def test_a_lot_without_rows_has_every_figure(lot: Lot) -> None:
    assert {metric.name: figure(metric.name, lot.negocio) for metric in KIND.metrics} == EMPTY
    assert figure("dashboard", Negocio(pk=10**9)) == EMPTY["dashboard"]  # gone meanwhile
    assert figure("stats", Negocio(pk=10**9)) == EMPTY["stats"]


@pytest.mark.parametrize("metric", KIND.metrics, ids=lambda metric: metric.name)
@pytest.mark.parametrize("now", [NOON, None])
def test_one_statement_answers_for_many_negocios(
    lot: Lot, other: Lot, metric: Any, now: dt.datetime | None, django_assert_num_queries: Any
) -> None:
    for each, spaces in ((lot, 2), (other, 3)):
        each.pago(each.ticket(), fecha_pago=now or dt.datetime.now(dt.UTC))
        for _ in range(spaces):
            each.espacio(seccion=None)
    empty = Negocio.objects.create(code="vacio", name="Vacío", kind="parking")
    with django_assert_num_queries(1):
        computed = compute(metric, Scope([lot.negocio.pk, other.negocio.pk, empty.pk], now))
    assert computed.figures[empty.pk] == EMPTY[metric.name]
    for each in (lot, other):
        assert computed.figures[each.negocio.pk] == figure(metric.name, each.negocio, now) != EMPTY[metric.name]


def test_whatever_is_not_free_is_occupied(lot: Lot, other: Lot) -> None:
    for place, estado in enumerate(("libre", "ocupado", "reservado", "mantenimiento"), start=1):
        for _ in range(place):
            lot.espacio(estado=estado)
    other.espacio()
    assert figure("dashboard", lot.negocio) == EMPTY["dashboard"] | {
        "espacios_disponibles": 1, "espacios_ocupados": 9, "total_espacios": 10,
    }  # fmt: skip
    assert figure("stats", lot.negocio) == {
        "espacios_total": 10, "espacios_libres": 1, "espacios_ocupados": 9, "ingresos_dia": 0,
    }  # fmt: skip
    assert [each["count"] for each in figure("ocupacion", lot.negocio)["porEstado"]] == [1, 2, 3, 4]


def test_active_cars_are_those_with_an_open_ticket(lot: Lot, other: Lot) -> None:
    lot.ticket(), lot.ticket(), lot.ticket(fecha_salida=NOON), other.ticket()
    assert figure("dashboard", lot.negocio)["vehiculos_activos"] == 2


def test_money_is_a_number_to_the_cent(lot: Lot, other: Lot) -> None:
    ticket = lot.ticket()
    for monto in ("0.10", "0.20", "10.05"):
        lot.pago(ticket, monto)
    lot.pago(ticket, "7", fecha_pago=NOON - 24 * HOUR)
    lot.pago(ticket, "1000", fecha_pago=NOON - 24 * HOUR * 10)
    other.pago(other.ticket(), "500")
    earned = figure("dashboard", lot.negocio)
    assert (earned["dinero_recaudado_hoy"], earned["dinero_recaudado_mes"]) == (10.35, 17.35)
    assert figure("stats", lot.negocio)["ingresos_dia"] == 10.35
    whole = figure("stats", other.negocio)["ingresos_dia"]
    assert (whole, type(whole)) == (500, int)


@pytest.mark.parametrize(
    ("zone", "first", "after"),
    [
        ("America/Guayaquil", "2025-11-10T05:00:00", "2025-11-11T05:00:00"),
        ("Asia/Tokyo", "2025-11-09T15:00:00", "2025-11-10T15:00:00"),
        # Madrid goes back an hour on 2025-10-26: that day has 25 hours.
        ("Europe/Madrid", "2025-10-25T22:00:00", "2025-10-26T23:00:00"),
        # Santiago springs forward at midnight of 2025-09-07: the day begins at 01:00 and has 23 hours.
        ("America/Santiago", "2025-09-07T04:00:00", "2025-09-08T03:00:00"),
        # Havana goes back at 01:00 of 2025-11-02: the hour after midnight comes twice.
        ("America/Havana", "2025-11-02T04:00:00", "2025-11-03T05:00:00"),
    ],
)
def test_today_is_the_day_at_the_negocio(lot: Lot, zone: str, first: str, after: str) -> None:
    Negocio.objects.filter(pk=lot.negocio.pk).update(time_zone=zone)
    second, ticket = dt.timedelta(seconds=1), lot.ticket()
    begins, ends = utc(first), utc(after)
    for monto, moment in (("1", begins - second), ("2", begins), ("4", ends - second), ("8", ends)):
        lot.pago(ticket, monto, fecha_pago=moment)
    for now in (begins, begins + 12 * HOUR, ends - second):
        assert figure("stats", lot.negocio, now)["ingresos_dia"] == 6
    assert figure("stats", lot.negocio, begins - second)["ingresos_dia"] == 1
    assert figure("stats", lot.negocio, ends)["ingresos_dia"] == 8


def test_the_month_begins_at_its_first_midnight_at_the_negocio(lot: Lot) -> None:
    second, ticket = dt.timedelta(seconds=1), lot.ticket()
    begins, ends = utc("2025-10-01T05:00:00"), utc("2025-11-01T05:00:00")
    for monto, moment in (("1", begins - second), ("2", begins), ("4", ends - second), ("8", ends)):
        lot.pago(ticket, monto, fecha_pago=moment)
    for now in (begins, ends - second):
        assert figure("dashboard", lot.negocio, now)["dinero_recaudado_mes"] == 6
    assert figure("dashboard", lot.negocio, begins - second)["dinero_recaudado_mes"] == 1
    assert figure("dashboard", lot.negocio, ends)["dinero_recaudado_mes"] == 8


def test_two_time_zones_in_one_statement_have_their_own_today(lot: Lot, other: Lot) -> None:
    Negocio.objects.filter(pk=other.negocio.pk).update(time_zone="Asia/Tokyo")
    now = utc("2025-11-10T20:00:00")  # the 10th in Guayaquil, the 11th in Tokyo
    for each in (lot, other):
        ticket = each.ticket()
        each.pago(ticket, "1", fecha_pago=now - 6 * HOUR), each.pago(ticket, "2", fecha_pago=now)
    computed = compute(KIND.metric("stats"), Scope([lot.negocio.pk, other.negocio.pk], now)).figures
    assert (computed[lot.negocio.pk]["ingresos_dia"], computed[other.negocio.pk]["ingresos_dia"]) == (3, 2)


def test_without_a_given_now_it_is_postgresqls(lot: Lot) -> None:
    lot.pago(lot.ticket(), "3", fecha_pago=dt.datetime.now(dt.UTC))
    assert figure("dashboard", lot.negocio, now=None)["dinero_recaudado_mes"] == 3
