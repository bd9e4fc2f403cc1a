"""What did the faults do? One line for each, printed at the end of the run."""

from dataclasses import dataclass, field

HEADINGS = ("fault", "times", "events told", "lost", "repeated", "recovery, slowest", "an event took at most")


@dataclass(slots=True)
class Verdict:
    """What came of one sort of fault. `recoveries` in seconds, each at most `bound`; `longest` is an event's way."""

    fault: str
    bound: float
    recoveries: list[float] = field(default_factory=list)
    times: int = 0
    told: int = 0
    lost: int = 0
    repeated: int = 0
    longest: float = 0.0
    refused: str = ""

    def cells(self) -> tuple[str, ...]:
        recovery = f"{max(self.recoveries):.1f} s, allowed {self.bound:g} s" if self.recoveries else ""
        counts = (self.times, self.told, self.lost, self.repeated)
        return self.fault, *(f"{count:,}" for count in counts), recovery, f"{self.longest:.1f} s"


verdicts: list[Verdict] = []


def table() -> list[str]:
    """The lines of the table of all verdicts."""
    rows = [HEADINGS, *(verdict.cells() for verdict in verdicts)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
