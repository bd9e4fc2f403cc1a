"""Are events stored with what causes them, numbered per room without gaps, and each fact told once?"""

import datetime as dt
import threading
from typing import Any

import pytest
from django.db import connection, transaction

from dashboards.kinds import Telling
from notifications import facts, journal
from notifications.models import Event, Fact
from realtime.protocol.json import dumps
from realtime.sequencer import to_messages

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def nothing_waits() -> None:
    Event.objects.all().delete()
    Fact.objects.all().delete()


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
        cursor.execute("UPDATE facts SET expires_at = expires_at - interval '60 s'")
    assert journal.store(7, [told]) == 1


def later(seconds: float) -> None:
    """So many seconds pass for the facts."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE facts SET expires_at = expires_at - make_interval(secs => %s)", [seconds])


def test_facts_are_forgotten_when_their_window_is_over() -> None:
    journal.store_all([(7, Telling("a", {}, key="short"))])
    journal.store_all([(7, Telling("a", {}, key="long"))], window=facts.SAME_REQUEST)
    later(60)
    facts.forget()
    assert list(Fact.objects.values_list("key", flat=True)) == ["long"]


def test_equal_facts_of_one_batch_are_one() -> None:
    told = [(7, Telling(type, {}, key=key)) for type, key in (("a", "1"), ("b", "2"), ("c", "1"), ("d", ""), ("e", ""))]
    assert journal.store_all(told) == [True, True, False, True, True]
    assert [type for _, type in numbers()] == ["a", "b", "d", "e"]


def test_a_key_may_be_of_any_length() -> None:
    told = Telling("a", {}, key="k" * 5_000)
    assert [journal.store(7, [told]), journal.store(7, [told])] == [1, 0]


UPDATE = Telling("tour_actualizado", {"tourId": 1}, key="tour_actualizado/1", recurs=True)


@pytest.mark.parametrize(
    ("tellers", "news"),
    [
        ("row post", [1, 0]),
        ("post row", [1, 0]),
        ("row row", [1, 1]),
        ("post post", [1, 1]),
        ("row row post post post", [1, 1, 0, 0, 1]),
        ("post row post row row", [1, 0, 1, 0, 1]),
    ],
)
def test_of_what_recurs_only_a_rows_telling_and_a_posted_one_are_the_same(tellers: str, news: list[int]) -> None:
    told = [journal.store(7, [UPDATE], posted=teller == "post") for teller in tellers.split()]
    assert told == news


def test_recurring_facts_of_one_batch_are_paired_one_by_one() -> None:
    journal.store(7, [UPDATE], posted=True)
    assert journal.store(7, [UPDATE, UPDATE, UPDATE]) == 2
    assert journal.store(7, [UPDATE, UPDATE, UPDATE], posted=True) == 1


def test_what_recurs_is_paired_within_a_minute_only() -> None:
    assert journal.store(7, [UPDATE]) == 1
    later(60)
    assert journal.store(7, [UPDATE], posted=True) == 1


def test_an_event_is_told_with_the_time_that_its_teller_gave_it() -> None:
    at = dt.datetime(2025, 11, 10, 10, 30, tzinfo=dt.UTC)
    journal.store(7, [Telling("a", {}, at=at), Telling("b", {})])
    first, second = journal.number()
    assert first.at == at
    assert second.at > at


def test_numbers_too_large_for_the_wire_are_told_as_floats() -> None:
    journal.store(7, [Telling("a", [1e22, -(2**63), 2**64 - 1, -1e300, 1.5])])
    (event,) = journal.number()
    assert event.data == [1e22, -(2**63), 2**64 - 1, -1e300, 1.5]
    (message,) = to_messages([event])
    dumps(message)


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
