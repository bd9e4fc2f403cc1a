"""Are the figures what a person with the rows before them would count?"""

import datetime as dt
import json
from typing import Any

import pytest

from dashboards.businesses.citas.kind import KIND
from dashboards.businesses.citas.models import Cita, Estacion, Servicio
from dashboards.businesses.citas.tests.shop import DAY, NOON, cita, figure, figures, shop
from dashboards.metrics import Scope, compute

pytestmark = pytest.mark.django_db
NOTHING = {"totalCitas": 0, "citasHoy": 0, "citasCompletadas": 0, "citasCanceladas": 0}


def utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def test_stats_count_by_hand() -> None:
    negocio = shop()
    for estado in Cita.Estado.values:
        cita(negocio, estado=estado)
    cita(negocio, DAY - dt.timedelta(days=1), estado="completada")
    cita(negocio, DAY + dt.timedelta(days=1), estado="cancelada")
    assert figure("stats", negocio) == {
        "totalCitas": 9, "citasHoy": 7, "citasCompletadas": 3, "citasCanceladas": 2,
    }  # fmt: skip


def test_a_negocio_without_rows_has_zeros() -> None:
    negocio = shop()
    assert figure("stats", negocio) == NOTHING
    assert [row["count"] for row in figure("por_estado", negocio)["porEstado"]] == [0] * 7
    assert figure("proximas", negocio) == {"proximas": []}
    assert figure("por_hora", negocio) == {"porHora": []}


@pytest.mark.parametrize(
    ("time_zone", "now", "today"),
    [
        ("America/Guayaquil", "2025-11-11T04:59:59", "2025-11-10"),
        ("America/Guayaquil", "2025-11-11T05:00:00", "2025-11-11"),
        ("Asia/Tokyo", "2025-11-10T14:59:59", "2025-11-10"),
        ("Asia/Tokyo", "2025-11-10T15:00:00", "2025-11-11"),
        # Madrid goes back an hour on 2025-10-26: midnight is at 22:00 UTC before and at 23:00 UTC after.
        ("Europe/Madrid", "2025-10-25T21:59:59", "2025-10-25"),
        ("Europe/Madrid", "2025-10-25T22:00:00", "2025-10-26"),
        ("Europe/Madrid", "2025-10-26T22:59:59", "2025-10-26"),
        ("Europe/Madrid", "2025-10-26T23:00:00", "2025-10-27"),
        # Santiago springs forward at midnight of 2025-09-07: the day begins at 01:00 -03, at 04:00 UTC.
        ("America/Santiago", "2025-09-07T03:59:59", "2025-09-06"),
        ("America/Santiago", "2025-09-07T04:00:00", "2025-09-07"),
    ],
)
def test_today_is_the_day_at_the_negocio(time_zone: str, now: str, today: str) -> None:
    negocio = shop(time_zone)
    day = dt.date.fromisoformat(today)
    for offset in (-1, 0, 0, 0, 1):
        cita(negocio, day + dt.timedelta(days=offset), hora="09:30")
    assert figure("stats", negocio, utc(now))["citasHoy"] == 3
    assert figure("por_hora", negocio, utc(now)) == {"porHora": [{"hora": 9, "count": 3}]}
    assert [row["fecha"] for row in figure("proximas", negocio, utc(now))["proximas"]] == [
        today, today, today, (day + dt.timedelta(days=1)).isoformat(),
    ]  # fmt: skip


def test_two_time_zones_in_one_statement_have_their_own_today() -> None:
    west, east = shop("America/Guayaquil"), shop("Asia/Tokyo")
    now = utc("2025-11-10T20:00:00")  # the 10th in Guayaquil, the 11th in Tokyo
    for negocio in (west, east):
        cita(negocio, dt.date(2025, 11, 10))
        cita(negocio, dt.date(2025, 11, 11), estado="cancelada")
        cita(negocio, dt.date(2025, 11, 11), estado="cancelada")
    stats = figures((west, east), now)["stats"]
    assert (stats[west.pk]["citasHoy"], stats[east.pk]["citasHoy"]) == (1, 2)


