"""Are the figures right, and whose day do they count by?"""

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dashboards.businesses.tourism.kind import KIND
from dashboards.businesses.tourism.tests.operator import DAY, NOW, Operator, figure, figures

HOUR = dt.timedelta(hours=1)


def test_an_operator_without_rows_has_zeros_and_empty_lists(shop: Operator) -> None:
    now = {name: of_negocio[shop.negocio.pk] for name, of_negocio in figures(shop.negocio).items()}
    assert now == {
        "reservas": {"hoy": 0, "mes": 0, "ingresosHoy": 0, "ingresosMes": 0, "pendientes": 0},
        "contrataciones": {"hoy": 0, "mes": 0, "ingresosHoy": 0, "ingresosMes": 0},
        "valoracion": {
            "promedio": 0, "total": 0,
            "porEstrella": [{"estrellas": star, "count": 0} for star in (5, 4, 3, 2, 1)],
        },
        "top_tours": {"topTours": []},
        "recientes": {"recientes": []},
        "ocupacion": {"ocupacion": []},
    }  # fmt: skip


def test_reservas_count_by_estado_and_by_when_they_were_made(shop: Operator, other: Operator) -> None:
    tour = shop.tour()
    shop.reserva(tour, "confirmada", "100.10")
    shop.reserva(tour, "completada", "20.20", creada_en=NOW - 5 * HOUR)
    shop.reserva(tour, "pendiente", "1000")
    shop.reserva(tour, "cancelada", "1000")
    shop.reserva(tour, "confirmada", "7", creada_en=NOW - dt.timedelta(days=3))
    shop.reserva(tour, "pendiente", "1000", creada_en=NOW - dt.timedelta(days=40))
    shop.reserva(tour, "confirmada", "1000", creada_en=NOW - dt.timedelta(days=40))
    other.reserva(estado="confirmada", monto="5")
    assert figure("reservas", shop.negocio) == {
        "hoy": 3, "mes": 4, "ingresosHoy": 120.3, "ingresosMes": 127.3, "pendientes": 2,
    }  # fmt: skip
    assert figure("reservas", other.negocio) == {
        "hoy": 1, "mes": 1, "ingresosHoy": 5, "ingresosMes": 5, "pendientes": 0,
    }  # fmt: skip


@pytest.mark.parametrize("metric", ["reservas", "contrataciones"])
def test_days_and_months_begin_at_the_negocios_own_midnight(shop: Operator, other: Operator, metric: str) -> None:
    # In Guayaquil it is the evening of the 10th, in UTC, where the other one is, the first instant of the 11th.
    moments = {
        "last month": dt.datetime(2025, 11, 1, 4, 59, tzinfo=dt.UTC),
        "this month": dt.datetime(2025, 11, 1, 5, 0, tzinfo=dt.UTC),
        "yesterday": dt.datetime(2025, 11, 10, 4, 59, tzinfo=dt.UTC),
        "today": dt.datetime(2025, 11, 10, 5, 0, tzinfo=dt.UTC),
    }
    for moment in moments.values():
        for each in (shop, other):
            if metric == "reservas":
                each.reserva(creada_en=moment, monto="1")
            else:
                each.contratacion(creada_en=moment, precio="1")
    assert {"hoy": 1, "mes": 3, "ingresosHoy": 1, "ingresosMes": 3}.items() <= figure(metric, shop.negocio).items()
    assert {"hoy": 0, "mes": 4, "ingresosHoy": 0, "ingresosMes": 4}.items() <= figure(metric, other.negocio).items()


def test_contrataciones_are_summed(shop: Operator, other: Operator) -> None:
    shop.contratacion(precio="12.50"), shop.contratacion(precio="0.25", creada_en=NOW - dt.timedelta(days=2))
    shop.contratacion(precio="99", creada_en=NOW - dt.timedelta(days=30)), other.contratacion(precio="3")
    assert figure("contrataciones", shop.negocio) == {"hoy": 1, "mes": 2, "ingresosHoy": 12.5, "ingresosMes": 12.75}


def test_valoracion_has_every_star_from_five_down(shop: Operator, other: Operator) -> None:
    for stars in (5, 5, 4, 1):
        shop.recomendacion(stars)
    shop.recomendacion(5, tipo="guia"), shop.recomendacion(4), other.recomendacion(2)
    assert figure("valoracion", shop.negocio) == {
        "promedio": 4,
        "total": 6,
        "porEstrella": [
            {"estrellas": 5, "count": 3},
            {"estrellas": 4, "count": 2},
            {"estrellas": 3, "count": 0},
            {"estrellas": 2, "count": 0},
            {"estrellas": 1, "count": 1},
        ],
    }
    shop.recomendacion(3)
    assert figure("valoracion", shop.negocio)["promedio"] == 3.86


