"""Who looks after attached tables? A duty checks them all, and one asks for the figures of those that tell nothing."""

from django.conf import settings

from dashboards.attach.checking import ask_for_unwatched, check_all
from realtime.database import in_thread
from realtime.duties import Duty

CHECK_INTERVAL = 5.0


def duties() -> list[Duty]:
    """Both of them."""
    return [Duty("attachments", CHECK_INTERVAL, _check), Duty("unwatched", settings.UPDATE_INTERVAL, _ask)]


async def _check() -> None:
    await in_thread(check_all)


async def _ask() -> None:
    await in_thread(ask_for_unwatched)
