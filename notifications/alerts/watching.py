"""How are rules held against what was just computed? What was told is read before, and kept with the tellings."""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db import connection

from dashboards.alerts import Alert
from dashboards.kinds import Telling, kinds
from notifications.alerts.judging import Firing, Firings, Subject, Verdict, judge
from notifications.alerts.rules import RuleBook, book

REARM = """
DELETE FROM alert_firings AS firing USING unnest(%s::bigint[], %s::text[]) AS over (negocio_id, rule)
WHERE firing.negocio_id = over.negocio_id AND firing.rule = over.rule
"""
FIRE = """
INSERT INTO alert_firings (negocio_id, rule, condition, day, at)
SELECT negocio_id, rule, condition, day, clock_timestamp()
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::date[]) AS told (negocio_id, rule, condition, day)
ON CONFLICT (negocio_id, rule) DO UPDATE SET condition = excluded.condition, day = excluded.day, at = excluded.at
"""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the rules say of some negocios, by their keys. Nothing is written until keep()."""

    verdicts: Mapping[int, Verdict] = field(default_factory=dict)

    def tellings(self, negocio_id: int) -> Sequence[Telling]:
        """What is to be told of a negocio."""
        verdict = self.verdicts.get(negocio_id)
        return verdict.tellings if verdict is not None else ()

    def keep(self) -> None:
        """Remember what is told: in the transaction that stores the tellings, under the negocios' locks."""
        rearmed = [(id, name) for id, verdict in self.verdicts.items() for name in verdict.rearmed]
        fired = [(id, firing) for id, verdict in self.verdicts.items() for firing in verdict.fired]
        if not rearmed and not fired:
            return
        with connection.cursor() as cursor:
            if rearmed:
                cursor.execute(REARM, [[id for id, _ in rearmed], [name for _, name in rearmed]])
            if fired:
                columns = zip(*((id, one.rule, one.condition, one.day) for id, one in fired), strict=True)
                cursor.execute(FIRE, [list(column) for column in columns])


def firings_of(document: str | None) -> Firings:
    """What was told of a negocio and hasn't gone back since, out of a JSON list of rule, condition and day."""
    return {
        rule: Firing(rule, condition, day and dt.date.fromisoformat(day))
        for rule, condition, day in json.loads(document or "[]")
    }


def look(subjects: Sequence[Subject], firings: Mapping[int, Firings], book: RuleBook = book) -> Judgement:
    """Hold the rules of these negocios against their figures. Costs no statement, but for rules that were edited."""
    if any(subject.edited for subject in subjects):
        book.forget()
    rules = {subject.negocio_id: list(book.rules_of(subject.negocio_id, kinds()[subject.kind])) for subject in subjects}
    concerned = [subject for subject in subjects if _is_concerned(subject, rules[subject.negocio_id])]
    if not concerned:
        return Judgement()
    return Judgement(
        {
            subject.negocio_id: judge(rules[subject.negocio_id], subject, firings.get(subject.negocio_id, {}))
            for subject in concerned
        }
    )


def _is_concerned(subject: Subject, rules: Sequence[Alert]) -> bool:
    return subject.edited or any(rule.metric in subject.figures for rule in rules)
