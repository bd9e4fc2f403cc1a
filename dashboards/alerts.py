"""Which figures call for somebody's attention, and what is said then? Rules are data: a kind declares some, a negocio
may have its own (notifications.alerts)."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import models

# Of every event that asks for attention, whatever made it.
SYSTEM_ALERT = "system_alert"


class Level(models.TextChoices):
    """How urgent it is; the values stand on the wire."""

    INFO = "info", "Información"
    WARNING = "warning", "Advertencia"
    CRITICAL = "critical", "Crítico"


class Comparison(models.TextChoices):
    """How a value is held against a threshold."""

    AT_LEAST = ">=", "≥ al menos"
    MORE = ">", "> más de"
    AT_MOST = "<=", "≤ como mucho"
    LESS = "<", "< menos de"
    EQUAL = "==", "= igual a"

    def holds(self, value: Decimal, threshold: Decimal) -> bool:
        match self:
            case Comparison.AT_LEAST:
                return value >= threshold
            case Comparison.MORE:
                return value > threshold
            case Comparison.AT_MOST:
                return value <= threshold
            case Comparison.LESS:
                return value < threshold
            case Comparison.EQUAL:
                return value == threshold


@dataclass(frozen=True, slots=True)
class Alert:
    """A rule: `field` of the figure `metric` is held against `threshold`, and told once each time it comes to that.

    `name` tells the rules of a negocio apart: its own one takes the place of its kind's. `field` is a path into the
    figure (notifications.alerts.measuring); with `total`, another path, it is `field` in percent of that.
    `hysteresis`: how far the value has to go back before the rule may be told again. `daily`: the figure counts a day,
    so that each day of the negocio begins anew. `message` may say {valor}, {umbral}, {negocio}. Told in `topics`,
    besides `events`; or, with `user`, to this user alone.
    """

    name: str
    metric: str
    field: str
    comparison: Comparison
    threshold: Decimal
    message: str
    total: str = ""
    hysteresis: Decimal = Decimal(0)
    daily: bool = False
    level: Level = Level.WARNING
    action_required: bool = False
    topics: tuple[str, ...] = ()
    user: str = ""
    active: bool = True

    @property
    def condition(self) -> str:
        """What it asks, as text: a rule that asks something else is another one."""
        measured = f"{self.metric}.{self.field}" + (f" % {self.total}" if self.total else "")
        return f"{measured} {self.comparison.value} {self.threshold.normalize():f}"

    def holds(self, value: Decimal) -> bool:
        """Is this what has to be told?"""
        return self.comparison.holds(value, self.threshold)

    def rearms(self, value: Decimal) -> bool:
        """Has a value that was told of gone back far enough?"""
        return not self.holds(value) and abs(value - self.threshold) >= self.hysteresis


def alert_data(level: str, message: str, timestamp: str, action_required: bool) -> Mapping[str, Any]:
    """The data of a `system_alert` (wire.md, 2)."""
    return {"level": str(level), "message": message, "timestamp": timestamp, "action_required": action_required}
