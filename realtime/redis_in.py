"""How does what back-ends publish on Redis reach clients? One process of the cluster listens, and stores it."""

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase

from django.conf import settings
from django.db import DataError, transaction
from redis.asyncio.connection import ConnectionPool

from dashboards.kinds import Hearing, Telling, kinds
from notifications import journal
from realtime import leases
from realtime.changes.doorbell import ring_sequencer
from realtime.database import in_thread
from realtime.duties import Duty
from realtime.layer import OWNED
from realtime.protocol.json import dumps, loads
from realtime.subscribing import Subscriber
from realtime.tenancy import Directory, Tenancy

logger = logging.getLogger(__name__)

DUTY = "redis-in"
POLL = 0.25
# Who hasn't been asked to do its duty for so long has lost it, and doesn't listen any more. Shorter than a lease, so
# that nobody else can have stored in the meantime what comes in until then.
GRACE = 5.0
# As much waits while PostgreSQL is away; of one message as much as a frame may hold.
MOST_WAITING, MOST_BYTES = 10_000, 128 * 1024
MOST_AT_ONCE = 500

Message = tuple[str, bytes]
Told = tuple[int, Telling]


class RedisIn:
    """Listens while it holds the duty. `counts`: stored, malformed, dropped."""

    def __init__(self, url: str, tenancy: Tenancy, process: str) -> None:
        self.counts: Counter[str] = Counter()
        self._tenancy, self._process = tenancy, process
        self._pool = ConnectionPool.from_url(url, **OWNED)
        self._hearings: Mapping[str, Hearing] = {
            kind.name: kind.hears for kind in kinds().values() if kind.hears is not None
        }
        self._subscriber: Subscriber | None = None
        self._subscribing: asyncio.Future[list[None]] | None = None
        self._waiting: deque[Message] = deque()
        self._news = asyncio.Event()
        self._leaving: asyncio.TimerHandle | None = None
        self._leave: asyncio.Task[None] | None = None

    def duty(self) -> Duty:
        return Duty(DUTY, 0.0, self._round)

    async def stop(self) -> None:
        """Listen no more, and forget what waits."""
        if self._leaving is not None:
            self._leaving.cancel()
        subscriber, self._subscriber = self._subscriber, None
        self.counts["dropped"] += len(self._waiting)
        self._waiting.clear()
        if self._subscribing is not None:
            self._subscribing.cancel()
        if subscriber is not None:
            await subscriber.stop()

    async def _round(self) -> None:
        """Store what has come, then wait a little for more."""
        self._stay()
        if self._subscriber is None:
            self._listen()
        self._news.clear()
        while self._waiting:
            await self._store_some()
            self._stay()
        try:
            async with asyncio.timeout(POLL):
                await self._news.wait()
        except TimeoutError:
            pass

    def _stay(self) -> None:
        if self._leaving is not None:
            self._leaving.cancel()
        self._leaving = asyncio.get_running_loop().call_later(GRACE, self._go)

    def _go(self) -> None:
        self._leave = asyncio.create_task(self.stop())

    def _listen(self) -> None:
        subscriber = self._subscriber = Subscriber(
            self._pool.make_connection, self._heard, lambda: None, "REDIS_IN_URL"
        )
        wanted = [subscriber.add(channel) for hearing in self._hearings.values() for channel in hearing.channels]
        wanted += [subscriber.add(each, True) for hearing in self._hearings.values() for each in hearing.patterns]
        self._subscribing = asyncio.gather(*wanted)

    def _heard(self, channel: str, data: bytes) -> None:
        if len(self._waiting) >= MOST_WAITING:
            self.counts["dropped"] += 1
            return
        self._waiting.append((channel, data))
        self._news.set()

    async def _store_some(self) -> None:
        """The oldest of what waits; it goes on waiting where it can't be stored."""
        messages = [self._waiting[n] for n in range(min(len(self._waiting), MOST_AT_ONCE))]
        directory = await self._tenancy.directory()
        told = [each for message in messages for each in self._told(message, directory)]
        outcome = await in_thread(self._store, told) if told else Counter[str]()
        for _ in range(min(len(messages), len(self._waiting))):
            self._waiting.popleft()
        self.counts.update(outcome)
        self.counts["malformed"] += len(messages) - len(told)

    def _told(self, message: Message, directory: Directory) -> Sequence[Told]:
        """What the message tells in which negocio; nothing where it can't be understood."""
        channel, data = message
        for kind, hearing in self._hearings.items():
            if channel not in hearing.channels and not any(fnmatchcase(channel, each) for each in hearing.patterns):
                continue
            tenant = directory.default_for(kind)
            telling = hearing.telling(channel, _document(data)) if tenant is not None else None
            if tenant is not None and telling is not None and tenant.kind == kind:
                return [(tenant.id, telling)]
        return []

    def _store(self, told: Sequence[Told]) -> "Counter[str]":
        """Returns what became of them."""
        # Who froze and woke has in its hands what another has stored meanwhile.
        if not leases.is_held(DUTY, self._process):
            return Counter(dropped=len(told))
        stored = len(told) if _stored(told) else sum(_stored([each]) for each in told)
        ring_sequencer()
        return Counter(stored=stored, malformed=len(told) - stored)


def _stored(told: Sequence[Told]) -> bool:
    """False where one of them has a character that PostgreSQL doesn't take; then none of them is stored."""
    try:
        with transaction.atomic():
            journal.store_all(told)
    except DataError:
        return False
    return True


def _document(data: bytes) -> object:
    """The document; None for what is none, is too large, or too deep to be told again."""
    if len(data) > MOST_BYTES:
        return None
    try:
        document: object = loads(data)
        dumps(document)
    except (ValueError, TypeError):
        return None
    return document


def duty_holder(tenancy: Tenancy, process: str) -> RedisIn | None:
    """Who listens for this process; None where there is nothing to listen to."""
    return RedisIn(settings.REDIS_IN_URL, tenancy, process) if settings.REDIS_IN_URL else None
