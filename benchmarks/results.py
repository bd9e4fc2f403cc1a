"""What did a benchmark find, does it keep its bounds, and how is that told?"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Bound:
    """What the figure must not pass: at most `limit`, or at least."""

    limit: float
    is_floor: bool = False

    def keeps(self, value: float) -> bool:
        return value >= self.limit if self.is_floor else value <= self.limit

    def __str__(self) -> str:
        return f"{'≥' if self.is_floor else '≤'} {_written(self.limit)}"


def most(limit: float) -> Bound:
    return Bound(limit)


def least(limit: float) -> Bound:
    return Bound(limit, is_floor=True)


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number; `values` are those of all runs, the figure is their median."""

    name: str
    values: tuple[float, ...]
    unit: str
    bound: Bound | None = None

    @property
    def value(self) -> float:
        return statistics.median(self.values)

    @property
    def kept(self) -> bool:
        return self.bound is None or self.bound.keeps(self.value)

    def cells(self) -> tuple[str, str, str, str]:
        spread = f"{_written(min(self.values))} to {_written(max(self.values))}" if len(self.values) > 1 else ""
        verdict = "" if self.bound is None else f"{self.bound} {'kept' if self.kept else 'MISSED'}"
        return self.name, f"{_written(self.value)} {self.unit}", spread, verdict

    def document(self) -> Mapping[str, Any]:
        bound = None if self.bound is None else str(self.bound)
        return {"name": self.name, "value": self.value, "unit": self.unit, "runs": self.values, "bound": bound}


def figure(name: str, value: float, unit: str, bound: Bound | None = None) -> Figure:
    """A figure of one run."""
    return Figure(name, (value,), unit, bound)


@dataclass(frozen=True, slots=True)
class Report:
    """What one benchmark found. `lost` names every message that should have come and didn't; `missing`, who was to be
    measured and couldn't be had.
    """

    name: str
    figures: Sequence[Figure]
    lost: Sequence[str] = field(default=())
    missing: Sequence[str] = field(default=())

    @property
    def kept(self) -> bool:
        return all(figure.kept for figure in self.figures)

    def table(self) -> str:
        """For people: the figures below each other."""
        rows = [figure.cells() for figure in self.figures]
        widths = [max((len(row[column]) for row in rows), default=0) for column in range(3)]
        lines = [f"{self.name}"]
        for name, value, spread, verdict in rows:
            line = f"  {name:<{widths[0]}}  {value:>{widths[1]}}  {spread:>{widths[2]}}  {verdict}"
            lines.append(line.rstrip())
        lines += [f"  LOST: {what}" for what in self.lost]
        lines += [f"  MISSING: {who}" for who in self.missing]
        return "\n".join(lines)

    def document(self) -> Mapping[str, Any]:
        """For programs: JSON-ready."""
        figures = [figure.document() for figure in self.figures]
        lists = {"lost": list(self.lost), "missing": list(self.missing)}
        return {"name": self.name, "figures": figures, **lists, "kept": self.kept}


def merged(reports: Sequence[Report]) -> Report:
    """Several runs of one benchmark as one report: medians, and everything lost or missing in any of them."""
    columns = zip(*(report.figures for report in reports), strict=True)
    figures = [
        Figure(runs[0].name, tuple(value for figure in runs for value in figure.values), runs[0].unit, runs[0].bound)
        for runs in columns
    ]
    lost = [what for report in reports for what in report.lost]
    return Report(reports[0].name, figures, lost, [who for report in reports for who in report.missing])


def percentile(values: Iterable[float], share: float) -> float:
    """The smallest value that at least `share` of all values don't exceed; NaN of none."""
    ordered = sorted(values)
    if not ordered:
        return float("nan")
    return ordered[max(0, -int(-share * len(ordered) // 1) - 1)]


def _written(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 or float(value).is_integer() else f"{value:,.3g}"
