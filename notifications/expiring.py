"""Who is told that something of theirs runs out soon? Each kind says what; here it is told, once."""

import datetime as dt
import logging

from django.db import InterfaceError, OperationalError, connection, transaction

from dashboards.kinds import kinds
from notifications import journal

logger = logging.getLogger(__name__)

# A key names its moment too, so that it need not be known for longer than somebody is told beforehand. Seconds.
REMEMBERED = 24 * 3600


def expire_all() -> int:
    """Have every kind end what is over; returns how many people were told of what soon will be.

    What one kind can't do holds up no other. Raises what says that the database itself is away.
    """
    told = 0
    for kind in kinds().values():
        if kind.expire is None:
            continue
        try:
            with transaction.atomic():
                tellings = kind.expire(_now())
                told += sum(journal.store_all(tellings, window=REMEMBERED)) if tellings else 0
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:
            logger.warning("what runs out in %s could not be told: %s", kind.name, error)
    return told


def _now() -> dt.datetime:
    """PostgreSQL's clock, the same for every process."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (moment,) = cursor.fetchone()
    assert isinstance(moment, dt.datetime)
    return moment
