"""Does every kind declare what it is, and is it what it declares?"""

import json
from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.models import Model
from django.template.loader import get_template

from dashboards.kinds import Kind, UnknownKind, kind_named, kinds
from dashboards.metrics import Scope, compute
from dashboards.models import Negocio
from realtime.protocol.dialects import dialects, of_kind
from realtime.protocol.errors import CloseCode
from tests.contracts.road import STAFF
from tests.protocol.states import state

KINDS = list(kinds().values())
STEPS = 40
OPERATIONS = {"insert", "update", "delete"}

every_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)


def a_negocio(kind: Kind, number: int = 1) -> Negocio:
    zone = kind.demo.time_zone if kind.demo else "UTC"
    return Negocio.objects.create(code=f"{kind.name}-{number}", name=kind.label, kind=kind.name, time_zone=zone)


def seeded(kind: Kind, number: int = 1) -> Negocio:
    negocio = a_negocio(kind, number)
    if kind.demo is not None:
        kind.demo.seed(negocio, Random(number))
    return negocio


def tables(kind: Kind) -> Iterator[type[Model]]:
    """The models with a table of their own."""
    return (model for model in apps.get_app_config(kind.name).get_models() if not model._meta.proxy)


def triggers_of(table: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal AND tgenabled <> 'D' "
            "AND tgname NOT LIKE 'pulso_tally_%%'",
            [table],
        )
        return {name for (name,) in cursor.fetchall()}


def test_kinds_are_found_by_their_folders() -> None:
    assert {"citas", "repairs"} <= kinds().keys()
    assert kinds().keys() == {folder.rsplit(".", 1)[1] for folder in settings.KIND_APPS}
    with pytest.raises(UnknownKind, match="there is no kind 'bakery'"):
        kind_named("bakery")


@every_kind
def test_topics_are_told_apart_and_stats_is_one_of_them(kind: Kind) -> None:
    names = Counter(topic.name for topic in kind.topics)
    assert set(names.values()) == {1}
    assert not any(":" in name or "/" in name for name in names), "separators of rooms"
    stats = kind.topic("stats")
    assert stats is not None
    assert stats.state
    assert {"events", "user"} <= names.keys()


@every_kind
def test_topics_carry_metrics_that_there_are(kind: Kind) -> None:
    known = {metric.name for metric in kind.metrics}
    assert kind.state_topics()
    for name, carried in kind.state_topics().items():
        assert carried, name
        assert carried <= known, name
    assert frozenset[str]().union(*kind.state_topics().values()) == known, "a metric that no topic carries"
    assert not any(topic.metrics for topic in kind.topics if not topic.state)


@every_kind
def test_every_metric_is_moved_by_a_table_of_the_kind(kind: Kind) -> None:
    moved = frozenset[str]().union(*kind.moves.values())
    assert moved == {metric.name for metric in kind.metrics}
    assert set(kind.moves) <= set(tables(kind)), "proxies and other kinds' tables have no changes of their own"


@every_kind
@pytest.mark.django_db
def test_every_table_that_moves_a_metric_or_is_told_of_is_watched(kind: Kind) -> None:
    told_of = {rule.model for rule in kind.events}
    for model, names in kind.moves.items():
        needed = names or model in told_of
        expected = {"pulso_insert", "pulso_update", "pulso_delete", "pulso_truncate"} if needed else set()
        assert triggers_of(model._meta.db_table) == expected, model


@every_kind
@pytest.mark.django_db
def test_no_table_is_watched_in_vain(kind: Kind) -> None:
    told_of = {rule.model for rule in kind.events}
    for model in tables(kind):
        if not kind.moves.get(model) and model not in told_of:
            assert triggers_of(model._meta.db_table) == set(), model


@every_kind
def test_every_row_belongs_to_a_negocio(kind: Kind) -> None:
    for model in tables(kind):
        field = model._meta.get_field("negocio")
        assert (field.related_model, field.null) == (Negocio, False), model


@every_kind
def test_events_are_made_of_the_kinds_own_rows(kind: Kind) -> None:
    for rule in kind.events:
        assert rule.model in kind.moves, rule
        assert rule.operation in OPERATIONS, rule


@every_kind
def test_its_page_is_there(kind: Kind) -> None:
    get_template(kind.page)


def test_rest_paths_are_told_apart() -> None:
    paths = Counter(metric.rest for kind in KINDS for metric in kind.metrics if metric.rest)
    assert {path for path, times in paths.items() if times > 1} == set()
    assert all(path.startswith("/") and not path.endswith("/") for path in paths)


