"""How are changes taken from the outbox, each negocio by one worker at a time, and none lost?"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from dashboards.asking import Question, ask
from dashboards.kinds import kinds
from dashboards.models import Change, Negocio
from dashboards.sources import default_codes
from realtime.database import in_thread
from realtime.direct_line import DirectLine, Rows
from realtime.pipeline import ALERT_TABLES, TENANCY_TABLES

# So many changes of one negocio are taken at once; more are taken in the next round.
MOST_CHANGES = 5_000
# The namespace of the advisory locks on negocios ("puls").
LOCK_SPACE = 0x70756C73
# A worker that froze, or whose host is gone, with a negocio in its hands loses it after so long. Longer than a worker
# waits for the channel layer.
MOST_IDLE = "8s"
LOCK = """
SELECT id, set_config('synchronous_commit', 'off', true), set_config('idle_in_transaction_session_timeout', %s, true)
FROM unnest(%s::bigint[]) AS id WHERE pg_try_advisory_xact_lock(%s, hashint8(id))
"""
# Without a change there is nothing to join.
WAITING = f"""
SELECT waiting.id, waiting.age, negocio.rest_api_url <> '' OR negocio.code = ANY(%s::text[])
FROM (
  SELECT negocio_id AS id, extract(epoch FROM clock_timestamp() - min(created_at))::float AS age
  FROM changes GROUP BY negocio_id
) AS waiting LEFT JOIN {Negocio._meta.db_table} AS negocio USING (id) ORDER BY 2 DESC
"""
TAKE = """
SELECT id, negocio_id, source, operation, row_count, rows, created_at
FROM changes WHERE negocio_id = ANY(%s::bigint[]) ORDER BY id LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A negocio with changes; `age` seconds is the oldest one's. `fetched`: its figures come from its team's API."""

    negocio_id: int
    age: float
    fetched: bool = False


def waiting() -> list[Waiting]:
    """The negocios that have changes, oldest first."""
    rows = _waiting_rows()
    if _has_truncations(rows):
        spread_truncations()
        rows = _waiting_rows()
    return _negocios(rows)


async def waiting_on(line: DirectLine) -> list[Waiting]:
    """The same, from the event loop: asked four times a second though nothing happens."""
    rows = await line.ask(WAITING, [default_codes()])
    if _has_truncations(rows):
        await in_thread(spread_truncations)
        rows = await line.ask(WAITING, [default_codes()])
    return _negocios(rows)


def _waiting_rows() -> Rows:
    with connection.cursor() as cursor:
        cursor.execute(WAITING, [default_codes()])
        return list(cursor.fetchall())


def _has_truncations(rows: Rows) -> bool:
    return any(negocio_id is None for negocio_id, *_ in rows)


def _negocios(rows: Rows) -> list[Waiting]:
    # Another worker may still be at spreading some.
    return [Waiting(id, age, bool(fetched)) for id, age, fetched in rows if id is not None]


def spread_truncations() -> None:
    """A TRUNCATE touched every negocio of a kind: one change for each."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('idle_in_transaction_session_timeout', %s, true)", [MOST_IDLE])
        changes = list(Change.objects.select_for_update(skip_locked=True).filter(negocio_id=None))
        for change in changes:
            concerned = Negocio.objects.filter(kind__in=_kinds_of_table(change.source)).values_list("pk", flat=True)
            Change.objects.bulk_create(
                Change(
                    negocio_id=pk,
                    source=change.source,
                    operation=change.operation,
                    created_at=change.created_at,
                )
                for pk in concerned
            )
        Change.objects.filter(pk__in=[change.pk for change in changes]).delete()


def _kinds_of_table(table: str) -> list[str]:
    if table in TENANCY_TABLES | ALERT_TABLES:
        return list(kinds())
    return [kind.name for kind in kinds().values() if any(model._meta.db_table == table for model in kind.moves)]


@contextmanager
def take(negocio_ids: Sequence[int], *questions: Question) -> Iterator[dict[int, list[Change]]]:
    """The changes of those of the negocios that no other worker is at; gone when the block ends without an error.
    The questions are answered with it.

    Should the process die or the block fail, they stay for the next. Nothing is written before the block has ended:
    a transaction with an id of its own would stand in the snapshots by which versions are compared.
    """
    lock = Question(LOCK, [MOST_IDLE, sorted(negocio_ids), LOCK_SPACE], kept=True)
    with transaction.atomic():
        # By itself: PostgreSQL 18 ends no idle transaction that began in a pipeline.
        ask(lock)
        # A statement of its own: it must see what another worker, who held the lock until now, has done with.
        changes = Question(TAKE, [[id for id, *_ in lock.rows], MOST_CHANGES])
        ask(changes, *questions)
        taken: dict[int, list[Change]] = {}
        for change in map(_change, changes.rows):
            assert change.negocio_id is not None
            taken.setdefault(change.negocio_id, []).append(change)
        yield taken
        done = [change.pk for changes in taken.values() for change in changes]
        if done:
            with connection.cursor() as cursor:
                cursor.execute("DELETE FROM changes WHERE id = ANY(%s)", [done])


def _change(row: Sequence[Any]) -> Change:
    id, negocio_id, source, operation, row_count, rows, created_at = row
    # Django has psycopg leave jsonb as text.
    keys = None if rows is None else json.loads(rows)
    return Change(id, negocio_id, source, operation, row_count, keys, created_at)


def request_refreshes(wanted: Sequence[tuple[int, str]]) -> None:
    """Ask for all figures of negocios to be computed and told anew, as if every table had changed; each for an event
    (empty: for none).
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO changes (negocio_id, source, operation, rows, created_at) "
            "SELECT id, '', 'refresh', jsonb_build_array(jsonb_build_object('event', event)), clock_timestamp() "
            "FROM unnest(%s::bigint[], %s::text[]) AS wanted (id, event)",
            [[negocio_id for negocio_id, _ in wanted], [event for _, event in wanted]],
        )
