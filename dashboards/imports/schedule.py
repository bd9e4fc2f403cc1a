"""When does each row of a file happen again, and how is that kept?"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from dashboards.importing import MappedRow

# No sleep is longer, so that a wish to stop is heard soon; seconds.
LONGEST_SLEEP = 0.1
DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Past:
    """A row of the file: the line it stands on, whose it is, its fields and its date or time."""

    line: int
    owner: str
    row: MappedRow
    when: dt.date | dt.datetime


@dataclass(frozen=True, slots=True)
class Planned:
    """A row that is due so many seconds after the start."""

    due: float
    past: Past


def by_speed(rows: Iterable[Past], speed: float) -> list[Planned]:
    """The rows in order, the time between them divided by `speed`; those of one date spread over it."""
    timed = _timed(rows)
    first = timed[0][0] if timed else dt.datetime.min
    return [Planned((moment - first).total_seconds() / speed, past) for moment, past in timed]


def by_rate(rows: Iterable[Past], rate: float) -> list[Planned]:
    """The rows in order, `rate` a second."""
    return [Planned(index / rate, past) for index, (_, past) in enumerate(_timed(rows))]


def day_of(when: dt.date | dt.datetime) -> dt.date:
    """The date of a date or time."""
    return when.date() if isinstance(when, dt.datetime) else when


def play(
    plan: Sequence[Planned],
    write: Callable[[Past], None],
    clock: Callable[[], float],
    sleep: Callable[[float], Any],
    stopped: Callable[[], bool],
) -> float:
    """Write each row when it is due, by a monotonic clock, until all are written or `stopped()`.

    Returns by how many seconds the last written row was late. Lateness is caught up, never added to the plan.
    """
    start, late = clock(), 0.0
    for planned in plan:
        while (early := start + planned.due - clock()) > 0 and not stopped():
            sleep(min(early, LONGEST_SLEEP))
        if stopped():
            break
        late = max(0.0, -early)
        write(planned.past)
    return late


def _timed(rows: Iterable[Past]) -> list[tuple[dt.datetime, Past]]:
    """The rows with their moments, earliest first, in the file's order where equal."""
    ordered = sorted(rows, key=lambda past: past.line)
    of_a_day = Counter(day_of(past.when) for past in ordered if _is_whole_day(past.when))
    place: defaultdict[dt.date, int] = defaultdict(int)
    timed = []
    for past in ordered:
        moment = _moment(past.when)
        if _is_whole_day(past.when):
            day = day_of(past.when)
            moment += DAY * place[day] / of_a_day[day]
            place[day] += 1
        timed.append((moment, past))
    return sorted(timed, key=lambda pair: pair[0])


def _is_whole_day(when: dt.date | dt.datetime) -> bool:
    """Whether it names a day: a date, or the midnight that a parser makes of one."""
    return not isinstance(when, dt.datetime) or when.time() == dt.time.min


def _moment(when: dt.date | dt.datetime) -> dt.datetime:
    """A time without zone that can be compared: UTC of one with a zone, midnight of a date."""
    if not isinstance(when, dt.datetime):
        return dt.datetime.combine(when, dt.time.min)
    return when.astimezone(dt.UTC).replace(tzinfo=None) if when.tzinfo else when
