"""Does the journal keep what it has promised to keep, and nothing more?"""

import datetime as dt
from collections.abc import Iterable
from random import Random

import pytest
from django.db.models import F
from django.utils import timezone

from dashboards.kinds import Telling
from notifications import journal
from notifications.models import Event
from notifications.pruning import MOST_AT_ONCE, prune

pytestmark = pytest.mark.django_db(transaction=True)

FOR_EVER = 1e9
ALL = 10**9


def tell(negocio: int, topics: Iterable[str], numbered: bool = True) -> None:
    for topic in topics:
        journal.store(negocio, [Telling("aviso", {}, user=topic)])
    while numbered and journal.number():
        pass


def kept(negocio: int) -> list[int]:
    """The ids of its numbered events, oldest first."""
    found = Event.objects.filter(negocio_id=negocio, seq__isnull=False).order_by("id")
    return list(found.values_list("id", flat=True))


@pytest.mark.parametrize("seed", range(3))
def test_of_each_negocio_the_newest_stay(seed: int) -> None:
    dice = Random(seed)
    for negocio, count in ((1, 30), (2, 9), (3, 10), (4, 0)):
        tell(negocio, [f"room-{dice.randrange(4)}" for _ in range(count)])
    before = {negocio: kept(negocio) for negocio in range(1, 5)}
    assert prune(FOR_EVER, 10) == 20
    assert {negocio: kept(negocio) for negocio in range(1, 5)} == {key: ids[-10:] for key, ids in before.items()}
    assert prune(FOR_EVER, 10) == 0


def test_what_is_too_old_goes_and_what_follows_it_stays() -> None:
    tell(1, ["a", "b"] * 5)
    long_ago = timezone.now() - dt.timedelta(days=8)
    Event.objects.filter(seq__lte=3).update(at=long_ago)
    Event.objects.filter(topic="user:b", seq=4).update(at=long_ago + dt.timedelta(days=2))
    assert prune(7 * 86_400, ALL) == 6
    assert set(Event.objects.values_list("seq", flat=True)) == {4, 5}
    assert prune(7 * 86_400, ALL) == 0


def test_what_has_no_number_yet_stays() -> None:
    tell(1, ["a"] * 4)
    tell(1, ["a"] * 3, numbered=False)
    Event.objects.update(at=F("at") - dt.timedelta(days=8))
    assert prune(7 * 86_400, 1) == 4
    assert Event.objects.filter(seq=None).count() == 3
    journal.number()
    assert list(Event.objects.order_by("seq").values_list("seq", flat=True)) == [5, 6, 7]


def test_more_than_fit_into_one_transaction_go_too() -> None:
    told = [(1, Telling("aviso", {}, user="a"))] * 1_000
    for _ in range(MOST_AT_ONCE // 1_000 + 1):
        journal.store_all(told)
    while journal.number():
        pass
    assert prune(FOR_EVER, 7) == MOST_AT_ONCE + 1_000 - 7
    assert len(kept(1)) == 7


def test_a_room_that_lost_some_already_is_counted_by_what_it_has() -> None:
    tell(1, ["a"] * 20)
    Event.objects.filter(seq__in=range(5, 15)).delete()
    assert prune(FOR_EVER, 10) == 0
    assert prune(FOR_EVER, 9) == 1