def test_tours_rank_by_reservas_then_income_then_name(shop: Operator, other: Operator) -> None:
    plan = {
        "F one": ["confirmada:500.25"],
        "E two": ["confirmada:1", "completada:1"],
        "D two": ["confirmada:2", "pendiente:99"],
        "C two rich": ["confirmada:4", "confirmada:5.55"],
        "B three": ["pendiente:1", "pendiente:1", "pendiente:1"],
        "A cancelled": ["cancelada:9"] * 4,
        "G none": [],
    }
    for nombre, sold in plan.items():
        tour = shop.tour(nombre, external_id=f"t-{nombre[0]}")
        for each in sold:
            shop.reserva(tour, *each.split(":"))
    other.reserva(other.tour("Z"), monto="1")
    ranked = [
        {"id": "t-B", "nombre": "B three", "reservas": 3, "ingresos": 0},
        {"id": "t-C", "nombre": "C two rich", "reservas": 2, "ingresos": 9.55},
        {"id": "t-D", "nombre": "D two", "reservas": 2, "ingresos": 2},
        {"id": "t-E", "nombre": "E two", "reservas": 2, "ingresos": 2},
        {"id": "t-F", "nombre": "F one", "reservas": 1, "ingresos": 500.25},
    ]
    assert figure("top_tours", shop.negocio) == {"topTours": ranked}
    assert figure("top_tours", shop.negocio, limit=2) == {"topTours": ranked[:2]}


def test_a_recent_reserva_says_who_goes_where_and_when(shop: Operator) -> None:
    shop.reserva(
        shop.tour("Mindo"), "pendiente", "108", usuario=shop.usuario("Ana"), personas=2, external_id="r-9",
        fecha=dt.date(2025, 12, 1),
    )  # fmt: skip
    assert figure("recientes", shop.negocio) == {
        "recientes": [
            {
                "id": "r-9",
                "tour": "Mindo",
                "usuario": "Ana",
                "fecha": "2025-12-01",
                "personas": 2,
                "monto": 108,
                "estado": "pendiente",
                "creadaEn": "2025-11-11T00:00:00Z",
            }
        ]
    }


def test_the_ten_newest_come_newest_first_of_one_moment_the_later_row_first(shop: Operator, other: Operator) -> None:
    tour = shop.tour()
    shop.reserva(tour, creada_en=NOW - HOUR)
    same = [shop.reserva(tour) for _ in range(9)]
    newest = shop.reserva(tour, creada_en=NOW + HOUR)
    other.reserva(creada_en=NOW + 2 * HOUR)
    expected = [row.pk for row in (newest, *reversed(same))]
    assert _ids(figure("recientes", shop.negocio)) == expected
    assert _ids(figure("recientes", shop.negocio, limit=3)) == expected[:3]
    (first, *_) = figure("recientes", shop.negocio)["recientes"]
    assert first["usuario"] == ""


def test_ocupacion_has_today_and_the_six_days_after_it(shop: Operator, other: Operator) -> None:
    tour = shop.tour()
    for days, personas, estado in ((-1, 9, "confirmada"), (0, 2, "completada"), (0, 3, "pendiente"),
                                   (2, 4, "confirmada"), (2, 8, "cancelada"), (6, 1, "confirmada"),
                                   (7, 9, "confirmada")):  # fmt: skip
        shop.reserva(tour, estado, personas=personas, fecha=DAY + dt.timedelta(days=days))
    other.reserva(fecha=DAY)  # where it is already the next day
    assert figure("ocupacion", shop.negocio) == {
        "ocupacion": [
            {"fecha": "2025-11-10", "reservas": 2, "personas": 5},
            {"fecha": "2025-11-11", "reservas": 0, "personas": 0},
            {"fecha": "2025-11-12", "reservas": 1, "personas": 4},
            {"fecha": "2025-11-13", "reservas": 0, "personas": 0},
            {"fecha": "2025-11-14", "reservas": 0, "personas": 0},
            {"fecha": "2025-11-15", "reservas": 0, "personas": 0},
            {"fecha": "2025-11-16", "reservas": 1, "personas": 1},
        ]
    }
    assert figure("ocupacion", other.negocio) == {"ocupacion": []}


def test_many_negocios_cost_one_statement_a_metric(shop: Operator, other: Operator) -> None:
    with CaptureQueriesContext(connection) as queries:
        figures(shop.negocio, other.negocio, now=None)
    assert len(queries) == len(KIND.metrics)


def _ids(recent: Any) -> list[Any]:
    return [entry["id"] for entry in recent["recientes"]]
