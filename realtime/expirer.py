"""Who sees to it that what runs out does, and that its people know before? A duty, every few seconds."""

from notifications.expiring import expire_all
from realtime.changes.doorbell import ring_sequencer
from realtime.database import in_thread
from realtime.duties import Duty

EVERY = 5.0


def duty() -> Duty:
    """Harmless if two do it: rows are locked and skipped, and a fact is told once."""
    return Duty("expiries", EVERY, expire)


async def expire() -> None:
    """Once. What was told is rung for; the rows that it changes are found by the poll."""
    if await in_thread(expire_all):
        ring_sequencer()
