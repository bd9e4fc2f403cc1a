"""Is a figure that isn't as it should be told with the change that made it so: once, and not lost?"""

import asyncio
import threading
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dashboards.businesses.citas.models import Cita, Servicio
from dashboards.businesses.parking.models import Espacio
from dashboards.days import local_now
from dashboards.kinds import kinds
from dashboards.models import Change, Negocio
from notifications.alerts.models import AlertFiring, AlertRule
from notifications.alerts.rules import book
from notifications.models import Event
from realtime.changes import outbox
from realtime.changes.refreshing import Refresher
from realtime.database import in_thread
from realtime.sending import Messages

pytestmark = pytest.mark.django_db(transaction=True)
OCUPADO, LIBRE = Espacio.Estado.OCUPADO, Espacio.Estado.LIBRE


class Lot:
    """A parking lot of 20 spaces, all free, whose changes are done with."""

    def __init__(self, code: str) -> None:
        self.negocio = Negocio.objects.create(code=code, name=f"Lote {code}", kind="parking")
        Espacio.objects.bulk_create(Espacio(negocio=self.negocio, numero=str(number)) for number in range(20))
        refresh(self.negocio)

    def occupy(self, size: int) -> None:
        """As many spaces are taken, in one statement each way, as another program writes."""
        spaces = Espacio.objects.filter(negocio=self.negocio)
        taken = list(spaces.order_by("pk").values_list("pk", flat=True)[:size])
        spaces.filter(pk__in=taken).update(estado=OCUPADO)
        spaces.exclude(pk__in=taken).update(estado=LIBRE)

    def told(self, topic: str = "alerts") -> list[str]:
        events = Event.objects.filter(negocio_id=self.negocio.pk, type="system_alert", topic=topic)
        return list(events.order_by("pk").values_list("message", flat=True))


@pytest.fixture
def lot() -> Lot:
    return Lot("norte")


def refresh(*negocios: Negocio, error: Exception | None = None) -> None:
    async def send_all(messages: Messages) -> None:
        if error is not None:
            raise error

    async def run() -> None:
        await in_thread(Refresher(asyncio.get_running_loop(), send_all).refresh, [negocio.pk for negocio in negocios])

    asyncio.run(run())


def filled(lot: Lot, *sizes: int) -> list[str]:
    for size in sizes:
        lot.occupy(size)
        refresh(lot.negocio)
    return lot.told()


def test_a_lot_that_fills_up_is_told_once_and_again_after_it_emptied(lot: Lot) -> None:
    assert filled(lot, 18) == []
    assert filled(lot, 19) == ["Lote norte está al 95 % de ocupación."]
    assert len(filled(lot, 20, 19, 20)) == 1
    assert filled(lot, 18, 20)[1:] == ["Lote norte está al 100 % de ocupación."]
    assert lot.told("events") == lot.told()
    event = Event.objects.filter(topic="alerts").first()
    assert event is not None
    assert event.data.keys() == {"level", "message", "timestamp", "action_required"}


def test_several_lots_of_one_refresh_are_told_apart(lot: Lot) -> None:
    south = Lot("sur")
    lot.occupy(19)
    south.occupy(5)
    refresh(lot.negocio, south.negocio)
    assert (len(lot.told()), len(south.told())) == (1, 0)


def test_what_failed_is_neither_lost_nor_told_twice(lot: Lot) -> None:
    lot.occupy(20)
    with pytest.raises(OSError, match="Redis"):
        refresh(lot.negocio, error=OSError("Redis is away"))
    assert (lot.told(), AlertFiring.objects.count()) == ([], 0)
    refresh(lot.negocio)
    assert (len(lot.told()), AlertFiring.objects.count()) == (1, 1)


def test_a_worker_that_dies_after_telling_leaves_it_to_the_next(lot: Lot, monkeypatch: pytest.MonkeyPatch) -> None:
    lot.occupy(20)

    def die(*_: Any) -> int:
        raise SystemError("killed")

    with monkeypatch.context() as patched:
        # After the rule was noted as told.
        patched.setattr("notifications.journal.store_all", die)
        with pytest.raises(SystemError):
            refresh(lot.negocio)
    assert (lot.told(), AlertFiring.objects.count()) == ([], 0)
    refresh(lot.negocio)
    assert len(lot.told()) == 1


def test_a_negocios_own_threshold_is_its_own(lot: Lot) -> None:
    south = Lot("sur")
    rule = {"metric": "stats", "field": "espacios_ocupados", "total": "espacios_total", "message": "{valor}"}
    AlertRule.objects.create(negocio=lot.negocio, name="ocupacion", threshold=50, topics=["alerts"], **rule)
    refresh(lot.negocio)
    for each in (lot, south):
        filled(each, 10)
    assert (lot.told(), south.told()) == (["50"], [])


def test_a_new_rule_is_held_against_the_figures_at_once(lot: Lot) -> None:
    filled(lot, 10)
    AlertRule.objects.create(
        negocio=lot.negocio, name="medio", metric="stats", field="espacios_ocupados", threshold=10, message="Medio",
        user="u-7",
    )  # fmt: skip
    refresh(lot.negocio)
    assert lot.told("user:u-7") == ["Medio"]
    assert lot.told() == lot.told("events") == []


def test_a_rule_switched_off_and_on_again_is_told_again(lot: Lot) -> None:
    filled(lot, 20)
    rule = AlertRule.objects.create(
        negocio=lot.negocio, name="ocupacion", metric="stats", field="espacios_ocupados", threshold=1, message="x",
        active=False,
    )  # fmt: skip
    refresh(lot.negocio)
    assert AlertFiring.objects.count() == 0
    rule.delete()
    refresh(lot.negocio)
    assert len(lot.told()) == 2


def test_every_negocio_is_looked_at_when_all_rules_went_at_once(lot: Lot) -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE alert_rules")
    assert lot.negocio.pk in {waiting.negocio_id for waiting in outbox.waiting()}


def test_no_refresh_reads_rules_that_were_read_before() -> None:
    queue = Negocio.objects.create(code="fila", name="Fila", kind="citas")
    Change.objects.all().delete()
    book.rules_of(queue.pk, kinds()["citas"])  # read before
    for write in (
        lambda: Servicio.objects.create(negocio=queue, nombre="Corte"),
        lambda: Cita.objects.create(negocio=queue, fecha="2025-11-10", hora_inicio="10:00"),
    ):
        write()
        with CaptureQueriesContext(connection) as captured:
            _refresh_here(queue)
        assert not [query["sql"] for query in captured if "alert_rules" in query["sql"]]


def _refresh_here(negocio: Negocio) -> None:
    """As refresh(), on this thread's connection."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    async def send_all(messages: Messages) -> None: ...

    try:
        Refresher(loop, send_all).refresh([negocio.pk])
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def test_citas_cancelled_today_are_counted_day_by_day() -> None:
    queue = Negocio.objects.create(code="fila", name="Fila", kind="citas", time_zone="America/Guayaquil")
    today = local_now("America/Guayaquil").date()
    citas = [Cita(negocio=queue, fecha=today, hora_inicio="10:00", estado="cancelada") for _ in range(11)]
    Cita.objects.bulk_create(citas[:10])
    refresh(queue)
    assert not Event.objects.exists()
    Cita.objects.bulk_create(citas[10:])
    refresh(queue)
    Cita.objects.create(negocio=queue, fecha=today, hora_inicio="11:00", estado="cancelada")
    refresh(queue)
    (event,) = Event.objects.all()
    assert (event.topic, event.message) == ("events", "Van 11 citas canceladas hoy, más de 10.")
    assert AlertFiring.objects.get().day == today
