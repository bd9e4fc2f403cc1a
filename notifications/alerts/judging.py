"""Which rules are to be told of now? Pure: figures and what was told before in, tellings and what to keep out."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from dashboards.alerts import SYSTEM_ALERT, Alert, alert_data
from dashboards.days import local_now
from dashboards.kinds import Telling
from dashboards.metrics import Figure
from notifications.alerts.measuring import measure


@dataclass(frozen=True, slots=True)
class Subject:
    """A negocio and its figures, those that were computed just now. `edited`: its rules were changed just now."""

    negocio_id: int
    kind: str
    name: str
    time_zone: str
    figures: Mapping[str, Figure]
    as_of: str
    edited: bool = False

    @property
    def day(self) -> dt.date:
        """The negocio's date when the figures were computed; in UTC where nobody knows its time zone."""
        moment = dt.datetime.fromisoformat(self.as_of)
        try:
            return local_now(self.time_zone, moment).date()
        except (KeyError, ValueError):
            return moment.date()


@dataclass(frozen=True, slots=True)
class Firing:
    """A rule that was told and hasn't gone back since; `day`, of a daily one."""

    rule: str
    condition: str
    day: dt.date | None = None


# Of a negocio, by the names of the rules.
Firings = Mapping[str, Firing]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be told of a negocio, what becomes known as told, and the names of the rules that may fire again."""

    tellings: list[Telling] = field(default_factory=list)
    fired: list[Firing] = field(default_factory=list)
    rearmed: list[str] = field(default_factory=list)


def judge(rules: Sequence[Alert], subject: Subject, firings: Firings) -> Verdict:
    """Hold the negocio's active rules against its figures; a rule whose metric wasn't computed stays as it is."""
    verdict = Verdict()
    # Of a rule that was taken away or switched off.
    verdict.rearmed.extend(firings.keys() - {rule.name for rule in rules})
    for rule in rules:
        value = measure(rule, subject.figures)
        if value is None:
            continue
        now = Firing(rule.name, rule.condition, subject.day if rule.daily else None)
        before = firings.get(rule.name)
        if before != now and rule.holds(value):
            verdict.fired.append(now)
            verdict.tellings.append(_telling(rule, value, subject))
        elif before is not None and (before != now or rule.rearms(value)):
            verdict.rearmed.append(rule.name)
    return verdict


def _telling(rule: Alert, value: Decimal, subject: Subject) -> Telling:
    message = rule.message
    said = {"valor": _said(value), "umbral": _said(rule.threshold), "negocio": subject.name}
    for name, text in said.items():
        message = message.replace(f"{{{name}}}", text)
    data = alert_data(rule.level, message, subject.as_of, rule.action_required)
    return Telling(SYSTEM_ALERT, data, message=message, topics=rule.topics, user=rule.user)


def _said(number: Decimal) -> str:
    """As people here write it: at most two decimals, after a comma."""
    return f"{round(number, 2).normalize():f}".replace(".", ",")
