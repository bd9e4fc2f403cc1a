"""How many events a second can be published: stored, numbered, and heard by who listens?

In one room and in fifty, each a negocio with a service key and a listener of its own; one event a POST and a hundred.
Production settings, PostgreSQL with fsync; the servers and their databases may use every core.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from benchmarks.loads import Load, Run, load
from benchmarks.peers.ours import FRAME, PRODUCTION, SUBSCRIBE
from benchmarks.peers.peer import item
from benchmarks.results import Bound, Figure, Report, figure, least
from benchmarks.servers import cluster
from dashboards.models import Negocio
from notifications.service_keys import new_key
from tests.acceptance.clients import token
from tests.acceptance.cluster import Cluster

NAME = "publishes"
ROOMS = (1, 50)
WARM_UP, SECONDS = 1.0, 5.0
MILLISECONDS = 1e-3
ITEM = '{"type":"aviso","data":' + item('{"text":"', '"}', frame=FRAME) + "}"


@dataclass(frozen=True, slots=True)
class Way:
    """How events are posted: so many in each POST, so many POSTs whose events aren't all heard yet."""

    name: str
    batch: int
    window: int
    bound: Bound


# The load posts over eight connections; more events than those may be on their way to the listeners.
WAYS = (
    Way("one event a POST", batch=1, window=64, bound=least(800)),
    Way("100 events a POST", batch=100, window=16, bound=least(10_000)),
)


@dataclass(frozen=True, slots=True)
class Back:
    """A negocio's back-end: its code, and the header that its POSTs have."""

    code: str
    header: str


def measure() -> Report:
    """One web process, one worker; the load keeps to one core."""
    figures: list[Figure] = []
    lost: list[str] = []
    with cluster(**PRODUCTION) as running:
        running.start()
        backs = [_opened(f"bench-{number}") for number in range(max(ROOMS))]
        told = 0
        for rooms in ROOMS:
            with _load(running, backs[:rooms]) as loading:
                loading.open(rooms)
                for way in WAYS:
                    warm, run = _posted(loading, way, WARM_UP), _posted(loading, way, SECONDS)
                    told += warm.events + run.events
                    name = f"{way.name}, {rooms} room{'s' * (rooms > 1)}"
                    lost += [*warm.lost(name), *run.lost(name), *_unnumbered(running, told)]
                    figures += _figures(name, way, run)
    return Report(NAME, figures, lost)


def _opened(code: str) -> Back:
    negocio = Negocio.objects.create(code=code, name=code, kind="tourism", time_zone="UTC")
    return Back(code, f"X-API-Key: {new_key(negocio, code)}")


def _load(running: Cluster, backs: Sequence[Back]) -> AbstractContextManager[Load]:
    options = {
        "hello": SUBSCRIBE,
        "ready": '"type":"subscribed"',
        "post": "/api/publish",
        "item": ITEM,
    }
    paths = [f"/ws/native?token={token(back.code)}" for back in backs]
    return load([running.webs[0].port], paths, options, rooms=[back.header for back in backs])


def _posted(loading: Load, way: Way, seconds: float) -> Run:
    return loading.publish(seconds, window=way.window, batch=way.batch)


def _unnumbered(running: Cluster, told: int) -> Sequence[str]:
    """What the journal lacks: every event has a number of its own, and the numbers have no gaps."""
    with running.connect() as connection:
        row = connection.execute(
            "SELECT (SELECT count(*) FROM events WHERE seq IS NULL), (SELECT sum(seq) FROM room_heads)"
        ).fetchone()
    assert row is not None
    waiting, numbered = map(int, row)
    return [f"{numbered} events are numbered of {told}, {waiting} wait"] if waiting or numbered != told else []


def _figures(name: str, way: Way, run: Run) -> Sequence[Figure]:
    return [
        figure(f"{name}: published a second", run.events / run.seconds, "/s", way.bound),
        figure(f"{name}: p50 from POST to listener", run.p50 * MILLISECONDS, "ms"),
        figure(f"{name}: p99 from POST to listener", run.p99 * MILLISECONDS, "ms"),
    ]
