"""Is what was taken told, to whom it concerns, before it is done with?"""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from dashboards.businesses.citas.models import Cita, Servicio
from dashboards.kinds import kinds
from dashboards.models import Change, Membership, Negocio
from realtime.changes.refreshing import TENANCY_CHANGED, Refresher
from realtime.database import in_thread
from realtime.rooms import PROCESSES, Room
from realtime.sending import Messages
from realtime.updates import STATE_MESSAGE, of_message

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def salon(db: None) -> Negocio:
    negocio = Negocio.objects.create(code="salon", name="Salon", kind="citas")
    Change.objects.all().delete()
    return negocio


def book(negocio: Negocio, **fields: Any) -> Cita:
    return Cita.objects.create(negocio=negocio, fecha="2025-11-10", hora_inicio="10:00", **fields)


def refreshed(negocio_ids: Sequence[int], error: Exception | None = None) -> list[tuple[str, dict[str, Any]]]:
    """What a refresh sends: (group, message). The changes are still there while it is sent."""
    sent: list[tuple[str, dict[str, Any]]] = []

    async def send_all(messages: Messages) -> None:
        assert await in_thread(Change.objects.count)
        if error is not None:
            raise error
        sent.extend(messages)

    async def run() -> None:
        await in_thread(Refresher(asyncio.get_running_loop(), send_all).refresh, negocio_ids)

    asyncio.run(run())
    return sent


def test_each_room_is_told_the_metrics_that_it_carries(salon: Negocio) -> None:
    book(salon)
    sent = refreshed([salon.pk])
    rooms = {Room(salon.pk, "salon", topic).group: names for topic, names in kinds()["citas"].state_topics().items()}
    assert {group: set(of_message(message).figures) for group, message in sent} == {
        group: set(names) for group, names in rooms.items()
    }
    assert {message["type"] for _, message in sent} == {STATE_MESSAGE}
    assert all(message["group"] == group for group, message in sent)
    stats = of_message(dict(sent)[Room(salon.pk, "salon", "stats").group])
    assert stats.figures["stats"]["totalCitas"] == 1
    assert stats.versions.keys() == stats.figures.keys()
    assert stats.next_due is not None
    assert stats.next_due > stats.as_of
    assert Change.objects.count() == 0


def test_a_room_none_of_whose_metrics_moved_is_not_told(salon: Negocio) -> None:
    Servicio.objects.create(negocio=salon, nombre="Corte")
    assert [group for group, _ in refreshed([salon.pk])] == [Room(salon.pk, "salon", "agenda").group]


def test_changed_rights_are_told_to_every_process(salon: Negocio) -> None:
    Membership.objects.create(negocio=salon, external_user_id="7")
    assert refreshed([salon.pk]) == [(PROCESSES, {"type": TENANCY_CHANGED})]


def test_what_could_not_be_sent_waits(salon: Negocio) -> None:
    book(salon)
    with pytest.raises(OSError, match="Redis"):
        refreshed([salon.pk], OSError("Redis is away"))
    assert Change.objects.count() == 1
    assert len(refreshed([salon.pk])) == len(kinds()["citas"].state_topics())


def test_a_negocio_that_is_gone_or_of_no_kind_holds_up_nobody(salon: Negocio) -> None:
    other = Negocio.objects.create(code="other", name="Other", kind="bakery")
    gone = Negocio.objects.create(code="gone", name="Gone", kind="citas")
    for negocio in (salon, gone):
        book(negocio)
    pk = gone.pk
    gone.delete()
    groups = {group for group, _ in refreshed([salon.pk, other.pk, pk])}
    assert Room(salon.pk, "salon", "stats").group in groups
    assert not any(group.startswith((f"n{other.pk}.", f"n{pk}.")) for group in groups)
    assert Change.objects.count() == 0


def test_it_is_said_when_the_figures_are_on_their_way(salon: Negocio) -> None:
    book(salon)
    waiting: list[int] = []

    async def send_all(messages: Messages) -> None: ...

    async def run() -> None:
        loop = asyncio.get_running_loop()
        await in_thread(Refresher(loop, send_all).refresh, [salon.pk], lambda: waiting.append(1))

    asyncio.run(run())
    assert waiting == [1]


def test_nothing_to_take_is_nothing_to_tell(salon: Negocio) -> None:
    assert refreshed([salon.pk, 999_999]) == []
