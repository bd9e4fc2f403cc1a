"""Which metrics must be computed anew for some changes, and which events do they mean? Pure: changes in, work out."""

from collections.abc import Iterable
from dataclasses import dataclass

from dashboards.kinds import EventRule, Kind, RowChange, Telling
from dashboards.models import Change, Membership, Negocio, NegocioKey
from notifications.alerts.models import AlertRule

# Changes of these say that somebody's rights may have changed.
TENANCY_TABLES = frozenset(model._meta.db_table for model in (Negocio, NegocioKey, Membership))
# Changes of these say that people may have to be told of figures that haven't moved.
ALERT_TABLES = frozenset({AlertRule._meta.db_table})
REFRESH = "refresh"


@dataclass(frozen=True, slots=True)
class Work:
    """What some changes of one negocio call for; `alerts`: its alert rules have changed."""

    metrics: frozenset[str]
    causes: tuple[str, ...]
    tenancy: bool
    alerts: bool = False


def work_of(kind: Kind | None, changes: Iterable[Change]) -> Work:
    """The work of changes of one negocio; a negocio without a known kind has none but its tenancy."""
    metrics: set[str] = set()
    causes: dict[str, None] = {}
    tenancy = alerts = False
    for change in changes:
        tenancy |= change.source in TENANCY_TABLES
        alerts |= change.source in ALERT_TABLES
        if kind is not None:
            metrics |= _moved(kind, change)
            causes.update(dict.fromkeys(_meant(kind, change)))
    return Work(frozenset(metrics), tuple(causes), tenancy, alerts)


def _moved(kind: Kind, change: Change) -> frozenset[str]:
    # A negocio's own row holds its time zone, which every "today" depends on. A rule may read any figure.
    if change.operation == REFRESH or change.source in ALERT_TABLES | {Negocio._meta.db_table}:
        return frozenset(metric.name for metric in kind.metrics)
    tables = {model._meta.db_table: names for model, names in kind.moves.items()}
    return tables.get(change.source, frozenset())


def _meant(kind: Kind, change: Change) -> list[str]:
    if change.operation == REFRESH:
        return [row["event"] for row in change.rows or () if row.get("event")]
    return [rule.event for rule in kind.events if _applies(rule, change)]


def tellings_of(kind: Kind, changes: Iterable[Change]) -> list[Telling]:
    """What people are told of the changes, oldest first. Reads the database where a rule needs it."""
    told: list[Telling] = []
    for change in changes:
        for rule in kind.events:
            rows = _rows_of(rule, change) if rule.tell is not None else []
            if rows and rule.tell is not None:
                told.extend(rule.tell(rows))
    return told


def _applies(rule: EventRule, change: Change) -> bool:
    return bool(_rows_of(rule, change))


def _rows_of(rule: EventRule, change: Change) -> list[RowChange]:
    """The rows of a change that a rule speaks of."""
    if (rule.model._meta.db_table, rule.operation) != (change.source, change.operation):
        return []
    return [
        RowChange(row["key"], row["old"], row["new"]) for row in change.rows or () if rule.when(row["old"], row["new"])
    ]
