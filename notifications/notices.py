"""What do people hear of a notice that somebody of their negocio has written?"""

import datetime as dt

from dashboards.alerts import SYSTEM_ALERT, alert_data
from dashboards.days import local_now
from dashboards.kinds import Telling, kinds
from dashboards.models import Negocio
from dashboards.topics import ALERTS
from notifications import journal
from notifications.models import Notice


def announce(notice: Notice) -> None:
    """Tell it to the negocio's staff, in the caller's transaction: the one that keeps the notice."""
    journal.store(notice.negocio_id, [telling_of(notice)])


def telling_of(notice: Notice) -> Telling:
    """What is told of it: in the topic `alerts` where the kind has one, and in `events`."""
    kind = kinds().get(notice.negocio.kind)
    message = notice.message + _when(notice)
    moment = notice.created_at.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    data = alert_data(notice.level, message, moment, notice.action_required)
    topics = (ALERTS,) if kind is not None and kind.topic(ALERTS) is not None else ()
    return Telling(SYSTEM_ALERT, data, message=message, topics=topics)


def _when(notice: Notice) -> str:
    """` (desde 22/11/2026 21:00 hasta 22/11/2026 23:00)`, at the negocio's clock; empty where it says nothing."""
    said = [
        f"{word} {_clock(notice.negocio, moment)}"
        for word, moment in (("desde", notice.starts), ("hasta", notice.ends))
        if moment is not None
    ]
    return f" ({' '.join(said)})" if said else ""


def _clock(negocio: Negocio, moment: dt.datetime) -> str:
    return f"{local_now(negocio.time_zone, moment):%d/%m/%Y %H:%M}"
