"""What does a client join, and what is that called on the channel layer? Only this module converts."""

import hashlib
import re
from dataclasses import dataclass

# What a channel layer takes as a group name, and what every one of them takes in length.
PLAIN = re.compile(r"[A-Za-z0-9._-]{1,60}")
# Of a topic's text so much is kept in the journal and the registry of leases.
MOST_TOPIC = 200
WORKERS = "pulso.workers"
PROCESSES = "pulso.processes"


@dataclass(frozen=True, slots=True)
class Room:
    """A negocio and a topic. Built by the server, never taken from a client as it is."""

    negocio_id: int
    negocio: str
    topic: str

    @property
    def group(self) -> str:
        """Its channel-layer group: unequivocal, and safe whatever the topic's text."""
        if PLAIN.fullmatch(self.topic):
            return f"n{self.negocio_id}.t.{self.topic}"
        return f"n{self.negocio_id}.h.{hashlib.sha256(self.topic.encode()).hexdigest()[:40]}"

    @property
    def name(self) -> str:
        """What it is called in native frames and HTTP paths."""
        return f"{self.negocio}/{self.topic}"

    @property
    def base_topic(self) -> str:
        """The declared topic that a topic with a parameter (`user:7`) belongs to."""
        return self.topic.partition(":")[0]

    @property
    def can_be_kept(self) -> bool:
        """Fits its topic where it is written down? PostgreSQL takes no U+0000."""
        return len(self.topic) <= MOST_TOPIC and self.topic.isprintable()

    @property
    def parameter(self) -> str:
        """What a topic of a family (`room:order-7`) is about; empty where it is of none."""
        return self.topic.partition(":")[2]
