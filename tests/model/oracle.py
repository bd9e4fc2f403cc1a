"""What must each client have heard? Told of everything that was acknowledged, it judges every frame that comes."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

# The figure of another life of the database lies in another range: none of an old one can pass for a new one.
VALUES_PER_LIFE = 100


class Broken(AssertionError):
    """A promise about delivery was not kept."""


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that people are told, by its number in this test; when it was stored and committed, in steps."""

    number: int
    stored: int
    committed: int


@dataclass(slots=True)
class Story:
    """What was told in one room in one life of the database, and under which seq clients heard it."""

    facts: dict[int, Fact] = field(default_factory=dict)
    heard: dict[int, int] = field(default_factory=dict)
    gone: set[int] = field(default_factory=set)

    def hear(self, seq: int, number: int, who: str) -> None:
        """Everybody must hear the same under the same seq, and nothing twice, and nothing that never happened."""
        if number not in self.facts:
            raise Broken(f"{who} heard fact {number} as {seq}, which nobody was promised")
        if self.heard.setdefault(seq, number) != number:
            raise Broken(f"{who} heard fact {number} as {seq}, others heard fact {self.heard[seq]}")

    def check(self, room: str) -> None:
        """Once everything is numbered: each fact has one seq, and what was over before another began comes first."""
        numbers = [number for _, number in sorted(self.heard.items())]
        if len(set(numbers)) < len(numbers):
            raise Broken(f"a fact has two places in {room}: {numbers}")
        facts = [self.facts[number] for number in numbers]
        for place, fact in enumerate(facts):
            for later in facts[place + 1 :]:
                if later.committed < fact.stored or (later.stored == fact.stored and later.number < fact.number):
                    raise Broken(f"in {room} fact {fact.number} comes before fact {later.number}")


@dataclass(slots=True)
class Life:
    """One life of the database: the stories of its rooms, and the figure that its state shows."""

    epoch: str
    stories: dict[str, Story]
    value: int

    def restored(self, heads: Mapping[str, int]) -> dict[str, Story]:
        """A copy of the stories, as a backup made now holds them: `heads` is what has been numbered."""
        return {
            topic: Story(
                dict(story.facts),
                {seq: number for seq, number in story.heard.items() if seq <= heads[topic]},
                set(story.gone),
            )
            for topic, story in self.stories.items()
        }


@dataclass(slots=True)
class Listener:
    """One client in one room that carries events: `epoch` and `seq` say up to where it has everything."""

    name: str
    topic: str
    epoch: str | None = None
    seq: int = 0
    asked: tuple[int, str | None] | None = None
    # Up to here it was promised everything, whatever the journal has lost.
    promised: int = 0

    def subscribed(self, oracle: "Oracle", frame: Mapping[str, Any]) -> None:
        """`recovered` must be true where nothing that it missed is gone, and false where anything is."""
        asked, epoch, seq = self.asked, frame["epoch"], frame["seq"]
        self.promised = seq if frame["recovered"] else 0
        if epoch != oracle.life.epoch:
            self.epoch, self.seq = epoch, seq
            return
        story = oracle.life.stories[self.topic]
        if not frame["recovered"]:
            if asked is not None:
                oracle.expect_loss(self.name, story, epoch, asked)
            self.epoch, self.seq = epoch, seq
            return
        if asked is None or asked[1] not in (None, epoch) or asked[0] > seq:
            raise Broken(f"{self.name} asked for {asked} and was told that it got everything up to {epoch}:{seq}")
        self.epoch, self.seq = epoch, asked[0]

    def event(self, oracle: "Oracle", frame: Mapping[str, Any]) -> None:
        """The next one, and no other; only what the journal has lost is passed over.

        Where a client doesn't know yet that the database was restored, it will have to be told.
        """
        story, seq = oracle.life.stories[self.topic], frame["seq"]
        if self.epoch != oracle.life.epoch:
            self.seq = seq
            return
        if seq <= self.seq:
            raise Broken(f"{self.name} has everything up to {self.seq} and heard {seq} again")
        missed = self._lacking(story, seq)
        if missed:
            raise Broken(f"{self.name} heard {seq} after {self.seq}: {missed} were left out")
        story.hear(seq, frame["data"]["n"], self.name)
        self.seq = seq

    def lag(self, oracle: "Oracle") -> str:
        """What it still lacks once everything was numbered; empty where it has all of it."""
        if self.epoch != oracle.life.epoch:
            return f"{self.name} is still in the life {self.epoch}, now is {oracle.life.epoch}"
        story = oracle.life.stories[self.topic]
        lacking = self._lacking(story, len(story.facts) + 1)
        return f"{self.name} lacks {lacking}" if lacking else ""

    def _lacking(self, story: Story, before: int) -> list[int]:
        return [seq for seq in range(self.seq + 1, before) if seq <= self.promised or seq not in story.gone]


