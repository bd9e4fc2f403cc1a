"""Is every change taken once, by one worker at a time, and kept until it is done with?"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, connections, transaction

from dashboards.businesses.citas.models import Servicio
from dashboards.models import Change, Negocio
from realtime.changes import outbox
from realtime.changes.outbox import request_refreshes, take, waiting

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def negocios(db: None) -> list[Negocio]:
    """Two of citas and one of repairs; nothing waits."""
    kinds = {"a": "citas", "b": "citas", "c": "repairs"}
    made = [Negocio.objects.create(code=code, name=code, kind=kind) for code, kind in kinds.items()]
    Change.objects.all().delete()
    return made


def change(negocio: Negocio, name: str = "Corte") -> None:
    Servicio.objects.create(negocio=negocio, nombre=name)


def ids() -> list[int]:
    return [each.negocio_id for each in waiting()]


def elsewhere(work: Callable[[], Any]) -> Any:
    """What another worker gets: the result of `work` on a connection of its own."""
    results: list[Any] = []

    def run() -> None:
        try:
            results.append(work())
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(20)
    return results[0]


@contextmanager
def taken_elsewhere(negocio_ids: list[int]) -> Iterator[None]:
    """Another worker is at these negocios meanwhile."""
    began, end = threading.Event(), threading.Event()

    def run() -> None:
        try:
            with take(negocio_ids):
                began.set()
                end.wait(20)
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    began.wait(20)
    try:
        yield
    finally:
        end.set()
        thread.join(20)


def counts(negocio_ids: list[int]) -> dict[int, int]:
    with take(negocio_ids) as taken:
        return {id: len(changes) for id, changes in taken.changes.items()}


def test_who_waits_longest_is_first(negocios: list[Negocio]) -> None:
    assert waiting() == []
    for negocio in (negocios[1], negocios[0], negocios[1]):
        change(negocio, f"{negocio.code} {Servicio.objects.count()}")
    assert ids() == [negocios[1].pk, negocios[0].pk]
    ages = [each.age for each in waiting()]
    assert 0 <= ages[1] <= ages[0] < 60


def test_what_was_taken_is_gone(negocios: list[Negocio]) -> None:
    one, other, _ = negocios
    change(one)
    change(one, "Barba")
    change(other)
    assert counts([one.pk]) == {one.pk: 2}
    assert ids() == [other.pk]
    assert counts([one.pk, other.pk, 999_999]) == {other.pk: 1}
    assert Change.objects.count() == 0


def test_what_failed_stays(negocios: list[Negocio]) -> None:
    change(negocios[0])
    with pytest.raises(OSError, match="Redis"), take([negocios[0].pk]):
        raise OSError("Redis is away")
    assert counts([negocios[0].pk]) == {negocios[0].pk: 1}


def test_a_negocio_is_one_workers_at_a_time(negocios: list[Negocio]) -> None:
    one, other, _ = negocios
    change(one)
    change(other)
    with taken_elsewhere([one.pk]):
        assert counts([one.pk, other.pk]) == {other.pk: 1}
        assert ids() == [one.pk]
    assert counts([one.pk, other.pk]) == {}


def test_changes_come_in_the_order_they_were_made(negocios: list[Negocio]) -> None:
    for number in range(20):
        change(negocios[0], f"{number}")
    with take([negocios[0].pk]) as taken:
        keys = [row["key"] for each in taken.changes[negocios[0].pk] for row in each.rows or ()]
    assert keys == sorted(keys)


def test_what_is_committed_meanwhile_waits_for_the_next(negocios: list[Negocio]) -> None:
    one = negocios[0]
    change(one)
    with take([one.pk]) as taken:
        elsewhere(lambda: change(one, "Barba"))
        assert len(taken.changes[one.pk]) == 1
    assert counts([one.pk]) == {one.pk: 1}


def test_what_is_not_committed_is_not_seen(negocios: list[Negocio]) -> None:
    with transaction.atomic():
        change(negocios[0])
        assert elsewhere(ids) == []
    assert elsewhere(ids) == [negocios[0].pk]


def test_a_worker_that_has_taken_holds_no_transaction_id(negocios: list[Negocio]) -> None:
    """It would stand in the snapshots by which versions are compared."""
    change(negocios[0])
    with take([negocios[0].pk]), connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id_if_assigned()")
        assert cursor.fetchone() == (None,)


def test_too_many_changes_are_taken_in_rounds(negocios: list[Negocio], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "MOST_CHANGES", 3)
    for number in range(7):
        change(negocios[0], f"{number}")
    assert [counts([negocios[0].pk]).get(negocios[0].pk, 0) for _ in range(4)] == [3, 3, 1, 0]


def test_a_truncate_is_a_change_of_each_negocio_of_the_kind(negocios: list[Negocio]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE citas_servicio CASCADE")
    one, other, _ = negocios
    assert sorted(ids()) == sorted([one.pk, other.pk])
    sources = set(Change.objects.values_list("source", "operation", "rows"))
    assert sources == {("citas_servicio", "truncate", None), ("citas_cita", "truncate", None)}


def test_a_truncate_that_another_worker_spreads_keeps_nobody(negocios: list[Negocio]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE citas_servicio CASCADE")
    change(negocios[0])
    with transaction.atomic():
        list(Change.objects.select_for_update().filter(negocio_id=None))
        assert elsewhere(ids) == [negocios[0].pk]
    assert sorted(ids()) == sorted(negocio.pk for negocio in negocios[:2])


def test_a_truncate_of_memberships_concerns_everybody(negocios: list[Negocio]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE dashboards_membership")
    assert sorted(ids()) == sorted(negocio.pk for negocio in negocios)


def test_a_refresh_can_be_asked_for(negocios: list[Negocio]) -> None:
    request_refreshes([(negocios[0].pk, "PROMOCION")])
    with take([negocios[0].pk]) as taken:
        (asked,) = taken.changes[negocios[0].pk]
    assert (asked.operation, asked.rows) == ("refresh", [{"event": "PROMOCION"}])
