"""How are changes taken from the outbox, each negocio by one worker at a time, and none lost?"""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction

from dashboards.asking import at_once, is_idle
from dashboards.kinds import kinds
from dashboards.models import Change, Negocio
from dashboards.sources import default_codes
from notifications.alerts.judging import Firings
from notifications.alerts.watching import firings_of
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
# Without a change there is nothing to join.
WAITING = f"""
SELECT waiting.id, waiting.age, negocio.rest_api_url <> '' OR negocio.code = ANY(%s::text[])
FROM (
  SELECT negocio_id AS id, extract(epoch FROM clock_timestamp() - min(created_at))::float AS age
  FROM changes GROUP BY negocio_id
) AS waiting LEFT JOIN {Negocio._meta.db_table} AS negocio USING (id) ORDER BY 2 DESC
"""
# The function is in the migrations.
TAKE = "SELECT * FROM take_changes('{{{}}}'::bigint[], {}, '{}', {})"
DONE = "DELETE FROM changes WHERE id = ANY('{{{}}}'::bigint[])"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A negocio with changes; `age` seconds is the oldest one's. `fetched`: its figures come from its team's API."""

    negocio_id: int
    age: float
    fetched: bool = False


@dataclass(frozen=True, slots=True)
class Concerned:
    """What of a negocio's own row concerns its figures."""

    pk: int
    code: str
    kind: str
    name: str
    time_zone: str
    attachment_id: int | None


@dataclass(frozen=True, slots=True)
class Taken:
    """Changes by negocio; of each that is still there its row, and which of its rules were told of and haven't gone
    back.
    """

    changes: dict[int, list[Change]] = field(default_factory=dict)
    negocios: dict[int, Concerned] = field(default_factory=dict)
    firings: dict[int, Firings] = field(default_factory=dict)

    def add(self, row: Sequence[Any]) -> None:
        """One of TAKE."""
        id, negocio_id, source, operation, row_count, rows, created_at, *negocio, firings = row
        if negocio_id not in self.changes:
            self.changes[negocio_id] = []
            self.firings[negocio_id] = firings_of(firings)
            if negocio[0] is not None:
                self.negocios[negocio_id] = Concerned(negocio_id, *negocio)
        # Django has psycopg leave jsonb as text.
        keys = None if rows is None else json.loads(rows)
        self.changes[negocio_id].append(Change(id, negocio_id, source, operation, row_count, keys, created_at))


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
def take(negocio_ids: Sequence[int]) -> Iterator[Taken]:
    """The changes of those of the negocios that no other worker is at; gone when the block ends without an error.

    Should the process die or the block fail, they stay for the next. Nothing is written before the block has ended:
    a transaction with an id of its own would stand in the snapshots by which versions are compared.
    """
    with transaction.atomic():
        # In no pipeline: PostgreSQL 18 ends no idle transaction that began in one.
        begin, commit = (["BEGIN"], ["COMMIT"]) if is_idle() else ([], [])
        rows = at_once(*begin, TAKE.format(_listed(sorted(negocio_ids)), LOCK_SPACE, MOST_IDLE, MOST_CHANGES))
        taken = Taken()
        for row in rows:
            taken.add(row)
        yield taken
        if rows:
            at_once(DONE.format(_listed(id for id, *_ in rows)), *commit)


def _listed(keys: Iterable[int]) -> str:
    return ",".join(map(str, keys))


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
