"""Are events stored with what causes them, numbered per room without gaps, and each fact told once?"""

import threading
from typing import Any

import pytest
from django.db import connection, transaction

from dashboards.kinds import Telling
from notifications import journal
from notifications.models import Event

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def nothing_waits() -> None:
    Event.objects.all().delete()


def numbers(topic: str = "events") -> list[tuple[int | None, str]]:
    return list(Event.objects.filter(topic=topic).order_by("id").values_list("seq", "type"))


def test_an_event_stands_in_its_topics_and_in_events_unnumbered() -> None:
    assert journal.store(7, [Telling("new_ticket", {"ticket_id": 1}, topics=("tickets",))]) == 1
    assert sorted(Event.objects.values_list("topic", "seq")) == [("events", None), ("tickets", None)]


def test_what_one_user_is_told_stands_in_no_topic_of_others() -> None:
    journal.store(7, [Telling("system_alert", {"level": "info"}, user="42", topics=("alerts",))])
    assert list(Event.objects.values_list("topic", flat=True)) == ["user:42"]


def test_numbers_go_on_without_gaps_in_each_room() -> None:
    for type in ("a", "b"):
        journal.store(7, [Telling(type, {})])
    assert [event.seq for event in journal.number()] == [1, 2]
    journal.store(8, [Telling("c", {})])
    journal.store(7, [Telling("d", {})])
    assert [(event.negocio_id, event.seq, event.type) for event in journal.number()] == [(8, 1, "c"), (7, 3, "d")]
    assert journal.number() == []


def test_what_was_rolled_back_is_neither_told_nor_numbered() -> None:
    with transaction.atomic():
        journal.store(7, [Telling("lost", {}, key="fact/1")])
        transaction.set_rollback(True)
    assert journal.store(7, [Telling("kept", {}, key="fact/1")]) == 1
    assert [(event.seq, event.type) for event in journal.number()] == [(1, "kept")]


def test_one_fact_told_twice_is_stored_once_and_again_after_a_minute() -> None:
    told = Telling("reserva_creada", {"reservaId": 5}, key="reserva_creada/5")
    assert [journal.store(7, [told]), journal.store(7, [told]), journal.store(8, [told])] == [1, 0, 1]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE facts SET at = at - interval '61 s'")
    assert journal.store(7, [told]) == 1
    journal.forget_facts()


def test_data_come_back_as_they_went_in() -> None:
    data: dict[str, Any] = {"monto": 15.5, "idiomas": ["es", "quechua"], "nada": None, "nombre": "Ñusta «O'Hara» %s"}
    journal.store(7, [Telling("guia_creado", data, message="100 %")])
    (event,) = journal.number()
    assert (event.data, event.message) == (data, "100 %")


def test_two_sequencers_at_once_give_every_number_once() -> None:
    for index in range(300):
        journal.store(7, [Telling(str(index), {})])
    seen: list[int] = []

    def run() -> None:
        for _ in range(10):
            seen.extend(event.seq for event in journal.number())
        connection.close()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(seen) == list(range(1, 301))
    assert [seq for seq, _ in numbers()] == list(range(1, 301))
