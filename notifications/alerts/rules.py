"""Which rules are in force for a negocio? Its own, else its kind's out of the table, else those the kind declares."""

import logging
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

from dashboards.alerts import Alert
from dashboards.kinds import Kind
from notifications.alerts.models import AlertRule

logger = logging.getLogger(__name__)

# The table is read no oftener, so that a refresh costs no statement for it. Seconds.
LIFETIME = 5.0

# Of a negocio by its key, of a kind by its name: the rules by theirs.
Rules = Mapping[int | str, Mapping[str, Alert]]


def read_rules() -> Rules:
    """All rows of the table."""
    rules: defaultdict[int | str, dict[str, Alert]] = defaultdict(dict)
    for row in AlertRule.objects.order_by("pk"):
        # PostgreSQL's numbers know NaN, which another program may have written.
        if row.threshold.is_finite() and row.hysteresis.is_finite():
            rules[row.negocio_id or row.kind][row.name] = row.alert
        else:
            logger.warning("the alert rule %s has no finite threshold and is passed over", row.pk)
    return rules


class RuleBook:
    """This process's copy of the rules, at most LIFETIME old. May be asked from any thread; `clock` is monotonic."""

    def __init__(self, read: Callable[[], Rules] = read_rules, clock: Callable[[], float] = time.monotonic) -> None:
        self._read, self._clock = read, clock
        self._lock = threading.Lock()
        self._rules: Rules | None = None
        self._read_at = float("-inf")

    def forget(self) -> None:
        """The table has changed."""
        with self._lock:
            self._rules, self._read_at = None, self._clock()

    def rules_of(self, negocio_id: int, kind: Kind) -> Iterable[Alert]:
        """The active rules of a negocio, in the order of their names."""
        rules = self._current()
        found = {alert.name: alert for alert in kind.alerts}
        found |= rules.get(kind.name, {})
        found |= rules.get(negocio_id, {})
        return [found[name] for name in sorted(found) if found[name].active]

    def _current(self) -> Rules:
        asked, known = self._clock(), self._rules
        if known is not None and asked - self._read_at < LIFETIME:
            return known
        rules = self._read()
        with self._lock:
            # What was read before somebody said that the table has changed is kept by nobody.
            if self._read_at <= asked:
                self._rules, self._read_at = rules, asked
        return rules


book = RuleBook()
