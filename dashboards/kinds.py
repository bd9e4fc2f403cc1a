"""Which kinds of business are there, and what does each declare? Found by their folders, listed nowhere."""

import datetime as dt
import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from random import Random
from typing import Any

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import Model

from dashboards.alerts import Alert
from dashboards.importing import ImportShape
from dashboards.metrics import Metric
from dashboards.models import Negocio


class UnknownKind(LookupError):
    """There is no such kind of business."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        self.name, self.known = name, known
        super().__init__(f"there is no kind {name!r}; the kinds are {', '.join(known)}")


@dataclass(frozen=True, slots=True)
class Claims:
    """Who somebody is to a negocio, as the token says it; texts are empty where it doesn't. `staff`, `admin`: there."""

    user: str
    role: str
    seller: str
    client: str
    staff: bool
    admin: bool


@dataclass(frozen=True, slots=True)
class Topic:
    """What a client may subscribe to within a negocio.

    `public`: also for clients of the negocio who are no members; else its staff and admins only, but for a negocio
    that lets anybody read: there state, and what is `open`, is for everybody who holds it.
    `state`: carries metrics, those named by `metrics` or all of the kind; else events.
    `guard`: this is a family of topics, `name:<parameter>`; it says who may join which, and nothing else does. Where
    the negocio's own back-end says it instead, `question` gives the path and query to ask of it for a parameter and a
    user, and `own` whose topics need no asking.
    """

    name: str
    state: bool
    public: bool = False
    open: bool = False
    metrics: tuple[str, ...] = ()
    guard: Callable[[Claims, str], bool] | None = None
    own: Callable[[Claims, str], bool] | None = None
    question: Callable[[str, str], str] | None = None


@dataclass(frozen=True, slots=True)
class RowChange:
    """What a statement did to one row: its key, and its state columns before and after (None where absent)."""

    key: int
    old: Mapping[str, Any] | None
    new: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Telling:
    """Something that people are told, as wire.md has it: `type`, `data`, a `message` for a person where there is one.

    `topics`: where it is told, besides the topic `events`. `user`: told to this user alone, in no topic at all.
    `key`: names the fact, so that the same fact told twice is delivered once; empty: each telling is a fact.
    `recurs`: the fact may happen again within the minute, so that only a row's telling and a posted one are the same.
    `at`: when it was, where the teller says so. `data` is any JSON.
    """

    type: str
    data: Any
    message: str = ""
    topics: tuple[str, ...] = ()
    user: str = ""
    key: str = ""
    recurs: bool = False
    at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class EventRule:
    """Which row change means which event: `when` gets the row's old and new state columns (None where absent).

    `tell`, where people are told: from the rows concerned of one statement (at most 1,000) to what they are told.
    It may read the database; a row may be gone by then.
    """

    event: str
    model: type[Model]
    operation: str
    when: Callable[[Mapping[str, Any] | None, Mapping[str, Any] | None], bool] = lambda old, new: True
    tell: Callable[[Sequence[RowChange]], Sequence[Telling]] | None = None


@dataclass(frozen=True, slots=True)
class Hearing:
    """What a kind's back-ends publish on a Redis of theirs: on these channels, and those that fit the patterns.

    `telling`: from channel and document to what people are told of it; None where it means nothing.
    """

    channels: tuple[str, ...]
    patterns: tuple[str, ...]
    telling: Callable[[str, Any], Telling | None]


@dataclass(frozen=True, slots=True)
class Demo:
    """A believable small business: `seed` fills an empty negocio, `step` makes one thing happen."""

    code: str
    name: str
    time_zone: str
    seed: Callable[[Negocio, Random], None]
    step: Callable[[Negocio, Random], None]


@dataclass(frozen=True, slots=True)
class Kind:
    """All that the core knows of a kind.

    `moves`: the one table that says which metrics a write to a model can touch. `page`: the template of its live
    page. `ticks`: whether its figures go out every UPDATE_INTERVAL too.
    `fact_key`: from the type and data of a posted notification to the name of its fact (Telling.key), which rows'
    tellings have too; it is asked on the event loop, and reads no database.
    `recurring`: the types of what may happen again within the minute (Telling.recurs).
    `login_tellings`: what which negocio is told (by key) of a login of one of our users.
    `alerts`: the rules that every negocio of the kind has, unless it has its own of that name.
    `hears`: what is published on REDIS_IN_URL for its default negocio.
    `expire`: makes what is over at a moment so, and gives what which negocio is told of what soon will be: each time
    it is asked, by a key that names the fact. Called every few seconds, in a transaction, maybe by two at once.
    """

    name: str
    label: str
    metrics: tuple[Metric, ...]
    moves: Mapping[type[Model], frozenset[str]]
    topics: tuple[Topic, ...]
    page: str
    ticks: bool = False
    events: tuple[EventRule, ...] = ()
    imports: ImportShape | None = None
    demo: Demo | None = None
    fact_key: Callable[[str, Mapping[str, Any]], str] | None = None
    recurring: frozenset[str] = frozenset()
    login_tellings: Callable[[AbstractBaseUser], Mapping[int, Telling]] | None = None
    alerts: tuple[Alert, ...] = ()
    hears: Hearing | None = None
    expire: Callable[[dt.datetime], Sequence[tuple[int, Telling]]] | None = None
    _by_name: dict[str, Metric] = field(init=False, repr=False, compare=False, default_factory=dict)
    _topics: dict[str, Topic] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._by_name.update((metric.name, metric) for metric in self.metrics)
        self._topics.update((topic.name, topic) for topic in self.topics)
        for model, names in self.moves.items():
            if unknown := names - self._by_name.keys():
                raise ValueError(f"kind {self.name}: {model.__name__} moves unknown metrics {sorted(unknown)}")
        for alert in self.alerts:
            if alert.metric not in self._by_name:
                raise ValueError(f"kind {self.name}: the alert {alert.name} reads an unknown metric {alert.metric!r}")

    def metric(self, name: str) -> Metric:
        """The metric of that name; KeyError where the kind has none."""
        return self._by_name[name]

    def state_topics(self) -> Mapping[str, frozenset[str]]:
        """Topics that carry state -> the names of their metrics."""
        return {
            topic.name: frozenset(topic.metrics) or frozenset(self._by_name) for topic in self.topics if topic.state
        }

    def posted(self, type: str, data: Mapping[str, Any], message: str, at: dt.datetime | None = None) -> Telling:
        """A notification that a team's own back-end posts; where a row of ours may tell the same, by the same name."""
        key = self.fact_key(type, data) if self.fact_key is not None else ""
        return Telling(type, data, message, key=key, recurs=type in self.recurring, at=at)

    def topic(self, name: str) -> Topic | None:
        return self._topics.get(name)


@functools.cache
def kinds() -> Mapping[str, Kind]:
    """Every kind by name, out of dashboards/businesses/<kind>/kind.py. Needs loaded apps."""
    found: dict[str, Kind] = {}
    for app in settings.KIND_APPS:
        kind: Kind = import_module(f"{app}.kind").KIND
        found[kind.name] = kind
    return found


def kind_named(name: str) -> Kind:
    """The kind of that name; raises UnknownKind."""
    try:
        return kinds()[name]
    except KeyError:
        raise UnknownKind(name, sorted(kinds())) from None
