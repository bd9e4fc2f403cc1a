"""How are events kept and numbered? Stored with what causes them, numbered per room after commit, in one order.

Numbering inside the causing transaction would make writers of one room wait for each other.
"""

import datetime as dt
import json
import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Any

from django.db import connection, transaction

from dashboards.kinds import Telling
from dashboards.topics import EVENTS, user_topic
from notifications import facts

# What this process has stored since it started, once that was committed.
stored: Counter[str] = Counter()
# So many events are numbered at once.
MOST_AT_ONCE = 1_000
# The advisory lock under which one process at a time numbers ("seqn").
LOCK = 0x7365716E
# A process that froze, or whose host is gone, while it numbered loses the lock after so long.
MOST_IDLE = "8s"

# One document holds all of them: the writer's transaction costs half of what seven arrays did.
STORE = """
INSERT INTO events (negocio_id, topic, type, message, data, at, said_at, telling)
SELECT negocio_id, topic, type, message, data::jsonb, clock_timestamp(), said_at, telling
FROM jsonb_to_recordset(%s) AS told (
  negocio_id bigint, topic text, type text, message text, data text, said_at timestamptz, telling uuid
)
"""

NUMBER = """
WITH waiting AS (
  SELECT id, negocio_id, topic, row_number() OVER (PARTITION BY negocio_id, topic ORDER BY id) AS place
  FROM (SELECT id, negocio_id, topic FROM events WHERE seq IS NULL ORDER BY id LIMIT %s) AS first
), rooms AS (
  SELECT negocio_id, topic, count(*) AS size FROM waiting GROUP BY negocio_id, topic
), heads AS (
  INSERT INTO room_heads AS head (negocio_id, topic, seq) SELECT negocio_id, topic, size FROM rooms
  ON CONFLICT (negocio_id, topic) DO UPDATE SET seq = head.seq + excluded.seq RETURNING negocio_id, topic, seq
)
UPDATE events SET seq = heads.seq - rooms.size + waiting.place
FROM waiting JOIN rooms USING (negocio_id, topic) JOIN heads USING (negocio_id, topic)
WHERE events.id = waiting.id
RETURNING events.id, events.negocio_id, events.topic, events.seq, events.type, events.message, events.data,
  coalesce(events.said_at, events.at), events.telling
"""


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


@dataclass(frozen=True, slots=True)
class Numbered:
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
        id, negocio_id, topic, seq, type, message, data, at, telling = row
        # Django has psycopg leave jsonb as text. It writes 1e22 with all its digits, which must not become an integer
        # that JSON for the wire has no room for.
        return cls(id, negocio_id, topic, seq, type, message, json.loads(data, parse_int=_number), at, telling)


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
    new = [one for one, is_news in zip(told, news, strict=True) if is_news]
    rows = [
        _row(negocio_id, topic, telling, name) for negocio_id, telling in new for topic, name in _named_topics(telling)
    ]
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(STORE, [json.dumps(rows)])
        transaction.on_commit(lambda: stored.update(events=len(rows)), robust=True)
    return news


def number() -> Sequence[Numbered]:
    """Number what has been committed, in the order of its ids; empty while another process numbers.

    To be called outside of a transaction; what it returns is committed.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_try_advisory_xact_lock(%s), set_config('idle_in_transaction_session_timeout', %s, true)",
            [LOCK, MOST_IDLE],
        )
        (is_ours, _) = cursor.fetchone()
        if not is_ours:
            return []
        cursor.execute(NUMBER, [MOST_AT_ONCE])
        numbered = [Numbered.of_row(row) for row in cursor.fetchall()]
    return sorted(numbered, key=lambda event: event.id)


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


def _row(negocio_id: int, topic: str, telling: Telling, name: uuid.UUID | None) -> dict[str, Any]:
    """What STORE makes an event of."""
    return {
        "negocio_id": negocio_id, "topic": topic, "type": telling.type, "message": telling.message,
        "data": json.dumps(telling.data),  # as text: the column would have no value for null, where it has one
        "said_at": telling.at and telling.at.isoformat(), "telling": name and str(name),
    }  # fmt: skip


def _number(digits: str) -> int | float:
    number = int(digits)
    return number if -(2**63) <= number < 2**64 else float(digits)


def _topics(telling: Telling) -> Sequence[str]:
    if telling.user:
        return (user_topic(telling.user),)
    return tuple(dict.fromkeys((*telling.topics, EVENTS)))


def _named_topics(telling: Telling) -> Iterable[tuple[str, uuid.UUID | None]]:
    """The topics, with a name of the telling where a client may be in more than one of them."""
    topics = _topics(telling)
    several = sum(topic != EVENTS for topic in topics) > 1
    return zip(topics, repeat(uuid.uuid4() if several else None), strict=False)
