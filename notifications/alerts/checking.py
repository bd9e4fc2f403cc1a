"""Can a rule be held against the figures of a kind, and reach somebody? Said field by field, for who enters it."""

import re
from collections.abc import Sequence
from typing import Protocol

from dashboards.kinds import Kind, kinds
from dashboards.metrics import Figure
from dashboards.topics import USER
from notifications.alerts.measuring import number_at, paths_in

WORDS = frozenset({"valor", "umbral", "negocio"})
# So many fields of a metric are named to who gave a wrong one.
MOST_NAMED = 12


class Entered(Protocol):
    """What is checked of a rule: an Alert or an AlertRule."""

    @property
    def metric(self) -> str: ...
    @property
    def field(self) -> str: ...
    @property
    def total(self) -> str: ...
    @property
    def message(self) -> str: ...
    @property
    def topics(self) -> Sequence[str]: ...
    @property
    def user(self) -> str: ...


def complaints(kind_name: str, rule: Entered) -> dict[str, str]:
    """What is wrong with a rule for negocios of that kind: by field, naming the value; empty, if nothing is."""
    kind = kinds().get(kind_name)
    if kind is None:
        # Without any, the form says that there is none.
        return {"__all__": f"«{kind_name}» no es un tipo de negocio."} if kind_name else {}
    return _of_measure(kind, rule) | _of_audience(kind, rule) | _of_message(rule)


def _of_measure(kind: Kind, rule: Entered) -> dict[str, str]:
    metrics = {metric.name: metric for metric in kind.metrics}
    if rule.metric not in metrics:
        return {"metric": f"«{rule.metric}» no es una métrica de {kind.label}: {', '.join(metrics)}."}
    empty = metrics[rule.metric].shape(())
    found = {name: _of_path(empty, path) for name, path in (("field", rule.field), ("total", rule.total))}
    if not rule.total:
        del found["total"]
    return {name: complaint for name, complaint in found.items() if complaint}


def _of_path(figure: Figure, path: str) -> str:
    if number_at(figure, path) is not None:
        return ""
    known = [each for each in paths_in(figure) if each]
    named = ", ".join(known[:MOST_NAMED]) + (", …" if len(known) > MOST_NAMED else "")
    return f"«{path}» no es un número de la métrica: {named}."


def _of_audience(kind: Kind, rule: Entered) -> dict[str, str]:
    if rule.user and rule.topics:
        return {"user": f"O los temas o solo «{rule.user}»: uno de los dos."}
    told = [topic.name for topic in kind.topics if not topic.state and topic.name != USER]
    unknown = [name for name in rule.topics if name not in told]
    return {"topics": f"«{unknown[0]}» no es un tema de avisos: {', '.join(told)}."} if unknown else {}


def _of_message(rule: Entered) -> dict[str, str]:
    unknown = [word for word in re.findall(r"\{([^{}]*)\}", rule.message) if word not in WORDS]
    return {"message": f"«{{{unknown[0]}}}» no se conoce: {{valor}}, {{umbral}}, {{negocio}}."} if unknown else {}
