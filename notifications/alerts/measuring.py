"""Which number of a figure does a rule speak of? A path of names, `porEstado.estado=libre.count`.

A name steps into an object; `name=value` picks the entry of a list; a list at the end counts as its length.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from dashboards.alerts import Alert
from dashboards.metrics import Figure


def measure(alert: Alert, figures: Mapping[str, Figure]) -> Decimal | None:
    """The value that the rule compares; None where these figures don't say."""
    figure = figures.get(alert.metric)
    value = number_at(figure, alert.field)
    if not alert.total or value is None:
        return value
    total = number_at(figure, alert.total)
    return value * 100 / total if total else None


def number_at(figure: Figure, path: str) -> Decimal | None:
    """The number that the path leads to; None where there is none."""
    value = figure
    for name in path.split(".") if path else ():
        value = _step(value, name)
    if isinstance(value, list):
        return Decimal(len(value))
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    number = Decimal(str(value))
    return number if number.is_finite() else None


def _step(value: Any, name: str) -> Any:
    if isinstance(value, Mapping):
        return value.get(name)
    key, equals, wanted = name.partition("=")
    if equals and isinstance(value, list):
        return next((entry for entry in value if isinstance(entry, Mapping) and str(entry.get(key)) == wanted), None)
    return None


def paths_in(figure: Figure, before: str = "") -> Iterator[str]:
    """The paths to every number of a figure, as long as no name in it holds a dot."""
    if isinstance(figure, Mapping):
        for name, value in figure.items():
            yield from paths_in(value, _joined(before, name))
    elif isinstance(figure, list):
        yield before
        for entry in figure:
            texts = [f"{key}={value}" for key, value in entry.items() if isinstance(value, str)]
            for text in texts[:1]:  # by which it is told apart
                yield from paths_in(entry, _joined(before, text))
    elif number_at(figure, "") is not None:
        yield before


def _joined(before: str, name: str) -> str:
    return f"{before}.{name}" if before else name
