"""Is what runs out told once, and does one kind's trouble hold up no other?"""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from django.db import OperationalError, connection

from dashboards.kinds import Kind, Telling, kinds
from dashboards.models import Negocio
from notifications import expiring
from notifications.models import Event

Told = Sequence[tuple[int, Telling]]
CITAS = kinds()["citas"]


@pytest.fixture
def negocio(db: None) -> Negocio:
    return Negocio.objects.create(code="uno", name="Uno", kind="citas")


def have(monkeypatch: pytest.MonkeyPatch, *expire: Callable[[dt.datetime], Told] | None) -> None:
    """There are kinds that expire like these."""
    there: dict[str, Kind] = {str(place): replace(CITAS, expire=each) for place, each in enumerate(expire)}
    monkeypatch.setattr(expiring, "kinds", lambda: there)


def test_it_is_told_once_however_often_it_is_looked_for(negocio: Negocio, monkeypatch: pytest.MonkeyPatch) -> None:
    facts = [(negocio.pk, Telling("system_alert", {}, user="u-7", key="fact/1"))]
    have(monkeypatch, None, lambda now: facts)
    assert [expiring.expire_all() for _ in range(3)] == [1, 0, 0]
    facts.append((negocio.pk, Telling("system_alert", {}, user="u-8", key="fact/2")))
    assert expiring.expire_all() == 1
    assert set(Event.objects.values_list("topic", flat=True)) == {"user:u-7", "user:u-8"}


def test_it_is_remembered_for_longer_than_people_are_told_beforehand(
    negocio: Negocio, monkeypatch: pytest.MonkeyPatch
) -> None:
    have(monkeypatch, lambda now: [(negocio.pk, Telling("system_alert", {}, user="u-7", key="fact/1"))])
    expiring.expire_all()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE facts SET expires_at = expires_at - interval '12 h'")
    assert expiring.expire_all() == 0


def test_one_kinds_trouble_holds_up_no_other(negocio: Negocio, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(now: dt.datetime) -> Told:
        Negocio.objects.filter(pk=negocio.pk).update(name="Dos")
        raise ValueError("a bad row")

    have(monkeypatch, fail, lambda now: [(negocio.pk, Telling("system_alert", {}, user="u-7", key="fact/1"))])
    assert expiring.expire_all() == 1
    negocio.refresh_from_db()
    assert negocio.name == "Uno"


def test_a_database_that_is_away_is_said_to_be(negocio: Negocio, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(now: dt.datetime) -> Told:
        raise OperationalError("gone")

    have(monkeypatch, away)
    with pytest.raises(OperationalError):
        expiring.expire_all()


def test_the_clock_is_postgresqls(negocio: Negocio, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[dt.datetime] = []

    def note(now: dt.datetime) -> Told:
        seen.append(now)
        return []

    have(monkeypatch, note)
    expiring.expire_all()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp() - %s < interval '1 min'", [seen[0]])
        assert cursor.fetchone() == (True,)
