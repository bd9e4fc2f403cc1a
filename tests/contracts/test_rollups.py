"""What tallies say == what all rows say: for every kind and every change of its rows, folded or not."""

from collections.abc import Mapping
from contextlib import suppress
from random import Random
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from dashboards.kinds import Kind
from dashboards.models import Negocio
from dashboards.rollups.folding import fold_all, rolled_models
from dashboards.rollups.verifying import drift
from tests.contracts.fixture_changes import CHANGES, Change, Shop, make
from tests.contracts.road import clear, days
from tests.rollups.shop import differing, rolled_kinds

pytestmark = pytest.mark.usefixtures("committed")
every_rolled_kind = pytest.mark.parametrize("kind", rolled_kinds(), ids=lambda kind: kind.name)


def fold(shop: Shop) -> None:
    fold_all(few=0)


def stray(shop: Shop) -> None:
    """A row goes to the other negocio, and what hangs on it stays behind: only another program would."""
    row = shop.row(shop.model())
    if row is not None:
        with suppress(IntegrityError), transaction.atomic():
            type(row)._base_manager.filter(pk=row.pk).update(negocio=shop.negocio())


def link_across(shop: Shop) -> None:
    """A row links to one of any negocio."""
    row = shop.row(shop.model())
    links = [] if row is None else [field for field in shop.fields(type(row)) if field.many_to_one]
    if links:
        field = shop.random.choice(links)
        with suppress(IntegrityError), transaction.atomic():
            linked = {field.name: shop.link(field, shop.negocio())}
            type(row)._base_manager.filter(pk=row.pk).update(**linked)


# What no figure is told of, since it is no change of its negocio; but if anybody asks, it counts.
OTHERS: Mapping[str, Change] = {change.__name__: change for change in (fold, stray, link_across)}
often = ["update", "advance", "move"] * 4
stories = st.lists(
    st.tuples(st.sampled_from([*CHANGES, *often, *OTHERS]), st.integers(0, 2**32)), min_size=3, max_size=12
)


@every_rolled_kind
@settings(
    max_examples=15, deadline=None, phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(story=stories, seed=st.integers(0, 2**32))
def test_tallies_say_what_the_rows_say(kind: Kind, story: list[Any], seed: int) -> None:
    negocios = [Negocio.objects.create(code=f"{kind.name}-{side}", name="Shop", kind=kind.name) for side in "ab"]
    shop = Shop(kind, negocios, Random(seed))
    shop.open()
    try:
        for change, chance in story:
            shop.random.seed(chance)
            if change in OTHERS:
                OTHERS[change](shop)
            else:
                make(change, shop)
            today = days()
            wrong = differing(kind, negocios)
            assert wrong == {} or days() != today, change
        assert [drift(model) for model in rolled_models()] == [[]] * len(rolled_models())
    finally:
        clear(negocios)


@every_rolled_kind
def test_every_field_of_every_row_counts(kind: Kind) -> None:
    """Chance may miss one; this doesn't."""
    negocios = [Negocio.objects.create(code=f"{kind.name}-{side}", name="Shop", kind=kind.name) for side in "ab"]
    shop = Shop(kind, negocios, Random(1))
    shop.open()
    try:
        for model in shop.models:
            for field in shop.fields(model):
                for row in shop.rows(model):
                    shop.set(row, field)
                assert differing(kind, negocios) == {}, field
            for row in shop.rows(model):
                shop.end(row)
            assert differing(kind, negocios) == {}, model
    finally:
        clear(negocios)
