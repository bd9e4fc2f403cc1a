"""What can stop an import, and what can be wrong with one row of it?

ImportProblem
├── Unreadable    the file
├── BadOption     what the command was told
└── Aborted       a bad row, where bad rows abort
"""

from dataclasses import dataclass

SHOWN_VALUE = 60


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that was left out: the physical line it starts on (header = 1), and why. `field` may be empty."""

    line: int
    field: str
    value: str
    reason: str

    def __str__(self) -> str:
        if not self.field:
            return f"line {self.line}: {self.reason}"
        value = self.value if len(self.value) <= SHOWN_VALUE else self.value[: SHOWN_VALUE - 1] + "…"
        return f"line {self.line}: {self.field}={value!r}: {self.reason}"


class ImportProblem(Exception):
    """The import can't be done."""


class Unreadable(ImportProblem):
    """The file can't be read."""

    def __init__(self, path: str, reason: str, line: int | None = None) -> None:
        self.path, self.reason, self.line = path, reason, line
        super().__init__(f"{path}{'' if line is None else f', line {line}'}: {reason}")


class BadOption(ImportProblem):
    """An option is wrong."""

    def __init__(self, option: str, reason: str) -> None:
        self.option, self.reason = option, reason
        super().__init__(f"{option}: {reason}")


class Aborted(ImportProblem):
    """A row is bad, and bad rows were to abort the import."""

    def __init__(self, rejected: Rejected) -> None:
        self.rejected = rejected
        super().__init__(f"aborted at {rejected}")
