"""Is what is posted at the same time stored together, each with its own answer, and nothing acknowledged that isn't?"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from typing import Any

import psycopg
import pytest
import pytest_asyncio
from django.db import DataError, OperationalError, connection, transaction

from dashboards.kinds import Telling
from dashboards.models import Change
from notifications import facts, journal
from notifications.models import Event, Fact, RoomHead
from realtime import direct_line
from realtime.changes import doorbell
from realtime.database import in_thread
from realtime.intake import Intake, Outcome, Posted
from realtime.protocol.json import loads
from tests.acceptance.databases import url_of
from tests.changes.writers import another_program

pytestmark = pytest.mark.django_db(transaction=True)


Sent = list[tuple[str, dict[str, Any]]]


@pytest.fixture
def sent() -> Sent:
    """What was sent to the channel layer: groups and messages."""
    return []


@pytest_asyncio.fixture
async def intake(sent: Sent) -> AsyncIterator[Intake]:
    async def send_all(messages: Sequence[tuple[str, dict[str, Any]]]) -> None:
        await asyncio.sleep(0.001)
        sent.extend(messages)

    for model in (Event, Fact, RoomHead):
        await in_thread(model.objects.all().delete)
    intake = Intake(send_all)
    yield intake
    await intake.close()


def plain(type: str = "aviso", data: Any = None) -> Posted:
    return Posted([(7, Telling(type, data))])


def keyed(key: str, type: str = "aviso", window: float = facts.SAME_REQUEST) -> Posted:
    return Posted([(7, Telling(type, {}, key=key))], window=window)


async def all_stored(intake: Intake, posts: Sequence[Posted]) -> list[Outcome]:
    return await asyncio.gather(*map(intake.store, posts))


def types() -> list[str]:
    return list(Event.objects.order_by("id").values_list("type", flat=True))


def transactions() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(DISTINCT xmin::text) FROM events")
        return int(cursor.fetchone()[0])


def events_of(sent: Sent) -> list[dict[str, Any]]:
    """What the messages carry."""
    return [event for _, message in sent for event in loads(message["events"])]


async def test_what_comes_meanwhile_is_stored_together_in_its_order(intake: Intake) -> None:
    names = [str(number) for number in range(100)]
    before = journal.stored["events"]
    assert await all_stored(intake, map(plain, names)) == [[True]] * 100  # type: ignore[arg-type]
    assert await in_thread(types) == names
    assert await in_thread(transactions) <= 3
    assert journal.stored["events"] == before + 100


async def test_what_is_plain_is_numbered_and_sent_in_its_order(intake: Intake, sent: Sent) -> None:
    names = [str(number) for number in range(100)]
    for start in range(0, 100, 20):
        await all_stored(intake, map(plain, names[start : start + 20]))  # type: ignore[arg-type]
    await intake.close()
    bodies = events_of(sent)
    assert len(sent) < 10, "what is told in a room together is one message"
    assert [(body["seq"], body["type"]) for body in bodies] == [*zip(range(1, 101), names, strict=True)]
    assert await in_thread(journal.number) == []


async def test_each_room_has_numbers_of_its_own(intake: Intake, sent: Sent) -> None:
    told = [(7, Telling(str(n), {}, topics=("tickets",) if n % 2 else ())) for n in range(6)]
    await intake.store(Posted([*told, (8, Telling("x", {}, user="ana"))]))
    await intake.close()
    events = await in_thread(lambda: list(Event.objects.order_by("id").values_list("negocio_id", "topic", "seq")))
    told_as = [(event["type"], event["seq"]) for event in events_of(sent)]
    stored = await in_thread(lambda: list(Event.objects.order_by("id").values_list("type", "seq")))
    assert told_as == stored, "who is in several rooms hears all in its order"
    rooms: dict[Any, list[Any]] = {}
    for negocio, topic, seq in events:
        rooms.setdefault((negocio, topic), []).append(seq)
    assert rooms == {(7, "events"): [1, 2, 3, 4, 5, 6], (7, "tickets"): [1, 2, 3], (8, "user:ana"): [1]}
    assert len(events_of(sent)) == len(events)
    heads = await in_thread(journal.heads, list(rooms))
    assert heads == {room: len(numbers) for room, numbers in rooms.items()}


async def test_what_waits_is_numbered_first(intake: Intake, sent: Sent) -> None:
    await in_thread(journal.store, 7, [Telling("before", {}), Telling("before too", {})])
    await intake.store(plain("after"))
    await intake.close()
    assert [event["type"] for event in events_of(sent)] == ["before", "before too", "after"]
    assert await in_thread(journal.heads, [(7, "events")]) == {(7, "events"): 3}


async def test_while_another_process_numbers_it_is_left_to_the_sequencer(
    intake: Intake, sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung: list[str] = []
    monkeypatch.setattr(doorbell, "ring_sequencer", lambda: rung.append("sequencer"))
    with another_program() as other:
        other.execute("SELECT pg_advisory_lock(%s)", [journal.LOCK])
        assert await intake.store(plain("1")) == [True]
        await intake.close()
        assert (sent, rung) == ([], ["sequencer"])
    assert [event.seq for event in await in_thread(journal.number)] == [1]
    assert await intake.store(plain("2")) == [True]
    await intake.close()
    assert [event["seq"] for event in events_of(sent)] == [2]
    assert rung == ["sequencer"]


async def test_several_processes_at_once_number_without_gaps(intake: Intake, sent: Sent) -> None:
    others = [Intake(intake._send_all) for _ in range(3)]
    for _ in range(30):
        await asyncio.gather(*(each.store(plain()) for each in (intake, *others)), in_thread(journal.number))
    for each in (intake, *others):
        await each.close()
    await in_thread(journal.number)
    seqs = await in_thread(lambda: list(Event.objects.order_by("seq").values_list("seq", flat=True)))
    assert seqs == [*range(1, 121)]


async def test_nobody_who_posts_waits_for_the_channel_layer(intake: Intake) -> None:
    away = asyncio.Event()

    async def send_all(messages: Any) -> None:
        await away.wait()

    intake._send_all = send_all
    for _ in range(3):
        assert await asyncio.wait_for(intake.store(plain()), 5) == [True]
    away.set()


async def test_any_data_are_kept_as_they_are(intake: Intake) -> None:
    data: list[Any] = [None, {}, {"a": None}, "", "ñ «'», \\u0000", 0, 1.5, [[]], True, 2**63]
    await all_stored(intake, [plain(data=one) for one in data])
    rows = await in_thread(journal.read, 7, "events", 0, 100)
    assert [event.data for event in rows] == data


async def test_what_postgresql_cannot_take_fails_alone(intake: Intake) -> None:
    posts = [plain(str(number), "\0" if number in (3, 4, 17) else {}) for number in range(20)]
    outcomes = await all_stored(intake, posts)
    assert [number for number, outcome in enumerate(outcomes) if isinstance(outcome, DataError)] == [3, 4, 17]
    assert [outcome for outcome in outcomes if outcome == [True]] == [[True]] * 17
    assert await in_thread(types) == [str(number) for number in range(20) if number not in (3, 4, 17)]


async def test_a_bad_one_with_a_key_fails_alone_too(intake: Intake) -> None:
    outcomes = await all_stored(intake, [keyed("a"), keyed("b", "\0"), keyed("c"), keyed("a", "second")])
    assert isinstance(outcomes[1], DataError)
    assert [outcomes[0], *outcomes[2:]] == [[True], [True], [False]]
    assert await in_thread(types) == ["aviso", "aviso"]


async def test_what_is_nested_deeper_than_can_be_told_is_refused(intake: Intake) -> None:
    deep: Any = {}
    for _ in range(300):
        deep = {"a": deep}
    outcomes = await all_stored(intake, [plain(data=deep), plain()])
    assert isinstance(outcomes[0], DataError)
    assert outcomes[1] == [True]


async def test_the_same_key_is_news_once_in_a_batch_and_in_the_next(intake: Intake) -> None:
    first = await all_stored(intake, [keyed("a", "1"), keyed("b", "2"), keyed("a", "3"), keyed("b", "4")])
    assert first == [[True], [True], [False], [False]]
    assert await all_stored(intake, [keyed("a", "5"), keyed("c", "6")]) == [[False], [True]]
    assert await in_thread(types) == ["1", "2", "6"]


async def test_a_request_of_many_gets_an_answer_for_each(intake: Intake) -> None:
    both = Posted([(7, Telling("x", {}, key="a")), (7, Telling("y", {})), (8, Telling("z", {}, key="a"))],
                  window=facts.SAME_REQUEST)  # fmt: skip
    assert await all_stored(intake, [keyed("a"), both]) == [[True], [False, True, True]]


async def test_figures_to_be_told_anew_are_changes(intake: Intake) -> None:
    await in_thread(Change.objects.all().delete)
    outcomes = await all_stored(intake, [Posted(refreshes=[(7, "PROMO")]), Posted(refreshes=[(8, "")])])
    assert outcomes == [[], []]
    changes = await in_thread(lambda: list(Change.objects.order_by("id").values_list("negocio_id", "rows")))
    assert changes == [(7, [{"event": "PROMO"}]), (8, [{"event": ""}])]


async def test_nothing_to_store_asks_nobody(intake: Intake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(direct_line, "address", None)
    assert await intake.store(Posted()) == []


async def test_whose_client_went_is_stored_and_spoils_no_batch(intake: Intake) -> None:
    tasks = [asyncio.create_task(intake.store(post)) for post in (plain("1"), plain("2"), keyed("a", "3"), plain("4"))]
    await asyncio.sleep(0)
    for task in tasks[1:3]:
        task.cancel()
    assert [await tasks[0], await tasks[3]] == [[True], [True]]
    assert tasks[1].cancelled()
    await intake.close()
    assert sorted(await in_thread(types)) == ["1", "2", "3", "4"]


async def test_while_the_database_is_away_nobody_is_told_that_it_is_stored(
    intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(direct_line, "address", lambda *_: {"host": "127.0.0.1", "port": 1})
    monkeypatch.setattr(direct_line, "RECONNECTING", 0.2)
    outcomes = await all_stored(intake, [plain() for _ in range(20)])
    assert all(isinstance(outcome, OperationalError) for outcome in outcomes)
    monkeypatch.undo()
    assert await intake.store(plain("later")) == [True]
    assert await in_thread(types) == ["later"]


async def test_a_connection_that_the_server_ended_is_opened_anew(intake: Intake) -> None:
    def end_connections() -> None:
        with psycopg.connect(url_of("postgres"), autocommit=True) as admin:
            admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
                [connection.settings_dict["NAME"]],
            )

    for number in range(3):
        assert await intake.store(plain(str(number))) == [True]
        await in_thread(end_connections)
        await asyncio.sleep(0.1)
    assert await intake.store(plain("3")) == [True]
    assert len(await in_thread(types)) == 4


async def test_what_is_plain_does_not_wait_for_a_transaction_that_tells_the_same_fact(intake: Intake) -> None:
    holds, ends = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def hold() -> None:
        with transaction.atomic():
            journal.store(7, [Telling("row", {}, key="a")])
            loop.call_soon_threadsafe(holds.set)
            asyncio.run_coroutine_threadsafe(ends.wait(), loop).result(20)

    holding = asyncio.create_task(in_thread(hold))
    await holds.wait()
    waiting = asyncio.create_task(intake.store(keyed("a", window=facts.SAME_FACT)))
    try:
        assert await asyncio.wait_for(intake.store(plain()), 5) == [True]
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(waiting), 0.2)
        assert not waiting.done()
    finally:
        ends.set()
        await holding
    assert await waiting == [False]
