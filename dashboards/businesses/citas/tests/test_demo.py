"""Is the demo believable, and does it go on?"""

import datetime as dt
from collections import Counter
from random import Random

import pytest

from dashboards.businesses.citas import demo
from dashboards.businesses.citas.kind import KIND
from dashboards.businesses.citas.models import Cita, Estacion, Horario, Servicio
from dashboards.businesses.citas.tests.shop import figures, shop
from dashboards.days import local_now

pytestmark = pytest.mark.django_db


def test_the_seed_has_a_past_a_today_and_a_tomorrow() -> None:
    negocio = shop("America/Guayaquil")
    demo.seed(negocio, Random(1))
    today = local_now("America/Guayaquil").date()
    days = Counter(Cita.objects.values_list("fecha", flat=True))
    assert {today, today + dt.timedelta(days=1), today - dt.timedelta(days=21)} <= days.keys()
    assert Estacion.objects.count() == 4
    assert Servicio.objects.count() == 6
    assert Horario.objects.count() == 7
    assert not Cita.objects.filter(fecha__lt=today, estado__in=demo.NEXT).exists()
    assert not Cita.objects.filter(fecha__gt=today).exclude(estado__in=["pendiente", "confirmada"]).exists()


def test_every_step_moves_a_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    negocio = shop("America/Guayaquil")
    morning = local_now(negocio.time_zone).replace(hour=10)
    monkeypatch.setattr(demo, "local_now", lambda zone: morning)
    demo.seed(negocio, Random(1))
    random, before = Random(2), figures([negocio], now=morning)
    for _ in range(120):
        demo.step(negocio, random)
        after = figures([negocio], now=morning)
        assert after != before
        before = after
    assert set(Cita.objects.values_list("estado", flat=True)) == set(Cita.Estado.values)


def test_the_demo_does_not_grow_without_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "MOST_KEPT", 20)
    negocio, random = shop(), Random(3)
    demo.seed(negocio, random)
    for _ in range(60):
        demo.step(negocio, random)
    assert Cita.objects.count() <= 20


def test_the_kind_offers_its_demo() -> None:
    assert KIND.demo is not None
    assert (KIND.demo.code, KIND.demo.time_zone) == ("demo-citas", "America/Guayaquil")
