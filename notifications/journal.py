"""How are events kept and numbered? Stored with what causes them, numbered per room after commit, in one order.

Numbering inside the causing transaction would make writers of one room wait for each other.
"""

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from dashboards.kinds import Telling
from dashboards.topics import EVENTS, user_topic

# The same fact, told again within so many seconds, is one fact.
SAME_FACT = 60
# So many events are numbered at once.
MOST_AT_ONCE = 1_000
# The advisory lock under which one process at a time numbers ("seqn").
LOCK = 0x7365716E
# A process that froze, or whose host is gone, while it numbered loses the lock after so long.
MOST_IDLE = "8s"

STORE = """
INSERT INTO events (negocio_id, topic, type, message, data, at)
SELECT %s, topic, type, message, data::jsonb, clock_timestamp()
FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[]) AS told (topic, type, message, data)
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
RETURNING events.id, events.negocio_id, events.topic, events.seq, events.type, events.message, events.data, events.at
"""


@dataclass(frozen=True, slots=True)
class Numbered:
    """An event with its place in its room."""

    id: int
    negocio_id: int
    topic: str
    seq: int
    type: str
    message: str
    data: Any
    at: dt.datetime

    @classmethod
    def of_row(cls, row: Sequence[Any]) -> "Numbered":
        id, negocio_id, topic, seq, type, message, data, at = row
        # Django has psycopg leave jsonb as text.
        return cls(id, negocio_id, topic, seq, type, message, json.loads(data), at)


def store(negocio_id: int, tellings: Iterable[Telling]) -> int:
    """Keep what a negocio's people are told, in the caller's transaction; returns how many of it were news."""
    news = [telling for telling in tellings if not telling.key or _is_news(negocio_id, telling.key)]
    rows = [(topic, telling) for telling in news for topic in _topics(telling)]
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(
                STORE,
                [
                    negocio_id,
                    [topic for topic, _ in rows],
                    [telling.type for _, telling in rows],
                    [telling.message for _, telling in rows],
                    [json.dumps(telling.data) for _, telling in rows],
                ],
            )
    return len(news)


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


def forget_facts() -> None:
    """Drop the facts that can't be told again any more."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM facts WHERE at < now() - make_interval(secs => %s)", [SAME_FACT])


def _is_news(negocio_id: int, key: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO facts AS fact (negocio_id, key, at) VALUES (%s, %s, clock_timestamp()) "
            "ON CONFLICT (negocio_id, key) DO UPDATE SET at = excluded.at "
            "WHERE fact.at < excluded.at - make_interval(secs => %s) RETURNING key",
            [negocio_id, key, SAME_FACT],
        )
        return cursor.fetchone() is not None


def _topics(telling: Telling) -> Sequence[str]:
    if telling.user:
        return (user_topic(telling.user),)
    return tuple(dict.fromkeys((*telling.topics, EVENTS)))