def test_without_a_given_now_today_is_postgresqls() -> None:
    negocio = shop("Pacific/Kiritimati")
    today = dt.datetime.now(dt.UTC).astimezone(dt.timezone(dt.timedelta(hours=14))).date()
    for offset in (-1, 0, 1):  # whichever side of midnight the test runs on, one of them is today
        cita(negocio, today + dt.timedelta(days=offset))
    assert figure("stats", negocio, now=None)["citasHoy"] == 1


@pytest.mark.parametrize("metric", KIND.metrics, ids=lambda metric: metric.name)
def test_many_negocios_are_one_statement(metric: Any, django_assert_num_queries: Any) -> None:
    negocios = [shop() for _ in range(25)]
    for size, negocio in enumerate(negocios):
        for _ in range(size % 4):
            cita(negocio, servicio=Servicio.objects.get_or_create(negocio=negocio, nombre="Corte")[0])
    with django_assert_num_queries(1):
        together = compute(metric, Scope([negocio.pk for negocio in negocios], NOON)).figures
    assert together == {negocio.pk: figure(metric.name, negocio) for negocio in negocios}


def test_figures_hold_what_json_can_say() -> None:
    negocio = shop()
    cita(negocio, hora_fin=dt.time(11), external_id="x-1", cliente_nombre="Ñ")
    everything = figures([negocio])
    assert json.loads(json.dumps(everything)) == {
        name: {str(key): value for key, value in values.items()} for name, values in everything.items()
    }


def test_por_estado_keeps_the_order_of_the_contract() -> None:
    negocio = shop()
    cita(negocio, estado="no_asistio")
    cita(negocio, estado="pendiente")
    assert [(row["estado"], row["count"]) for row in figure("por_estado", negocio)["porEstado"]] == [
        ("pendiente", 1), ("confirmada", 0), ("en_atencion", 0), ("atendida", 0), ("completada", 0),
        ("cancelada", 0), ("no_asistio", 1),
    ]  # fmt: skip


def test_proximas_are_the_soonest_open_ones() -> None:
    negocio, other = shop(), shop()
    estacion = Estacion.objects.create(negocio=negocio, nombre="Sillón 1")
    servicio = Servicio.objects.create(negocio=negocio, nombre="Corte")
    cita(negocio, DAY - dt.timedelta(days=1))
    cita(negocio, hora="08:00", estado="atendida")
    cita(other, hora="07:00")
    later = cita(negocio, DAY + dt.timedelta(days=1), "08:00")
    first = cita(
        negocio, hora="09:15", hora_fin=dt.time(9, 45), estado="en_atencion", external_id="c-7",
        cliente_nombre="Camila", estacion=estacion, servicio=servicio,
    )  # fmt: skip
    assert first.pk > later.pk
    assert figure("proximas", negocio)["proximas"] == [
        {
            "id": "c-7", "cliente": "Camila", "servicio": "Corte", "estacion": "Sillón 1",
            "fecha": "2025-11-10", "hora_inicio": "09:15:00", "hora_fin": "09:45:00", "estado": "en_atencion",
        },
        {
            "id": later.pk, "cliente": "", "servicio": None, "estacion": None,
            "fecha": "2025-11-11", "hora_inicio": "08:00:00", "hora_fin": None, "estado": "pendiente",
        },
    ]  # fmt: skip


def test_proximas_are_ten_unless_asked_otherwise() -> None:
    negocio, other = shop(), shop()
    for minute in range(15):
        cita(negocio, hora=f"10:{minute:02}")
        cita(other, hora=f"09:{minute:02}")
    assert len(figure("proximas", negocio)["proximas"]) == 10
    assert [row["hora_inicio"] for row in figure("proximas", negocio, limit=2)["proximas"]] == [
        "10:00:00", "10:01:00",
    ]  # fmt: skip


def test_por_hora_leaves_no_hour_out() -> None:
    negocio = shop()
    for hora in ("09:59", "12:00", "12:30"):
        cita(negocio, hora=hora)
    assert figure("por_hora", negocio)["porHora"] == [
        {"hora": 9, "count": 1}, {"hora": 10, "count": 0}, {"hora": 11, "count": 0}, {"hora": 12, "count": 2},
    ]  # fmt: skip
