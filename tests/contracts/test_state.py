"""Old snapshot + pushed updates == fresh snapshot: for every kind, every dialect and every change of its rows.

Real rows, real triggers, the real outbox and hub; only processes, Redis and sockets are missing.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from random import Random
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from dashboards.kinds import Kind, kinds
from dashboards.models import Negocio
from realtime.database import in_thread
from realtime.hub import hub as hub_module
from realtime.hub.outlet import CONGESTED, SENT
from realtime.protocol.dialects import dialects
from tests.contracts.fixture_changes import CHANGES, Shop, make
from tests.contracts.road import Road, clear, days, fresh, road
from tests.contracts.watchers import READERS, Watcher

NATIVE = dialects()["native"]
CHANCES = 40  # for a change to hit a row that a figure reads; some kinds have many that none does
QUIET = 0.01  # s, the hub's end of a burst in these tests

pytestmark = pytest.mark.usefixtures("committed", "short_bursts")
every_kind = pytest.mark.parametrize("kind", kinds().values(), ids=lambda kind: kind.name)
seeds = st.integers(0, 2**32)
# What happens to rows, and to those who watch: one more comes, one is congested for a while.
often = ["update"] * 7 + ["advance", "move"] * 2
events = st.sampled_from([*CHANGES, *often, "join", "congest", "drain"])
stories = st.lists(st.tuples(events, seeds), min_size=3, max_size=10)
changes = st.lists(st.tuples(st.sampled_from(list(CHANGES)), seeds), min_size=2, max_size=6)
_numbers = count(1)
Test = TypeVar("Test", bound=Callable[..., None])


@pytest.fixture
def short_bursts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "QUIET", QUIET)


def thorough(examples: int) -> Callable[[Test], Test]:
    """So many examples, shared by the kinds, each as long as it takes; the fixtures serve all of them."""
    return settings(
        max_examples=examples // len(kinds()), deadline=None, phases=[Phase.explicit, Phase.generate],
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )  # fmt: skip


@contextmanager
def a_shop(kind: Kind, seed: int) -> Iterator[Shop]:
    """Two negocios with a few rows each; nothing of them is left."""
    number = next(_numbers)
    negocios = [
        Negocio.objects.create(code=f"{kind.name}-{number}-{side}", name="Shop", kind=kind.name) for side in "ab"
    ]
    shop = Shop(kind, negocios, Random(seed))
    shop.open()
    try:
        yield shop
    finally:
        clear(negocios)


def story(kind: Kind, seed: int, tell: Callable[[Road, Shop], Coroutine[Any, Any, None]]) -> None:
    """Let something happen before watchers; then each must show what a fresh snapshot would."""

    async def run(shop: Shop) -> None:
        async with road(kind, shop.negocios) as on:
            await on.work()
            await on.watch()
            await tell(on, shop)
            drain(on)
            await asyncio.sleep(QUIET * 5)  # until the bursts have settled
            await in_thread(compare, on, on.watchers, today)

    with a_shop(kind, seed) as shop:
        today = days()
        asyncio.run(run(shop))


def compare(on: Road, watchers: Sequence[Watcher], today: Any) -> None:
    expected = fresh(on.kind, on.negocios)
    if days() != today:
        return  # midnight somewhere: the tick tells that, not a change
    for watcher in watchers:
        figures = expected[watcher.key.negocio]
        assert watcher.shown == {name: figures[name] for name in watcher.shown}, watcher.id
        if watcher.renderer is NATIVE:
            assert watcher.shown.keys() == on.kind.state_topics()[watcher.key.name.rpartition("/")[2]]


def prompt(on: Road) -> list[Watcher]:
    """Those who are told everything at once."""
    return [watcher for watcher in on.watchers if watcher.renderer is NATIVE and watcher.outcome == SENT]


async def happen(on: Road, shop: Shop, event: str) -> None:
    if event == "join":
        await on.watch()
    elif event == "congest":
        for watcher in prompt(on)[:1]:
            watcher.outcome = CONGESTED
    elif event == "drain":
        drain(on)
    else:
        await in_thread(make, event, shop)


def drain(on: Road) -> None:
    for watcher in on.watchers:
        if watcher.outcome == CONGESTED:
            watcher.outcome = SENT
            on.hub.drained(watcher)


@every_kind
@thorough(70)
@given(story_=stories, seed=seeds)
def test_old_snapshot_and_updates_are_the_fresh_snapshot(kind: Kind, story_: list[Any], seed: int) -> None:
    async def tell(on: Road, shop: Shop) -> None:
        today = days()
        for event, chance in story_:
            shop.random.seed(chance)
            await happen(on, shop, event)
            await on.work()
            await in_thread(compare, on, prompt(on), today)

    story(kind, seed, tell)


@every_kind
@thorough(30)
@given(story_=changes, seed=seeds, order=st.randoms(use_true_random=False))
def test_updates_in_any_order_and_twice_end_in_the_newest_state(
    kind: Kind, story_: list[Any], seed: int, order: Random
) -> None:
    async def tell(on: Road, shop: Shop) -> None:
        on.held = []
        for event, chance in story_:
            shop.random.seed(chance)
            await in_thread(make, event, shop)
            await on.work()
        messages = on.held * 2
        order.shuffle(messages)
        for message in messages:
            on.deliver(message)
            if order.random() < 0.2:
                await asyncio.sleep(0)

    story(kind, seed, tell)


@every_kind
@thorough(30)
@given(story_=changes, seed=seeds)
def test_changes_that_wait_together_are_one_refresh(kind: Kind, story_: list[Any], seed: int) -> None:
    async def tell(on: Road, shop: Shop) -> None:
        for event, chance in story_:
            shop.random.seed(chance)
            await in_thread(make, event, shop)
        await on.work()

    story(kind, seed, tell)


@every_kind
@pytest.mark.parametrize("seed", range(3))
def test_every_field_of_every_row_is_told(kind: Kind, seed: int) -> None:
    """Chance may miss one; this doesn't."""

    async def tell(on: Road, shop: Shop) -> None:
        today = days()
        for model in shop.models:
            for field in shop.fields(model):
                for row in await in_thread(shop.rows, model):
                    await in_thread(shop.set, row, field)
                    await on.work()
                await in_thread(compare, on, prompt(on), today)

    story(kind, seed, tell)


@every_kind
def test_the_end_of_every_row_is_told(kind: Kind) -> None:
    async def tell(on: Road, shop: Shop) -> None:
        today = days()
        for model in shop.models:
            for row in await in_thread(shop.rows, model):
                await in_thread(shop.end, row)
                await on.work()
                await in_thread(compare, on, prompt(on), today)

    story(kind, 1, tell)


def test_the_client_of_every_dialect_is_known_here() -> None:
    assert READERS.keys() == dialects().keys()


@every_kind
def test_the_changes_change_something(kind: Kind) -> None:
    """The stories above are not idle: each sort of change is made, and most are told."""
    made: dict[str, int] = dict.fromkeys(CHANGES, 0)

    def frames(on: Road) -> int:
        return sum(watcher.frames for watcher in prompt(on))

    async def tell(on: Road, shop: Shop) -> None:
        for name in CHANGES:
            for chance in range(CHANCES):
                if made[name]:
                    break
                shop.random.seed(chance)
                await in_thread(make, "create_many", shop)
                await on.work()
                before = frames(on)
                await in_thread(make, name, shop)
                await on.work()
                made[name] += frames(on) > before

    story(kind, 1, tell)
    assert made.pop("think_better_of_it") == 0
    made.pop("travel")  # moves figures of a day only
    assert all(made.values()), made
