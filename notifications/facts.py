"""Has this been told already? A fact that is told twice within its window is one fact, whoever tells it."""

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

from django.db import connection

from dashboards.kinds import Telling
from notifications.models import Fact

# A row of ours and a POST about it come within so many seconds of each other.
SAME_FACT = 60
# Who got no answer to a request asks again within so many seconds.
SAME_REQUEST = 24 * 3600

MOST_KEY = Fact._meta.get_field("key").max_length or 0

# Ordered, so that two batches can't each wait for the other's facts.
FIRST = """
INSERT INTO facts AS fact (negocio_id, key, balance, expires_at)
SELECT negocio_id, key, 0, clock_timestamp() + make_interval(secs => %s)
FROM unnest(%s::bigint[], %s::text[]) AS told (negocio_id, key) ORDER BY 1, 2
ON CONFLICT (negocio_id, key) DO UPDATE SET expires_at = excluded.expires_at
WHERE fact.expires_at <= clock_timestamp()
RETURNING negocio_id, key
"""
BALANCE = """
INSERT INTO facts AS fact (negocio_id, key, balance, expires_at)
SELECT negocio_id, key, often, clock_timestamp() + make_interval(secs => %s)
FROM unnest(%s::bigint[], %s::text[], %s::int[]) AS told (negocio_id, key, often) ORDER BY 1, 2
ON CONFLICT (negocio_id, key) DO UPDATE SET expires_at = excluded.expires_at,
  balance = excluded.balance + CASE WHEN fact.expires_at > clock_timestamp() THEN fact.balance ELSE 0 END
RETURNING negocio_id, key, balance
"""

Name = tuple[int, str]
Told = tuple[int, Telling]


def news(told: Sequence[Told], posted: bool, window: float) -> list[bool]:
    """Which of the tellings, each of a negocio, are news; notes all of them, in the caller's transaction.

    `posted`: by a team's own back-end; else by a row of ours. One without a key is always news. Seconds.
    """
    if not any(telling.key for _, telling in told):
        return [True] * len(told)
    names = [(negocio_id, _kept(telling.key)) for negocio_id, telling in told]
    once = {name for name, (_, telling) in zip(names, told, strict=True) if telling.key and not telling.recurs}
    again = Counter(name for name, (_, telling) in zip(names, told, strict=True) if telling.key and telling.recurs)
    left: Counter[Name] = Counter(_first(once, window))
    # The first of equal tellings are those that the other teller has told before.
    repeated = _told_before(again, posted, window)
    return [_is_news(name, telling, left, repeated) for name, (_, telling) in zip(names, told, strict=True)]


def forget() -> None:
    """Drop the facts that can't be told again any more."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM facts WHERE expires_at <= clock_timestamp()")


def _is_news(name: Name, telling: Telling, left: "Counter[Name]", repeated: "Counter[Name]") -> bool:
    if not telling.key:
        return True
    if telling.recurs:
        repeated[name] -= 1
        return repeated[name] < 0
    left[name] -= 1
    return left[name] >= 0


def _first(names: Collection[Name], window: float) -> Iterable[Name]:
    """Those that nobody has told within the window."""
    if not names:
        return []
    with connection.cursor() as cursor:
        cursor.execute(FIRST, [window, [negocio_id for negocio_id, _ in names], [key for _, key in names]])
        return [(negocio_id, key) for negocio_id, key in cursor.fetchall()]


def _told_before(often: Mapping[Name, int], posted: bool, window: float) -> "Counter[Name]":
    """How many of the tellings of each fact that recurs are of what the other teller has told already.

    A row's tellings count up and posted ones down: what the other is ahead by are facts that wait for their second
    telling.
    """
    if not often:
        return Counter()
    sign = -1 if posted else 1
    columns = [negocio_id for negocio_id, _ in often], [key for _, key in often], [sign * n for n in often.values()]
    with connection.cursor() as cursor:
        cursor.execute(BALANCE, [window, *columns])
        after = {(negocio_id, key): balance for negocio_id, key, balance in cursor.fetchall()}
    ahead = {name: sign * balance - often[name] for name, balance in after.items()}
    return Counter({name: min(-before, often[name]) for name, before in ahead.items() if before < 0})


def _kept(key: str) -> str:
    """The key as it is kept: whatever its length."""
    return key if len(key) <= MOST_KEY else hashlib.sha256(key.encode()).hexdigest()
