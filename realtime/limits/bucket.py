"""How many frames may a client send? A token bucket per connection."""

from dataclasses import dataclass

RATE = 20.0
BURST = 40.0


@dataclass(slots=True)
class Bucket:
    """`burst` frames at once, `rate` a second after that; times are monotonic seconds."""

    rate: float = RATE
    burst: float = BURST
    level: float = BURST
    at: float = 0.0

    def take(self, now: float) -> bool:
        """True when one more frame may be read."""
        self.level = min(self.burst, self.level + (now - self.at) * self.rate)
        self.at = now
        if self.level < 1:
            return False
        self.level -= 1
        return True
