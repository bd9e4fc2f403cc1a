"""Who sees to it that figures stay quick to read? A duty that folds tallies, a moment after they were appended."""

from dashboards.rollups.folding import fold_all
from realtime.database import in_thread
from realtime.duties import Duty

EVERY = 1.0


def duty() -> Duty:
    """Harmless if two do it: a table is folded by one at a time, and what isn't folded is counted all the same."""
    return Duty("fold", EVERY, fold)


async def fold() -> None:
    """Once, until only a few tallies wait."""
    await in_thread(fold_all)
