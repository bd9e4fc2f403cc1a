"""How do computed figures travel from the process that computed them to every hub?"""

import datetime as dt
import functools
import logging
from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import Any
from weakref import WeakKeyDictionary

from django.db import InterfaceError, OperationalError, connection

from dashboards.kinds import Kind
from dashboards.metrics import Computed
from dashboards.sources import compute_all
from realtime.complaints import in_a_line
from realtime.hub.rooms import Update
from realtime.protocol.json import dumps, loads

logger = logging.getLogger(__name__)

STATE_MESSAGE = "hub.state"
MOST_MOMENTS = 64


@dataclass(frozen=True, slots=True)
class Marks:
    """What is said with figures: why they are sent, and when the next come at the latest (seconds, None: no tick)."""

    causes: tuple[str, ...] = ()
    ticked: bool = False
    next_in: float | None = None


def compute_updates(
    kind: Kind, names: Collection[str], negocio_ids: Sequence[int], marks: Mapping[int, Marks]
) -> dict[int, Update]:
    """The named metrics of many negocios, one statement a metric, as an update for each negocio.

    What can't be read or fetched now is missing from it, may be all.
    """
    computed = compute_all(kind, names, negocio_ids)
    epoch = read_epoch()
    return {id: _update_of(id, computed, epoch, marks.get(id, Marks())) for id in negocio_ids}


def compute_apart(
    kind: Kind, names: Collection[str], negocio_ids: Sequence[int], marks: Mapping[int, Marks]
) -> dict[int, Update]:
    """As compute_updates(), but a negocio whose rows can't be computed is left out and spoils nobody's figures.

    Another program may write what no model would accept: a time zone that doesn't exist, a date in the year infinity.
    To be called outside of a transaction. Raises what says that the database itself is away.
    """
    try:
        return compute_updates(kind, names, negocio_ids, marks)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        if len(negocio_ids) == 1:
            logger.warning("the figures of negocio %d can't be computed: %s", negocio_ids[0], in_a_line(error))
            return {}
        half = len(negocio_ids) // 2
        return compute_apart(kind, names, negocio_ids[:half], marks) | compute_apart(
            kind, names, negocio_ids[half:], marks
        )


def _update_of(negocio_id: int, computed: Mapping[str, Computed], epoch: str, marks: Marks) -> Update:
    figures: dict[str, Any] = {}
    versions: dict[str, int] = {}
    as_of: dt.datetime | None = None
    for name, one in computed.items():
        if negocio_id in one.figures:
            figures[name] = one.figures[negocio_id]
            versions[name] = one.version_of(negocio_id)
            if as_of is None or one.as_of < as_of:
                as_of = one.as_of
    return Update(
        epoch,
        versions,
        figures,
        as_of=rfc3339(as_of) if as_of else "",
        next_due=rfc3339(as_of + dt.timedelta(seconds=marks.next_in)) if as_of and marks.next_in is not None else None,
        causes=marks.causes,
        ticked=marks.ticked,
    )


def part_of(update: Update, names: Set[str]) -> Update:
    """The update with those of its metrics that a topic carries."""
    if update.versions.keys() <= names:
        return update
    return replace(
        update,
        versions={name: version for name, version in update.versions.items() if name in names},
        figures={name: figure for name, figure in update.figures.items() if name in names},
    )


def rfc3339(moment: dt.datetime) -> str:
    """UTC with milliseconds and `Z`."""
    return _rfc3339_of_utc(moment if moment.tzinfo is dt.UTC else moment.astimezone(dt.UTC))


# Many negocios' figures are of the same moment. In UTC only: elsewhere an hour that clocks repeat equals itself.
@functools.lru_cache(MOST_MOMENTS)
def _rfc3339_of_utc(moment: dt.datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


# The control file names the timeline of the last checkpoint, which a server that was promoted may make minutes later:
# which one it writes to, it says by the name of the file.
LIFE = """
SELECT coalesce(i.name::text, ''), s.system_identifier::text,
  CASE WHEN pg_is_in_recovery() THEN c.timeline_id
  ELSE ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int END
FROM pg_control_system() s CROSS JOIN pg_control_checkpoint() c LEFT JOIN installation i ON true
ORDER BY i.id LIMIT 1
"""
# By connection: a server can't become another under one.
_epochs: "WeakKeyDictionary[Any, str]" = WeakKeyDictionary()


def read_epoch() -> str:
    """The life of this database: versions count within one cluster and timeline; a restore or promotion is another.

    Read once a connection. Where a pooler between keeps ours open while the server becomes another, forget_epoch() is
    called when something fails.
    """
    connection.ensure_connection()
    session = connection.connection
    epoch = _epochs.get(session)
    if epoch is None:
        epoch = _epochs[session] = _ask_epoch()
    return epoch


def _ask_epoch() -> str:
    with connection.cursor() as cursor:
        cursor.execute(LIFE)
        name, system, timeline = cursor.fetchone()
    return f"{name[:8]}-{int(system):x}-{timeline}"


def forget_epoch() -> None:
    """The database may have become another."""
    _epochs.clear()


def to_message(group: str, update: Update) -> dict[str, Any]:
    """The channel-layer message: one pre-encoded JSON string, decoded once by each relay."""
    body = {
        "epoch": update.epoch, "versions": update.versions, "figures": update.figures, "as_of": update.as_of,
        "next_due": update.next_due, "causes": update.causes, "ticked": update.ticked,
    }  # fmt: skip
    return {"type": STATE_MESSAGE, "group": group, "body": dumps(body).decode()}


def of_message(message: Mapping[str, Any]) -> Update:
    """The update that a channel-layer message carries; fields that another version added are passed over."""
    body = loads(message["body"])
    causes: Iterable[str] = body["causes"]
    return Update(
        body["epoch"],
        body["versions"],
        body["figures"],
        body["as_of"],
        body["next_due"],
        tuple(causes),
        body["ticked"],
    )