@every_kind
def test_metrics_are_told_apart(kind: Kind) -> None:
    assert set(Counter(metric.name for metric in kind.metrics).values()) == {1}
    assert all(kind.metric(metric.name) is metric for metric in kind.metrics)


# Each kind is seeded once for all of its metrics: that takes longer than the rest of a test.
@every_kind
@pytest.mark.django_db
def test_a_figure_is_json_without_rows_and_with_many(kind: Kind) -> None:
    empty, full = a_negocio(kind), seeded(kind, 2)
    for metric in kind.metrics:
        figures = compute(metric, Scope([empty.pk, full.pk])).figures
        for figure in figures.values():
            assert json.loads(json.dumps(figure, allow_nan=False)) == figure, metric.name
            assert isinstance(figure, dict | list), "data is an object, or the list that wire.md says"
            values = figure.values() if isinstance(figure, dict) else figure
            assert None not in [value for value in values if not isinstance(value, str)], "lists are []"
        if isinstance(figures[empty.pk], dict):
            assert figures[empty.pk].keys() == figures[full.pk].keys(), metric.name
        else:
            assert figures[empty.pk] == [], metric.name


@every_kind
@pytest.mark.django_db
def test_many_negocios_are_one_statement_and_each_has_its_own_figure(
    kind: Kind, django_assert_num_queries: Any
) -> None:
    ids = [seeded(kind, number).pk for number in range(3)] + [a_negocio(kind, 9).pk]
    for metric in kind.metrics:
        with django_assert_num_queries(1):
            together = compute(metric, Scope(ids)).figures
        assert together == {id: compute(metric, Scope([id])).figures[id] for id in ids}, metric.name


@every_kind
@pytest.mark.django_db
def test_a_negocio_that_is_not_asked_for_is_not_told(kind: Kind) -> None:
    ours, theirs = a_negocio(kind, 1), seeded(kind, 2)

    def figures() -> dict[str, Any]:
        return {metric.name: compute(metric, Scope([ours.pk])).figures for metric in kind.metrics}

    alone = figures()
    assert all(set(each) == {ours.pk} for each in alone.values())
    theirs.delete()
    assert figures() == alone


@every_kind
@pytest.mark.django_db
def test_a_list_is_as_long_as_asked(kind: Kind) -> None:
    negocio = seeded(kind)
    for metric in kind.metrics:
        if metric.limit is None:
            continue
        (whole,) = compute(metric, Scope([negocio.pk])).figures[negocio.pk].values()
        assert 3 <= len(whole) <= metric.limit, f"{metric.name}: the demo has enough of everything"
        for limit in (1, 3):
            (entries,) = compute(metric, Scope([negocio.pk], limit=limit)).figures[negocio.pk].values()
            assert entries == whole[:limit], metric.name


@every_kind
@pytest.mark.django_db
def test_the_demo_goes_on(kind: Kind) -> None:
    assert kind.demo is not None
    negocio, random = seeded(kind), Random(5)
    scope = Scope([negocio.pk])
    seen = set()
    for _ in range(STEPS):
        kind.demo.step(negocio, random)
        seen.add(json.dumps([compute(metric, scope).figures[negocio.pk] for metric in kind.metrics]))
    assert len(seen) > STEPS // 2, "things happen that can be seen"


def test_demos_are_told_apart() -> None:
    codes = Counter(kind.demo.code for kind in KINDS if kind.demo)
    assert set(codes.values()) == {1}


@every_kind
@pytest.mark.django_db
def test_the_kinds_own_dialect_can_say_its_state(kind: Kind) -> None:
    dialect = of_kind(kind.name)
    if dialect is None:
        return  # its clients speak the native one
    assert {topic.partition(":")[0] for topic in dialect.own_topics(STAFF)} <= {topic.name for topic in kind.topics}
    negocio = seeded(kind)
    for topic in dialect.own_topics(STAFF):
        names = kind.state_topics().get(topic, ())  # none: it carries events
        figures = {name: compute(kind.metric(name), Scope([negocio.pk])).figures[negocio.pk] for name in names}
        for text in dialect.state(state(figures, full=True)).frames:
            assert isinstance(json.loads(text), dict)


@pytest.mark.parametrize("dialect", dialects().values(), ids=lambda dialect: dialect.name)
def test_every_dialect_is_of_one_kind_or_of_all(dialect: Any) -> None:
    assert dialect.kind is None or dialect.kind in kinds()
    assert dialect.unauthorized in (CloseCode.UNAUTHORIZED, CloseCode.TOKEN_EXPIRED)
    assert (dialect.unauthorized == CloseCode.TOKEN_EXPIRED) == (dialect.kind is None)
