"""What if a worker freezes with a negocio, a truncation or the numbering in its hands? It loses them."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.db import DatabaseError, InterfaceError, connection, connections

from dashboards.kinds import Telling
from dashboards.models import Change, Negocio
from notifications import journal
from notifications.models import Event
from realtime.changes import outbox
from realtime.database import in_thread
from tests.changes.writers import another_program

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "MOST_IDLE", "500ms")


@contextmanager
def frozen(hold: Callable[[Callable[[], None]], None]) -> Iterator[None]:
    """Another thread, with a connection of its own, that stops in the middle of `hold` until the end of the block."""
    reached, wake = threading.Event(), threading.Event()

    def freeze() -> None:
        reached.set()
        wake.wait(30)

    def run() -> None:
        try:
            hold(freeze)
        except (DatabaseError, InterfaceError):
            pass  # it wakes, and has lost its connection
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        assert reached.wait(10)
        yield
    finally:
        wake.set()
        thread.join()


def until(holds: Callable[[], bool], seconds: float = 10.0) -> None:
    """Try until it does."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it never did"
        time.sleep(0.05)


def taken(negocio: Negocio) -> int:
    with outbox.take([negocio.pk]) as taken:
        return len(taken.changes.get(negocio.pk, []))


def test_a_negocio_in_the_hands_of_a_frozen_worker_is_taken_by_another() -> None:
    negocio = Negocio.objects.create(code="uno", name="Uno", kind="citas")
    Change.objects.all().delete()
    outbox.request_refreshes([(negocio.pk, "")])

    def hold(freeze: Callable[[], None]) -> None:
        with outbox.take([negocio.pk]):
            freeze()

    with frozen(hold):
        assert taken(negocio) == 0
        until(lambda: taken(negocio) == 1)
    assert not Change.objects.exists()


def test_a_truncation_in_the_hands_of_a_frozen_worker_is_spread_by_another(monkeypatch: pytest.MonkeyPatch) -> None:
    negocio = Negocio.objects.create(code="uno", name="Uno", kind="citas")
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE citas_cita")
    Change.objects.exclude(negocio_id=None).delete()

    def hold(freeze: Callable[[], None]) -> None:
        kinds_of_table = outbox._kinds_of_table

        def freeze_and_tell(table: str) -> list[str]:
            freeze()
            return kinds_of_table(table)

        monkeypatch.setattr(outbox, "_kinds_of_table", freeze_and_tell)
        outbox.spread_truncations()

    with frozen(hold):
        monkeypatch.undo()
        assert outbox.waiting() == []
        until(lambda: [one.negocio_id for one in outbox.waiting()] == [negocio.pk])


def test_the_numbering_of_a_frozen_process_is_done_by_another() -> None:
    negocio = Negocio.objects.create(code="uno", name="Uno", kind="citas")
    with another_program(connection.settings_dict["OPTIONS"]["options"]) as frozen:
        journal.store(negocio.pk, [Telling("aviso", {})])
        # It asks, and never hears the answer.
        frozen.pgconn.send_query_params(b"SELECT number_events($1, $2)", [str(journal.LOCK).encode(), b"10"])
        frozen.pgconn.flush()
        until(lambda: Event.objects.filter(seq=1).exists())
        journal.store(negocio.pk, [Telling("aviso", {})])
        until(lambda: [event.seq for event in journal.number()] == [2])
        frozen.close()


async def test_a_worker_that_wakes_is_told_so_and_goes_on() -> None:
    negocio = await in_thread(Negocio.objects.create, code="uno", name="Uno", kind="citas")
    await in_thread(outbox.request_refreshes, [(negocio.pk, "")])

    def sleep_too_long() -> None:
        with outbox.take([negocio.pk]):
            time.sleep(1)

    with pytest.raises(DatabaseError):
        await in_thread(sleep_too_long)
    assert await in_thread(taken, negocio) > 0
