"""How does the journal stay small? What is too old, or too much for one negocio, is deleted, the oldest first.

What isn't numbered yet stays. Looked for by each room's oldest event, so that finding nothing costs nothing.
"""

from collections.abc import Sequence

from django.db import connection, transaction

# So many events are deleted in one transaction.
MOST_AT_ONCE = 5_000

OLDEST = """(
  SELECT id, seq, at FROM events
  WHERE (events.negocio_id, events.topic) = (room.negocio_id, room.topic) AND seq IS NOT NULL ORDER BY seq LIMIT %s
)"""
BY_AGE = f"""
DELETE FROM events WHERE id = ANY(ARRAY(
  SELECT old.id FROM room_heads AS room
  CROSS JOIN LATERAL {OLDEST} AS oldest
  CROSS JOIN LATERAL {OLDEST} AS old
  WHERE oldest.at < now() - make_interval(secs => %s) AND old.at < now() - make_interval(secs => %s)
  LIMIT %s
))
"""
# The numbers of a room have no gaps but for what was deleted, so that no negocio is overlooked.
BY_COUNT = f"""
DELETE FROM events WHERE id = ANY(ARRAY(
  SELECT ranked.id FROM (
    SELECT room.negocio_id FROM room_heads AS room CROSS JOIN LATERAL {OLDEST} AS oldest
    GROUP BY room.negocio_id HAVING sum(room.seq - oldest.seq + 1) > %s
  ) AS large
  CROSS JOIN LATERAL (
    SELECT id, row_number() OVER (ORDER BY id DESC) AS place FROM events
    WHERE events.negocio_id = large.negocio_id AND seq IS NOT NULL
  ) AS ranked
  WHERE ranked.place > %s ORDER BY ranked.id LIMIT %s
))
"""


def prune(age: float, most: int) -> int:
    """Delete what is older than `age` seconds, and of each negocio all but the newest `most`; returns how many."""
    by_age = BY_AGE, [1, MOST_AT_ONCE, age, age, MOST_AT_ONCE]
    by_count = BY_COUNT, [1, most, most, MOST_AT_ONCE]
    return _until_done(*by_age) + _until_done(*by_count)


def _until_done(statement: str, params: Sequence[float]) -> int:
    pruned = 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, params)
            count = int(cursor.rowcount)
        pruned += count
        if count < MOST_AT_ONCE:
            return pruned
