"""How are events kept and numbered? Stored with what causes them, numbered per room after commit, in one order.

Numbering inside the causing transaction would make writers of one room wait for each other.
"""

import datetime as dt
import json
import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from django.db import connection, transaction

from dashboards.asking import Question, ask
from dashboards.kinds import Telling
from dashboards.topics import EVENTS, user_topic
from notifications import facts

# What this process has stored since it started, once that was committed.
stored: Counter[str] = Counter()
# So many events are numbered at once.
MOST_AT_ONCE = 1_000
# The advisory lock under which one process at a time numbers ("seqn"); each for the time of a statement.
LOCK = 0x7365716E
# The functions are in the migrations. What has to be stored comes as one document: that costs half of what arrays do.
STORE = "SELECT store_events(%s)"
NUMBER = "SELECT * FROM number_events(%s, %s)"
# Stores, and numbers what waits and what it stored, unless another process is at it: then nothing.
TELL = "SELECT * FROM tell_events(%s, %s, %s)"

READ = """
SELECT id, negocio_id, topic, seq, type, message, data, coalesce(said_at, at), telling
FROM events WHERE negocio_id = %s AND topic = %s AND seq > %s ORDER BY seq LIMIT %s
"""
NEWEST = """
SELECT id, negocio_id, topic, seq, type, message, data, coalesce(said_at, at), telling
FROM events WHERE negocio_id = %s AND topic = %s AND seq IS NOT NULL ORDER BY seq DESC LIMIT %s
"""
HEADS = """
SELECT negocio_id, topic, seq FROM room_heads
JOIN unnest(%s::bigint[], %s::text[]) AS asked (negocio_id, topic) USING (negocio_id, topic)
"""


class Numbered(NamedTuple):
    """An event with its place in its room. `telling`: the same in each of its rooms, where there are several."""

    id: int
    negocio_id: int
    topic: str
    seq: int
    type: str
    message: str
    data: Any
    at: dt.datetime
    telling: uuid.UUID | None = None

    @classmethod
    def of_row(cls, row: Sequence[Any]) -> "Numbered":
        """Of a row of one of the statements."""
        id, negocio_id, topic, seq, type, message, data, at, telling = row
        # Text, which Django has psycopg leave jsonb as too. PostgreSQL writes 1e22 with all its digits, which must not
        # become an integer that JSON for the wire has no room for.
        return cls(id, negocio_id, topic, seq, type, message, _decode(data), at, telling)


def store(negocio_id: int, tellings: Iterable[Telling], posted: bool = False) -> int:
    """Keep what a negocio's people are told, in the caller's transaction; returns how many of it were news.

    `posted`: by a team's own back-end, which may tell what a row of ours tells too.
    """
    return sum(store_all([(negocio_id, telling) for telling in tellings], posted))


def store_all(
    told: Sequence[tuple[int, Telling]], posted: bool = False, window: float = facts.SAME_FACT
) -> Sequence[bool]:
    """Keep what people of many negocios are told, in one statement; returns which of it were news.

    `window`: for so many seconds the same fact told again isn't.
    """
    news = facts.news(told, posted, window)
    rows = rows_of(one for one, is_news in zip(told, news, strict=True) if is_news)
    if rows:
        ask(Question(STORE, [json.dumps(rows)], kept=True))
        transaction.on_commit(lambda: stored.update(events=len(rows)), robust=True)
    return news


def rows_of(told: Iterable[tuple[int, Telling]]) -> list[dict[str, Any]]:
    """What STORE and TELL make events of, one for each topic, as a document."""
    rows = []
    for negocio_id, telling in told:
        topics = _topics(telling)
        # A name for the telling, where a client may be in more than one of its topics.
        name = str(uuid.uuid4()) if sum(topic != EVENTS for topic in topics) > 1 else None
        said_at = telling.at and telling.at.isoformat()
        rows += [
            {
                "negocio_id": negocio_id, "topic": topic, "type": telling.type, "message": telling.message,
                "data": telling.data, "said_at": said_at, "telling": name,
            }
            for topic in topics
        ]  # fmt: skip
    return rows


def number() -> Sequence[Numbered]:
    """Number what has been committed, in the order of its ids; another process that is at it is waited for.

    To be called outside of a transaction; what it returns is committed.
    """
    with connection.cursor() as cursor:
        cursor.execute(NUMBER, [LOCK, MOST_AT_ONCE])
        return in_order(cursor.fetchall())


def in_order(rows: Iterable[Sequence[Any]]) -> list[Numbered]:
    """What NUMBER or TELL has numbered, in the order of its ids."""
    return sorted(map(Numbered.of_row, rows), key=lambda event: event.id)


def read(negocio_id: int, topic: str, since: int, limit: int) -> list[Numbered]:
    """What was told in a room after the number `since`, oldest first: of what the journal still has."""
    with connection.cursor() as cursor:
        cursor.execute(READ, [negocio_id, topic, since, limit])
        return [Numbered.of_row(row) for row in cursor.fetchall()]


def newest(negocio_id: int, topic: str, limit: int) -> list[Numbered]:
    """What was told in a room last, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(NEWEST, [negocio_id, topic, limit])
        return [Numbered.of_row(row) for row in reversed(cursor.fetchall())]


def heads(rooms: Sequence[tuple[int, str]]) -> dict[tuple[int, str], int]:
    """The last number given in each of the rooms (negocio, topic) in which anything was told."""
    with connection.cursor() as cursor:
        cursor.execute(HEADS, [[negocio_id for negocio_id, _ in rooms], [topic for _, topic in rooms]])
        return {(negocio_id, topic): seq for negocio_id, topic, seq in cursor.fetchall()}


def _number(digits: str) -> int | float:
    number = int(digits)
    return number if -(2**63) <= number < 2**64 else float(digits)


_decode = json.JSONDecoder(parse_int=_number).decode


def _topics(telling: Telling) -> Sequence[str]:
    if telling.user:
        return (user_topic(telling.user),)
    return tuple(dict.fromkeys((*telling.topics, EVENTS))) if telling.topics else (EVENTS,)
