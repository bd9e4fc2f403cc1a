"""How is what back-ends post stored? What comes while a batch of it is stored is the next; each has its own answer.

What is plain is numbered in the same statement, and published from here: nobody has to be woken for it.
"""

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

from django.db import DatabaseError, DataError, transaction

from notifications import facts, journal
from notifications.facts import Told
from notifications.journal import Numbered
from realtime.batching import Batching
from realtime.changes import doorbell, outbox
from realtime.complaints import in_a_line
from realtime.database import in_thread
from realtime.direct_line import DirectLine
from realtime.protocol.json import dumps
from realtime.sending import SendAll
from realtime.sequencer import announce

logger = logging.getLogger(__name__)

T = TypeVar("T")
R = TypeVar("R")
Results = Sequence[R | Exception]

# Of events and refreshes so many are stored at once, and of documents so many bytes.
MOST_ITEMS, MOST_BYTES = 1_000, 1024 * 1024


@dataclass(frozen=True, slots=True)
class Posted:
    """What one request says: who is told what, and whose figures are to be told anew (with an event, or none).

    It is stored as a whole or not at all. `window`: for so many seconds the same fact told again is no news.
    """

    told: Sequence[Told] = ()
    refreshes: Sequence[tuple[int, str]] = ()
    window: float = facts.SAME_FACT

    @property
    def is_plain(self) -> bool:
        """Nothing but events that are news whatever was told before."""
        return not self.refreshes and not any(telling.key for _, telling in self.told)

    @property
    def size(self) -> int:
        return len(self.told) + len(self.refreshes)


@dataclass(frozen=True, slots=True)
class Document:
    """Rows of the journal, as JSON without the brackets of a list."""

    rows: int
    text: bytes


# Which of what was told were news; or why it isn't stored.
Outcome = Sequence[bool] | DatabaseError


class Intake:
    """Stores what is posted in one process. What is plain and what has to be compared have a queue each, so that the
    first never waits for another process's transaction.
    """

    def __init__(self, send_all: SendAll) -> None:
        self._send_all, self._line = send_all, DirectLine()
        self._plain = Batching(_apart(self._tell), MOST_BYTES, lambda document: len(document.text))
        # In the order of their numbers. Nobody who posts waits for the channel layer.
        self._announcing: Batching[Sequence[Numbered], None] = Batching(self._announce, MOST_ITEMS, len)
        self._compared: dict[float, Batching[Posted, Sequence[bool]]] = {
            window: Batching(_apart(_store_in_thread), MOST_ITEMS, lambda posted: posted.size)
            for window in (facts.SAME_FACT, facts.SAME_REQUEST)
        }

    async def store(self, posted: Posted) -> Outcome:
        """Returns once it is committed, or refused."""
        try:
            if not posted.is_plain:
                return await self._compared[posted.window].do(posted)
            if rows := journal.rows_of(posted.told):
                await self._plain.do(Document(len(rows), dumps(rows)[1:-1]))
        except DatabaseError as error:
            return error
        except TypeError as error:  # nested deeper than anybody could be told
            return DataError(str(error))
        return [True] * len(posted.told)

    async def close(self) -> None:
        """When nothing is under way any more."""
        queues: list[Batching[Any, Any]] = [self._plain, *self._compared.values(), self._announcing]
        for queue in queues:
            await queue.close()
        await self._line.hang_up()

    async def _tell(self, batch: Sequence[Document]) -> Sequence[None]:
        text = b",".join(document.text for document in batch).decode()
        told = await self._line.ask(journal.TELL, [f"[{text}]", journal.LOCK, journal.MOST_AT_ONCE])
        rows = sum(document.rows for document in batch)
        journal.stored.update(events=rows)
        if told:
            self._announcing.begin(journal.in_order(told))
        if len(told) != rows:  # another process numbers, or more waits than is numbered at once
            doorbell.ring_sequencer()
        return [None] * len(batch)

    async def _announce(self, batch: Sequence[Sequence[Numbered]]) -> Sequence[None]:
        await announce([event for numbered in batch for event in numbered], self._send_all)
        return [None] * len(batch)


def store_now(posted: Posted) -> Outcome:
    """Store it alone, from synchronous code."""
    try:
        return _store([posted])[0]
    except DatabaseError as error:
        return error


async def _store_in_thread(batch: Sequence[Posted]) -> Sequence[Sequence[bool]]:
    return await in_thread(_store, batch)


def _store(batch: Sequence[Posted]) -> Sequence[Sequence[bool]]:
    """In one transaction, in which equal facts are compared with each other too. All have the same window."""
    refreshes = [one for posted in batch for one in posted.refreshes]
    with transaction.atomic():
        told = [one for posted in batch for one in posted.told]
        news = iter(journal.store_all(told, posted=True, window=batch[0].window))
        if refreshes:
            outbox.request_refreshes(refreshes)
    if told:
        doorbell.ring_sequencer()
    if refreshes:
        doorbell.ring()
    return [list(islice(news, len(posted.told))) for posted in batch]


def _apart(store: Callable[[Sequence[T]], Awaitable[Sequence[R]]]) -> Callable[[Sequence[T]], Awaitable[Results[R]]]:
    """As `store`, but what PostgreSQL can't take fails alone: a batch that holds some of it is stored by halves."""

    async def store_apart(batch: Sequence[T]) -> Results[R]:
        try:
            return await store(batch)
        except DataError as error:
            if len(batch) == 1:
                return [error]
        except DatabaseError as error:
            logger.warning("what was posted could not be stored: %s", in_a_line(error))
            return [error] * len(batch)
        half = len(batch) // 2
        return [*await store_apart(batch[:half]), *await store_apart(batch[half:])]

    return store_apart
