"""Is the demo's lot believable, and does something happen there every time?"""

from random import Random

import pytest

from dashboards.businesses.parking.demo import DEMO, present
from dashboards.businesses.parking.kind import KIND
from dashboards.businesses.parking.models import Cliente, Espacio, Pago, Reserva, Tarifa, Ticket, Vehiculo
from dashboards.businesses.parking.tests.lot import Lot, figure


def open_tickets() -> int:
    return Ticket.objects.filter(fecha_salida__isnull=True).count()


def test_every_figure_of_the_demo_is_something(lot: Lot) -> None:
    DEMO.seed(lot.negocio, Random(1))
    now = figure("dashboard", lot.negocio, now=None)
    assert (now["total_espacios"], now["vehiculos_activos"], now["espacios_disponibles"]) == (48, 29, 17)
    assert now["dinero_recaudado_mes"] >= now["dinero_recaudado_hoy"] >= 0
    assert [each["seccion_letra"] for each in figure("espacios_por_seccion", lot.negocio)] == ["A", "B", "C"]
    assert len(figure("pagos_recientes", lot.negocio)["pagos"]) == 12


def test_the_same_chance_makes_the_same_lot(lot: Lot, other: Lot) -> None:
    def story(each: Lot) -> list[object]:
        random = Random(7)
        DEMO.seed(each.negocio, random)
        for _ in range(40):
            DEMO.step(each.negocio, random)
        opened = Ticket.objects.filter(negocio=each.negocio, fecha_salida__isnull=True).order_by("pk")
        return list(opened.values_list("espacio__numero", "vehiculo__placa"))

    assert story(lot) == story(other)


def test_every_step_moves_a_figure_and_the_lot_stays_true(lot: Lot) -> None:
    random = Random(3)
    DEMO.seed(lot.negocio, random)
    before: object = None
    reached: set[str] = set()
    for _ in range(200):
        DEMO.step(lot.negocio, random)
        sizes = {each["estado"]: each["count"] for each in figure("ocupacion", lot.negocio)["porEstado"]}
        after = (sizes, figure("dashboard", lot.negocio, now=None))
        assert after != before
        assert open_tickets() == sizes["ocupado"]
        before = after
        reached |= {estado for estado, size in sizes.items() if size}
    assert reached == set(Espacio.Estado.values)
    assert "cumplida" in set(Reserva.objects.values_list("estado", flat=True))
    assert 10 <= open_tickets() <= 46


def test_a_step_works_in_a_lot_that_somebody_emptied(lot: Lot) -> None:
    random = Random(5)
    for _ in range(60):
        DEMO.step(lot.negocio, random)
        Tarifa.objects.all().delete()
    assert Ticket.objects.exists()
    for model in (Pago, Ticket, Reserva, Vehiculo, Cliente, Espacio):
        model._default_manager.all().delete()
    for _ in range(60):
        DEMO.step(lot.negocio, random)
    assert Pago.objects.exists()


def test_the_demo_forgets_its_oldest_stay_beyond_its_bound(lot: Lot, monkeypatch: pytest.MonkeyPatch) -> None:
    random = Random(4)
    DEMO.seed(lot.negocio, random)
    before = Ticket.objects.count()
    monkeypatch.setattr(present, "MOST_KEPT", before - 5)
    for _ in range(20):
        DEMO.step(lot.negocio, random)
    assert Ticket.objects.count() <= before


def test_the_kind_offers_its_demo() -> None:
    assert KIND.demo is not None
    assert (KIND.demo.code, KIND.demo.time_zone) == ("demo-parking", "America/Guayaquil")