@dataclass(slots=True)
class Watcher:
    """One client in the room that shows state, and what it was shown last in this subscription."""

    name: str
    value: int = -1

    def shown(self, value: int) -> None:
        if value < self.value:
            raise Broken(f"{self.name} was shown {value} after {self.value}")
        self.value = value

    def lag(self, oracle: "Oracle") -> str:
        """What it should see; empty where it does."""
        truth = oracle.life.value
        return f"{self.name} sees {self.value} instead of {truth}" if self.value != truth else ""


class Oracle:
    """All that was promised. `clock` counts steps, in which things happen one after the other."""

    def __init__(self, epoch: str, topics: Collection[str]) -> None:
        self.clock = 0
        self.life = Life(epoch, {topic: Story() for topic in topics}, 0)

    def step(self) -> int:
        self.clock += 1
        return self.clock

    def acknowledge(self, topics: Collection[str], numbers: Collection[int], stored: int, value: int) -> None:
        """A transaction committed: people are told of these facts in these topics, and the figure grew by `value`."""
        committed = self.step()
        for topic in topics:
            story = self.life.stories[topic]
            story.facts |= {number: Fact(number, stored, committed) for number in numbers}
        self.life.value += value

    def pruned(self, left: Mapping[str, Collection[int]], heads: Mapping[str, int]) -> None:
        """Of what was numbered, this is left in each room's journal."""
        for topic, story in self.life.stories.items():
            story.gone = set(range(1, heads[topic] + 1)) - set(left[topic])

    def begin(self, epoch: str, stories: Mapping[str, Story], value: int) -> None:
        """The database was restored, and its figure is another."""
        self.life = Life(epoch, dict(stories), value)

    def expect_loss(self, who: str, story: Story, epoch: str, asked: tuple[int, str | None]) -> None:
        """Whoever isn't given what it missed must have missed something that is gone."""
        since, of = asked
        excused = of not in (None, epoch) or since > len(story.facts) or any(seq > since for seq in story.gone)
        if not excused:
            raise Broken(f"{who} could have been given everything after {since}")

    def polled(self, who: str, topic: str, asked: tuple[int, str | None] | None, limit: int, answer: Any) -> None:
        """The journal's answer over HTTP: the oldest after a place, or nothing and the truth about it."""
        epoch, seqs = answer["epoch"], [event["seq"] for event in answer["events"]]
        if epoch != self.life.epoch:
            raise Broken(f"{who} was answered out of the life {epoch}, now is {self.life.epoch}")
        story = self.life.stories[topic]
        for event in answer["events"]:
            story.hear(event["seq"], event["data"]["n"], who)
        if asked is None:
            return
        if not answer["recovered"]:
            self.expect_loss(who, story, epoch, asked)
            if seqs:
                raise Broken(f"{who} was given {seqs} though not everything could be")
            return
        if asked[1] not in (None, epoch):
            raise Broken(f"{who} asked in the life {asked[1]} and was answered out of {epoch}")
        since = asked[0]
        if seqs != list(range(since + 1, since + 1 + min(limit, answer["seq"] - since))):
            raise Broken(f"{who} asked for {limit} after {since} of {answer['seq']} and was given {seqs}")

    def check(self) -> None:
        """All is quiet: does the order of each room make sense?"""
        for topic, story in self.life.stories.items():
            story.check(topic)
