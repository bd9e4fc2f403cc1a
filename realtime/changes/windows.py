"""How often may one negocio be refreshed? At once when it was quiet, then at most once a window that grows."""

from dataclasses import dataclass

FIRST = 0.040
LONGEST = 0.100
# A negocio that had no refresh for so many windows is quiet again.
QUIET_WINDOWS = 2.0


@dataclass(slots=True)
class Window:
    """The pace of one negocio; times are monotonic seconds."""

    last: float = float("-inf")
    length: float = FIRST

    def delay(self, now: float) -> float:
        """Seconds until the next refresh may start; 0 or less: now."""
        return self.last + self.length - now

    def begin(self, now: float) -> None:
        """A refresh starts."""
        busy = now - self.last < self.length * QUIET_WINDOWS
        self.length = LONGEST if busy else FIRST
        self.last = now

    def is_quiet(self, now: float) -> bool:
        return now - self.last > LONGEST * QUIET_WINDOWS
