"""How do stored events reach their rooms? A duty numbers what was committed, and only then publishes it.

What back-ends post is numbered as it is stored (realtime/intake.py); all else waits for the duty.
"""

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.conf import settings

from notifications import facts, journal
from notifications.journal import Numbered
from notifications.pruning import prune
from realtime.batching import in_pieces
from realtime.complaints import in_a_line
from realtime.database import in_thread
from realtime.direct_line import DirectLine
from realtime.duties import Duty
from realtime.protocol.json import dumps, loads
from realtime.protocol.messages import Event
from realtime.rooms import Room
from realtime.sending import Messages, SendAll
from realtime.updates import rfc3339

logger = logging.getLogger(__name__)

EVENTS_MESSAGE = "hub.events"
# Of a message.
MOST_BYTES = 128 * 1024
POLL = 0.25
FORGETTING, PRUNING = 60.0, 300.0


class Sequencer:
    """Numbers and publishes while it holds the duty `sequence`; `ring` wakes it."""

    def __init__(self, send_all: SendAll, line: DirectLine) -> None:
        self._send_all, self._line = send_all, line
        self._wake = asyncio.Event()

    def ring(self, *_: Any) -> None:
        """Something was stored."""
        self._wake.set()

    def duties(self) -> list[Duty]:
        """The sequencer's own, the forgetting of facts, and the pruning of what is too old to come back for."""
        return [
            Duty("sequence", 0.0, self._round),
            Duty("facts", FORGETTING, self._forget),
            Duty("prune", PRUNING, self._prune),
        ]

    async def _round(self) -> None:
        """Number and publish all there is, then wait for a doorbell or the poll."""
        more = True
        while more:
            self._wake.clear()
            numbered = journal.in_order(await self._line.ask(journal.NUMBER, [journal.LOCK, journal.MOST_AT_ONCE]))
            await announce(numbered, self._send_all)
            # Where there were fewer, whatever was stored since has rung, or the poll finds it.
            more = len(numbered) >= journal.MOST_AT_ONCE
        try:
            async with asyncio.timeout(POLL):
                await self._wake.wait()
        except TimeoutError:
            pass

    async def _forget(self) -> None:
        await in_thread(facts.forget)

    async def _prune(self) -> None:
        await in_thread(prune, settings.JOURNAL_AGE, settings.JOURNAL_EVENTS)


async def announce(numbered: Sequence[Numbered], send_all: SendAll) -> None:
    """Send events to their rooms, in their order and at once. What can't be sent is found in the journal by whoever
    should have heard it.
    """
    messages = to_messages(numbered)
    if not messages:
        return
    try:
        await send_all(messages)
    except Exception as error:
        logger.warning("%d events wait in the journal: %s", len(numbered), in_a_line(error))


def to_messages(numbered: Iterable[Numbered]) -> Messages:
    """The channel-layer messages of events, each a pre-encoded list of those of one room, no larger than MOST_BYTES or
    of one event. Whoever is in several rooms of a negocio hears its events in their order.
    """
    runs: list[tuple[int, str, list[bytes]]] = []
    last: dict[int, tuple[int, str, list[bytes]]] = {}
    for event in numbered:
        try:
            body = dumps(_body(event))
        except Exception as error:  # it holds up no others
            logger.warning("event %s of %s can't be told: %s", event.seq, event.topic, error)
        else:
            run = last.get(event.negocio_id)
            if run is None or run[1] != event.topic:
                run = last[event.negocio_id] = event.negocio_id, event.topic, []
                runs.append(run)
            run[2].append(body)
    return [
        (group, {"type": EVENTS_MESSAGE, "group": group, "events": f"[{b','.join(bodies).decode()}]"})
        for negocio_id, topic, each in runs
        for group in (Room(negocio_id, "", topic).group,)
        for bodies in in_pieces(each, MOST_BYTES, len)
    ]


def _body(event: Numbered) -> dict[str, Any]:
    body = {
        "seq": event.seq,
        "type": event.type,
        "message": event.message,
        "data": event.data,
        "at": rfc3339(event.at),
    }
    if event.telling is not None:
        body["telling"] = str(event.telling)
    return body


def event_of(event: Numbered, room: str) -> Event:
    """A numbered event as it is told in the room of that name."""
    telling = "" if event.telling is None else str(event.telling)
    return Event(room, event.topic, event.seq, event.type, event.message, event.data, rfc3339(event.at), telling)


def of_message(message: Mapping[str, Any], room: str, topic: str) -> list[Event]:
    """The events that a channel-layer message carries to a room."""
    return [
        Event(
            room, topic, body["seq"], body["type"], body["message"], body["data"], body["at"], body.get("telling", "")
        )
        for body in loads(message["events"])
    ]
