"""Do a negocio's people hear what its admin writes?"""

import datetime as dt
from typing import Any

import pytest
from django.db import transaction

from dashboards.models import Negocio
from notifications.models import Event, Notice
from notifications.notices import announce, telling_of
from realtime import publishing
from realtime.changes.doorbell import JOURNAL_DOORBELL
from realtime.rooms import WORKERS

NIGHT = dt.datetime(2025, 11, 11, 3, tzinfo=dt.UTC)  # ten in the evening before, in Guayaquil


def a_negocio(kind: str) -> Negocio:
    return Negocio.objects.create(code=kind, name=kind, kind=kind, time_zone="America/Guayaquil")


@pytest.mark.django_db
def test_it_is_told_as_wire_md_has_it() -> None:
    notice = Notice.objects.create(
        negocio=a_negocio("parking"), level="critical", message="Ascensor en mantenimiento.", action_required=True
    )
    announce(notice)
    events = Event.objects.order_by("topic")
    assert [event.topic for event in events] == ["alerts", "events"]
    for event in events:
        assert (event.type, event.message) == ("system_alert", "Ascensor en mantenimiento.")
        assert event.data.pop("timestamp").endswith("Z")
        assert event.data == {
            "level": "critical", "message": "Ascensor en mantenimiento.", "action_required": True,
        }  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["citas", "repairs", "tourism", "marketplace", "panadería"])
def test_a_kind_without_alerts_hears_it_among_its_events(kind: str) -> None:
    assert telling_of(Notice.objects.create(negocio=a_negocio(kind), message="Hoy cerramos a las 5.")).topics == ()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("times", "ending"),
    [
        ({"starts": NIGHT, "ends": NIGHT + dt.timedelta(hours=2)}, " (desde 10/11/2025 22:00 hasta 11/11/2025 00:00)"),
        ({"starts": NIGHT}, " (desde 10/11/2025 22:00)"),
        ({"ends": NIGHT}, " (hasta 10/11/2025 22:00)"),
        ({}, ""),
    ],
)
def test_it_says_from_when_until_when_at_the_negocios_clock(times: dict[str, Any], ending: str) -> None:
    notice = Notice.objects.create(negocio=a_negocio("parking"), message="Obras", **times)
    assert telling_of(notice).message == f"Obras{ending}"


@pytest.mark.django_db(transaction=True)
def test_the_sequencer_is_rung_for_when_it_is_committed(monkeypatch: pytest.MonkeyPatch) -> None:
    rung: list[Any] = []
    monkeypatch.setattr(publishing, "send_soon", lambda group, message: rung.append((group, message)))
    with transaction.atomic():
        Notice.objects.create(negocio=a_negocio("parking"), message="Obras")
        assert (WORKERS, {"type": JOURNAL_DOORBELL}) not in rung
    assert (WORKERS, {"type": JOURNAL_DOORBELL}) in rung
