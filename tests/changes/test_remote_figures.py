"""Do the figures of a negocio with an API of its own come from there, and does what fails there hurt nobody else?"""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from dashboards import remote
from dashboards.kinds import kind_named
from dashboards.models import Negocio
from dashboards.sources import Unavailable, compute_one
from realtime.hub.rooms import Update
from realtime.updates import compute_updates, to_message
from tests.changes.teams_api import TeamsApi, repair_answers, teams_api

pytestmark = pytest.mark.django_db

KIND = kind_named("repairs")
NAMES = frozenset(metric.name for metric in KIND.metrics)
OVERVIEW = "/v1/repair-orders/stats/overview"


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[TeamsApi]:
    monkeypatch.setattr(remote, "counts", type(remote.counts)())
    with teams_api(repair_answers()) as api:
        yield api


def shop(code: str, url: str = "", token: str = "") -> Negocio:
    return Negocio.objects.create(code=code, name=code, kind="repairs", rest_api_url=url, rest_api_token=token)


def updates(*negocios: Negocio) -> list[Update]:
    found = compute_updates(KIND, NAMES, [negocio.pk for negocio in negocios], {})
    return [found[negocio.pk] for negocio in negocios]


def test_every_figure_comes_from_the_api(api: TeamsApi) -> None:
    (update,) = updates(shop("taller", api.url + "/", token="secreto"))
    assert update.figures == {metric.name: api.answers[f"/v1{metric.rest}"] for metric in KIND.metrics}
    assert update.versions.keys() == NAMES
    assert len(set(update.versions.values())) == 1
    assert update.as_of
    assert {token for _, token in api.asked} == {"Bearer secreto"}
    assert remote.counts == {"fetched": 14, "failed": 0}


def test_others_figures_come_from_their_rows(api: TeamsApi) -> None:
    far, near = updates(shop("lejos", api.url), shop("cerca"))
    assert far.figures["orders_overview"]["totalOrders"] == 777
    assert near.figures["orders_overview"]["totalOrders"] == 0
    assert near.versions.keys() == far.versions.keys() == NAMES
    assert all(authorization is None for _, authorization in api.asked)


def test_the_default_shop_has_the_api_of_the_settings(api: TeamsApi, settings: Any) -> None:
    settings.REST_API_URL, settings.REST_API_TOKEN = api.url, "de-la-instalacion"
    settings.DEFAULT_NEGOCIO = {"repairs": "taller"}
    default, other = updates(shop("taller"), shop("otro"))
    assert default.figures["orders_overview"]["totalOrders"] == 777
    assert other.figures["orders_overview"]["totalOrders"] == 0
    assert {token for _, token in api.asked} == {"Bearer de-la-instalacion"}


def test_a_version_is_of_the_moment_before_the_fetch(api: TeamsApi) -> None:
    negocio = shop("taller", api.url)
    (first,) = updates(negocio)
    Negocio.objects.filter(pk=negocio.pk).update(name="otro")  # gives the transaction an id
    local = compute_updates(KIND, NAMES, [shop("cerca").pk], {})
    (second,) = updates(negocio)
    assert max(first.versions.values()) <= min(next(iter(local.values())).versions.values())
    assert min(second.versions.values()) >= max(first.versions.values())


DEEP = b'{"a":' * 252 + b"1" + b"}" * 252


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, {}), (404, {}), (204, b""), (302, {}), (200, []), (200, "text"), (200, None), (200, b""), (200, b"{nope"),
        (200, b'{"a":NaN}'), (200, b'{"a":"' + b"x" * remote.MOST_BYTES + b'"}'), (200, DEEP), (200, b"\xff"),
    ],
)  # fmt: skip
def test_a_figure_that_fails_is_left_out_and_counted(api: TeamsApi, status: int, body: Any) -> None:
    api.status[OVERVIEW], api.answers[OVERVIEW] = status, body
    api.headers[OVERVIEW] = {"Location": f"{api.url}/repair-orders/stats/revenue"}
    (update,) = updates(shop("taller", api.url))
    assert update.figures.keys() == update.versions.keys() == NAMES - {"orders_overview"}
    assert remote.counts == {"fetched": 13, "failed": 1}
    to_message("group", update)


def test_a_slow_figure_is_left_out_in_time_and_the_others_are_not_held_up(
    api: TeamsApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "TIMEOUT", 0.5)
    api.delay = {OVERVIEW: 3.0, "/v1/users/stats/overview": 3.0}
    negocio = shop("taller", api.url)
    start = time.monotonic()
    (update,) = updates(negocio)
    assert time.monotonic() - start < 2.0
    assert update.figures.keys() == NAMES - {"orders_overview", "users_overview"}


def test_with_no_figure_left_there_is_nothing_to_send() -> None:
    with teams_api({}) as gone:
        url = gone.url
    for address in (url, "http://does-not-exist.invalid/api"):
        (update,) = updates(shop(address[7:20], address))
        assert (update.figures, update.versions) == ({}, {})


def test_a_list_is_fetched_at_the_length_that_was_asked_for(api: TeamsApi) -> None:
    negocio, metric = shop("taller", api.url), KIND.metric("orders_recent")
    assert compute_one(KIND, metric, negocio.pk, 3) == {"recentOrders": []}
    assert api.asked[-1][0] == "/v1/repair-orders/stats/recent?limit=3"
    api.status["/v1/repair-orders/stats/recent"] = 500
    with pytest.raises(Unavailable):
        compute_one(KIND, metric, negocio.pk)


@pytest.mark.parametrize("url", ["ftp://a.example", "javascript:alert(1)", "http://", "a.example", "http://a:b"])
def test_only_addresses_of_http_are_taken(url: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Negocio(code="a", name="a", kind="repairs", rest_api_url=url).full_clean()
    assert list(refused.value.error_dict) == ["rest_api_url"]
