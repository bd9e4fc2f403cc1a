"""How does the client of each dialect come to what it shows? By the frames alone, as its front-end does it."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from realtime.hub.frames import Frame
from realtime.hub.outlet import SENT, UNSETTLED, Outcome
from realtime.hub.rooms import Renderer, RoomKey
from realtime.protocol.dialects import Dialect
from realtime.protocol.json import loads

Figures = dict[str, Any]


class Reader(Protocol):
    """The figures that a client shows after one more frame."""

    def __call__(self, shown: Figures, frame: Any) -> Figures: ...


def native(shown: Figures, frame: Any) -> Figures:
    assert (frame["v"], frame["type"]) == (1, "state")
    return dict(frame["data"]) if frame["full"] else {**shown, **frame["data"]}


def citas(shown: Figures, frame: Any) -> Figures:
    """Each frame is all; the other spelling says the same."""
    data = frame["data"]
    stats = {name: data[name] for name in ("totalCitas", "citasHoy", "citasCompletadas", "citasCanceladas")}
    snake = {name: data[name] for name in ("total_citas", "citas_hoy", "citas_completadas", "citas_canceladas")}
    assert list(stats.values()) == list(snake.values())
    return {"stats": stats}


def repairs(shown: Figures, frame: Any) -> Figures:
    """`{...prev,...data}`"""
    return {**shown, **frame["data"]}


def tourism(shown: Figures, frame: Any) -> Figures:
    raise AssertionError(f"its clients are told of events only, not {frame}")


def parking(shown: Figures, frame: Any) -> Figures:
    """Each frame is one whole metric, that of the client's form."""
    data = dict(frame["data"])
    assert data.pop("timestamp")
    return {**shown, {"dashboard_update": "dashboard", "stats_update": "stats"}[frame["type"]]: data}


def marketplace(shown: Figures, frame: Any) -> Figures:
    raise AssertionError(f"its clients are told of events only, not {frame}")


READERS: Mapping[str, Reader] = {
    "native": native,
    "citas": citas,
    "repairs": repairs,
    "tourism": tourism,
    "parking": parking,
    "marketplace": marketplace,
}
# What makes a client speak another form of its dialect than the one for those who say nothing.
OTHER_FORMS: Mapping[str, Mapping[str, Any]] = {"parking": {"action": "subscribe"}}


def forms(dialect: Dialect) -> list[Dialect]:
    """The dialect in each of its forms."""
    other = OTHER_FORMS.get(dialect.name)
    return [dialect] if other is None else [dialect, dialect.heard(other)]


class Watcher:
    """A member of the hub, which shows what its frames say; for the hub it is outlet and connection in one."""

    def __init__(self, dialect: Dialect, key: RoomKey) -> None:
        self.id, self.key, self.dialect = f"{dialect.name} in {key.name}", key, dialect
        self.renderer: Renderer = dialect
        self.outlet: Any = self
        self.behind: frozenset[RoomKey] = frozenset()
        self.on_drain: Callable[[], None] | None = None
        self.outcome: Outcome = SENT
        self.shown: Figures = {}
        self.frames = 0

    def too_slow(self) -> None:
        raise AssertionError("figures are no events")

    def write(self, frame: Frame) -> Outcome:
        if self.outcome == SENT:
            self.frames += 1
            self.shown = READERS[self.dialect.name](self.shown, loads(frame.payload))
        return self.outcome

    def settle(self, watcher: object) -> int:
        return UNSETTLED
