"""What happens to the changes of some negocios in one go: taken, computed, published, done."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection

from dashboards.attach.checking import doubt
from dashboards.attach.reading import Locked, attached_rows
from dashboards.kinds import Kind, Telling, kinds
from dashboards.models import Change
from notifications import journal
from notifications.alerts import watching
from notifications.alerts.judging import Subject
from notifications.alerts.watching import Judgement
from realtime.changes import outbox
from realtime.changes.doorbell import ring_sequencer
from realtime.changes.outbox import Concerned, Taken
from realtime.complaints import in_a_line
from realtime.hub.rooms import Update
from realtime.pipeline import Work, tellings_of, work_of
from realtime.rooms import PROCESSES, Room
from realtime.sending import Messages, SendAll
from realtime.updates import Marks, compute_updates, part_of, to_message

logger = logging.getLogger(__name__)

TENANCY_CHANGED = "tenancy.changed"
SEND_TIMEOUT = 5.0


@dataclass(frozen=True, slots=True)
class Refresher:
    """Refreshes negocios in a thread; sends through the loop that owns the layer and waits for it.

    Sending comes before the changes are done with: a worker that dies in between leaves them to the next.
    """

    loop: asyncio.AbstractEventLoop
    send_all: SendAll

    def refresh(self, negocio_ids: Sequence[int], on_sent: Callable[[], None] = lambda: None) -> int:
        """Take what is there of these negocios and tell it; returns how many changes that were.

        `on_sent` is called on the loop when their figures are on their way: what remains to be done takes little.
        """
        with outbox.take(negocio_ids) as taken:
            told, judgement, unread, sending = self._tell(taken, on_sent)
            # Last, since they write: a transaction with an id would stand in the metrics' snapshots.
            judgement.keep()
            if unread:
                doubt(unread)
            news = journal.store_all([(id, telling) for id, tellings in told.items() for telling in tellings])
            for each in sending:
                each.result(SEND_TIMEOUT)
        if any(news):
            ring_sequencer()
        return sum(map(len, taken.changes.values()))

    def _tell(
        self, taken: Taken, on_sent: Callable[[], None]
    ) -> tuple[dict[int, list[Telling]], Judgement, list[int], "list[Future[None]]"]:
        """Send the figures; returns what each negocio's people are to be told of the changes, and of the figures,
        which negocios lack some figure, and what is being sent."""
        negocios = taken.negocios
        groups: dict[tuple[str, frozenset[str]], list[int]] = defaultdict(list)
        marks: dict[int, Marks] = {}
        told: dict[int, list[Telling]] = {}
        subjects: list[Subject] = []
        edited: set[int] = set()
        unread: list[int] = []
        tenancy = False
        for id, changes in taken.changes.items():
            kind = kinds().get(negocios[id].kind) if id in negocios else None
            work = work_of(kind, changes)
            tenancy |= work.tenancy
            if work.alerts:
                edited.add(id)
            if kind is not None and (work.metrics or work.causes):
                groups[kind.name, _wanted(kind, work)].append(id)
                told[id] = _tellings(kind, changes, negocios[id])
                marks[id] = Marks(work.causes, next_in=settings.UPDATE_INTERVAL if kind.ticks else None)
        sending = [self._send_all([(PROCESSES, {"type": TENANCY_CHANGED})])] if tenancy else []
        for (name, metrics), ids in groups.items():
            updates = compute_updates(kinds()[name], metrics, ids, marks)
            sending.append(self._send_all(_messages(kinds()[name], metrics, updates, negocios)))
            subjects += [_subject(negocios[id], updates[id], id in edited) for id in ids]
            unread += [id for id in ids if metrics - updates[id].figures.keys()]
        self.loop.call_soon_threadsafe(on_sent)
        judgement = watching.look(subjects, taken.firings)
        for id, tellings in told.items():
            tellings.extend(judgement.tellings(id))
        return told, judgement, unread, sending

    def _send_all(self, messages: Messages) -> "Future[None]":
        """Done when all are sent."""

        async def send_all() -> None:
            if messages:
                await self.send_all(messages)

        return asyncio.run_coroutine_threadsafe(send_all(), self.loop)


def _wanted(kind: Kind, work: Work) -> frozenset[str]:
    """The metrics to compute: an event's frame may hold more than what the change can touch, never less."""
    return work.metrics or frozenset(metric.name for metric in kind.metrics)


def _tellings(kind: Kind, changes: Sequence[Change], negocio: Concerned) -> list[Telling]:
    """What is to be told of a negocio's changes; none of attached tables that can't be read. Raises Locked: what
    happened there is told when they are free again."""
    if negocio.attachment_id is None:
        return tellings_of(kind, changes)
    try:
        with attached_rows(negocio.attachment_id):
            return tellings_of(kind, changes)
    except Locked:
        raise
    except DatabaseError as error:
        if connection.connection is None or connection.connection.closed:
            raise
        logger.warning("the changes of negocio %d can't be told: %s", negocio.pk, in_a_line(error))
        return []


def _messages(
    kind: Kind, metrics: frozenset[str], updates: Mapping[int, Update], negocios: Mapping[int, Concerned]
) -> Messages:
    """One for each room whose topic carries some of the metrics; none where none of them could be read."""
    messages: list[tuple[str, dict[str, Any]]] = []
    for topic, carried in kind.state_topics().items():
        for id in updates if carried & metrics else ():
            group, part = Room(id, negocios[id].code, topic).group, part_of(updates[id], carried)
            if part.versions:
                messages.append((group, to_message(group, part)))
    return messages


def _subject(negocio: Concerned, update: Update, edited: bool) -> Subject:
    return Subject(negocio.pk, negocio.kind, negocio.name, negocio.time_zone, update.figures, update.as_of, edited)
