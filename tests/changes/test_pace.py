"""How often is a negocio refreshed, and by whom?"""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.changes.sharing import Share
from realtime.changes.windows import FIRST, LONGEST, Window

NEGOCIOS = range(1, 301)


def test_the_first_change_of_a_quiet_negocio_is_told_at_once() -> None:
    assert Window().delay(1_000.0) <= 0


def test_the_next_waits_a_moment_and_those_after_it_longer() -> None:
    window = Window()
    window.begin(100.0)
    assert window.delay(100.0) == pytest.approx(FIRST)
    assert window.delay(100.01) == pytest.approx(FIRST - 0.01)
    window.begin(100.0 + FIRST)
    assert window.delay(100.0 + FIRST) == pytest.approx(LONGEST)
    window.begin(100.0 + FIRST + LONGEST)
    assert window.delay(100.0 + FIRST + LONGEST) == pytest.approx(LONGEST)


def test_after_a_while_it_is_quiet_again() -> None:
    window = Window()
    for moment in (0.0, FIRST, FIRST + LONGEST):
        window.begin(moment)
    assert not window.is_quiet(FIRST + LONGEST)
    later = FIRST + LONGEST + 1
    assert window.is_quiet(later)
    window.begin(later)
    assert window.delay(later) == pytest.approx(FIRST)


@given(st.lists(st.floats(0, 0.2), max_size=200))
def test_a_second_of_changes_is_at_most_so_many_refreshes(pauses: list[float]) -> None:
    """Whenever changes come: at once, after 40 ms, then every 100 ms."""
    window, now, begun = Window(), 10.0, []
    for pause in pauses:
        now += pause
        due = now + max(0.0, window.delay(now))
        window.begin(due)
        begun.append(due)
        now = due
    for start in begun:
        assert sum(start <= each < start + 1 for each in begun) <= 1 + 1 / FIRST / 1.5
    assert all(later - earlier >= FIRST - 1e-9 for earlier, later in pairwise(begun))


def shares(*names: str) -> dict[str, Share]:
    found = {name: Share(name) for name in names}
    for share in found.values():
        share.set_living(sorted(names))
    return found


def owners(found: dict[str, Share]) -> list[list[str]]:
    return [[name for name, share in found.items() if share.is_ours(negocio)] for negocio in NEGOCIOS]


@pytest.mark.parametrize("count", [1, 2, 3, 8])
def test_every_negocio_falls_to_exactly_one_worker_and_none_is_spared(count: int) -> None:
    names = [f"worker-{number}" for number in range(count)]
    found = owners(shares(*names))
    assert all(len(each) == 1 for each in found)
    parts = [sum(each == [name] for each in found) for name in names]
    assert min(parts) > len(NEGOCIOS) / count / 2


def test_who_leaves_moves_only_what_was_its_own() -> None:
    before, after = owners(shares("a", "b", "c")), owners(shares("a", "b"))
    assert all(was == now for was, now in zip(before, after, strict=True) if was != ["c"])


def test_alone_or_unheard_of_everything_is_ours() -> None:
    share = Share("a")
    assert all(share.is_ours(negocio) for negocio in NEGOCIOS)
    share.set_living(["a"])
    assert all(share.is_ours(negocio) for negocio in NEGOCIOS)
