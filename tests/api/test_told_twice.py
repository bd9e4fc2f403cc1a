"""Is what a row of ours and a POST both tell delivered once, and nothing else lost?"""

from typing import Any

import pytest

from dashboards.businesses.tourism.models import Tour
from dashboards.kinds import kind_named
from dashboards.models import Change
from notifications import journal
from notifications.models import Event, Fact
from realtime.pipeline import tellings_of
from tests.api.callers import BackEnd, back_end

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def operator() -> BackEnd:
    for model in (Event, Fact, Change):
        model.objects.all().delete()
    return back_end("viajes", "tourism")


def posted(operator: BackEnd, type: str, data: Any, **fields: Any) -> None:
    status, _ = operator.post("/notify", {"type": type, "message": "del equipo", "data": data} | fields)
    assert status == 200


def changed(operator: BackEnd) -> None:
    """The worker's part: what rows tell goes into the journal."""
    changes = list(Change.objects.filter(negocio_id=operator.negocio.pk).order_by("id"))
    journal.store(operator.negocio.pk, tellings_of(kind_named("tourism"), changes))
    Change.objects.all().delete()


def types(operator: BackEnd) -> list[str]:
    return [type for _, type, _ in operator.told()]


def test_a_row_and_a_post_tell_one_fact_in_either_order(operator: BackEnd) -> None:
    tour = Tour.objects.create(negocio=operator.negocio, nombre="Cascadas", precio=40)
    changed(operator)
    posted(operator, "tour_creado", {"tourId": tour.pk})
    posted(operator, "tour_creado", {"tourId": str(tour.pk), "nombre": "Cascadas"})
    assert types(operator) == ["tour_creado"]
    other = Tour.objects.create(negocio=operator.negocio, nombre="Termas", precio=40, external_id="t-9")
    posted(operator, "tour_creado", {"tourId": "t-9"})
    changed(operator)
    assert (types(operator), other.wire_id) == (["tour_creado", "tour_creado"], "t-9")


def test_two_updates_told_both_ways_are_two(operator: BackEnd) -> None:
    tour = Tour.objects.create(negocio=operator.negocio, nombre="Cascadas", precio=40)
    changed(operator)
    for price in (41, 42):
        Tour.objects.update(precio=price)
        changed(operator)
        posted(operator, "tour_actualizado", {"tourId": tour.pk})
    posted(operator, "tour_actualizado", {"tourId": tour.pk})
    Tour.objects.update(precio=43)
    changed(operator)
    assert types(operator) == ["tour_creado", "tour_actualizado", "tour_actualizado", "tour_actualizado"]


def test_what_names_no_fact_is_told_each_time(operator: BackEnd) -> None:
    for _ in range(2):
        posted(operator, "promocion", {"id": 1})
        posted(operator, "tour_creado", {"nombre": "sin id"})
    assert len(types(operator)) == 4


def test_a_posted_time_is_told_as_it_was_posted(operator: BackEnd) -> None:
    for timestamp in ("2025-11-10T10:30:00-05:00", "2025-11-10T15:30:00.123456789Z", "ayer", 5, None):
        posted(operator, "sistema", {}, timestamp=timestamp)
    times = [event.at.isoformat() for event in journal.number()]
    assert times[:2] == ["2025-11-10T15:30:00+00:00", "2025-11-10T15:30:00.123456+00:00"]
    stored = [at.isoformat() for at in Event.objects.order_by("id").values_list("at", flat=True)]
    assert times[2:] == stored[2:]
