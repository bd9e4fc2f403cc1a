"""Is the demo's operator believable, and does something happen there every time?"""

import time
from random import Random

import pytest

from dashboards.businesses.tourism.demo import DEMO, present
from dashboards.businesses.tourism.models import Contratacion, Recomendacion, Reserva, Usuario
from dashboards.businesses.tourism.tests.operator import Operator, figures


def test_every_figure_of_the_demo_is_something(shop: Operator) -> None:
    start = time.monotonic()
    DEMO.seed(shop.negocio, Random(1))
    assert time.monotonic() - start < 10  # 0.2 s; generous for a busy machine
    now = {name: of_negocio[shop.negocio.pk] for name, of_negocio in figures(shop.negocio, now=None).items()}
    assert now["reservas"]["pendientes"] > 3
    assert now["valoracion"]["total"] == 90
    assert 3.5 < now["valoracion"]["promedio"] < 5
    assert len(now["top_tours"]["topTours"]) == 5
    assert len(now["recientes"]["recientes"]) == 10
    assert len(now["ocupacion"]["ocupacion"]) == 7
    assert Contratacion.objects.count() == 110


def test_the_same_chance_makes_the_same_operator(shop: Operator, other: Operator) -> None:
    other.negocio.time_zone = shop.negocio.time_zone
    other.negocio.save()

    def story(each: Operator) -> list[object]:
        random = Random(7)
        DEMO.seed(each.negocio, random)
        for _ in range(40):
            DEMO.step(each.negocio, random)
        reservas = Reserva.objects.filter(negocio=each.negocio).order_by("pk")
        return list(reservas.values_list("estado", "monto", "tour__nombre", "usuario__nombre", "personas"))

    assert story(shop) == story(other)


def test_every_step_moves_a_figure_and_much_happens(shop: Operator) -> None:
    random = Random(3)
    DEMO.seed(shop.negocio, random)
    before, moved = figures(shop.negocio, now=None), set[str]()
    for _ in range(120):
        DEMO.step(shop.negocio, random)
        after = figures(shop.negocio, now=None)
        assert after != before
        moved |= {name for name in after if after[name] != before[name]}
        before = after
    assert moved == set(before)
    assert Reserva.objects.filter(estado="pendiente").count() <= present.MOST_PENDING + 1
    assert Usuario.objects.count() > 70


def test_a_step_works_at_an_operator_that_somebody_emptied(shop: Operator) -> None:
    random = Random(5)
    for _ in range(40):
        DEMO.step(shop.negocio, random)
    assert all(model._default_manager.exists() for model in (Reserva, Contratacion, Recomendacion))


def test_the_demo_forgets_its_oldest_rows_beyond_its_bound(shop: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(present, "MOST_KEPT", 30)
    DEMO.seed(shop.negocio, Random(4))
    random = Random(4)
    for _ in range(60):
        DEMO.step(shop.negocio, random)
    for model in (Reserva, Contratacion, Recomendacion):
        assert model._default_manager.count() <= 30
    assert Usuario.objects.count() == 70


def test_the_demo_stands_where_the_command_looks_for_it() -> None:
    assert (DEMO.code, DEMO.time_zone) == ("demo-tourism", "America/Guayaquil")
