"""Can a negocio's staff see or change a row of another negocio, on any page of any model?"""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.db.models import Model
from django.urls import reverse

from dashboards.admin.owned import kind_of
from dashboards.models import Membership, Negocio
from tests.admin.browsing import FORBIDDEN, MODELS, every_model, links, may_see, page, posted
from tests.admin.conftest import THEIRS, World, rows_of

Build = Callable[..., World]
every_role = pytest.mark.parametrize("role", ["admin", "staff"])
PART = THEIRS[:-1]  # finds what is theirs, and isn't it when a page repeats the question


def assert_silent(response: Any) -> None:
    """The answer says nothing of the other negocio, except what the asker sent."""
    assert THEIRS not in response.content.decode()
    assert THEIRS not in response.headers.get("Location", "")


@every_model
@every_role
def test_the_list_shows_our_rows_only(model: type[Model], role: str, world: Build) -> None:
    it = world(model, role)
    for query in ("", f"?q={PART}", "?o=-1", "?all=", f"?negocio__id__exact={it.other.pk}", "?e=1"):
        response = it.client.get(page(model, "changelist") + query, follow=True)
        assert response.status_code == (200 if may_see(model, role) else FORBIDDEN)
        assert_silent(response)
    if may_see(model, role):
        rows = it.client.get(page(model, "changelist")).context["cl"].queryset
        assert it.ours in rows
        assert it.theirs not in rows


@every_model
@every_role
def test_no_page_of_their_row_opens(model: type[Model], role: str, world: Build) -> None:
    it = world(model, role)
    before = it.snapshot()
    for name in ("change", "delete", "history"):
        there = page(model, name, it.theirs.pk)
        for response in (it.client.get(there), it.client.post(there, {"post": "yes", "estado": "x"})):
            assert response.status_code in (302, FORBIDDEN, 404, 405)
            assert_silent(response)
    assert it.snapshot() == before


@every_model
@every_role
def test_our_own_row_can_be_changed(model: type[Model], role: str, world: Build) -> None:
    it = world(model, role)
    there = page(model, "change", it.ours.pk)
    response = it.client.get(there)
    assert_silent(response)
    if not may_see(model, role):
        assert response.status_code == FORBIDDEN
        return
    saved = it.client.post(there, posted(response))
    assert saved.status_code == 302, saved.context["errors"]
    assert it.client.get(page(model, "history", it.ours.pk)).status_code == 200


@every_model
@every_role
def test_a_row_cannot_be_put_into_their_negocio_nor_linked_to_their_rows(
    model: type[Model], role: str, world: Build
) -> None:
    it = world(model, role)
    before = it.snapshot()
    for there in (page(model, "add"), page(model, "change", it.ours.pk)):
        response = it.client.get(there)
        if response.status_code == FORBIDDEN:
            continue
        filled = posted(it.client.get(page(model, "change", it.ours.pk))) | posted(response)
        for field in links(model):
            theirs = getattr(it.theirs, field.attname)
            answer = it.client.post(there, filled | {field.name: theirs})
            assert_silent(answer)
            if field.name in response.context["adminform"].form.fields:
                assert field.name in answer.context["adminform"].form.errors
            assert not rows_of(model, it.mine).filter(**{field.attname: theirs}).exists()
    assert it.snapshot() == before


@every_model
@every_role
def test_autocomplete_offers_our_rows_only(model: type[Model], role: str, world: Build) -> None:
    it = world(model, role)
    where = {"app_label": model._meta.app_label, "model_name": str(model._meta.model_name)}
    for field in links(model):
        for term in ("", PART):
            asked = {**where, "field_name": field.name, "term": term}
            assert_silent(it.client.get(reverse("admin:autocomplete"), asked))


@every_model
@every_role
def test_no_action_touches_their_rows(model: type[Model], role: str, world: Build) -> None:
    it = world(model, role)
    before = it.snapshot()
    every_action = admin.site._registry[model].actions or ()
    names = {action if isinstance(action, str) else action.__name__ for action in every_action}
    for name in sorted(names | {name for name, _ in admin.site.actions} | {"export"}):
        chosen = {"action": name, "_selected_action": [it.theirs.pk], "post": "yes"}
        assert_silent(it.client.post(page(model, "changelist"), chosen))
        across = chosen | {"_selected_action": [it.ours.pk, it.theirs.pk], "select_across": "1", "index": "0"}
        assert_silent(it.client.post(page(model, "changelist"), across))
    assert it.snapshot() == before


@every_role
def test_the_index_names_nothing_that_is_not_ours(role: str, world: Build) -> None:
    it = world(Membership, role)
    for there in ("admin:index", "admin:jsi18n"):
        assert_silent(it.client.get(reverse(there)))
    apps = it.client.get(reverse("admin:index")).context["app_list"]
    assert {app["app_label"] for app in apps} == (
        {"citas", "dashboards", "notifications"} if role == "admin" else {"citas"}
    )


@pytest.mark.parametrize("role", ["client", "admin"])
def test_a_client_or_the_staff_of_an_inactive_negocio_sees_nothing(role: str, world: Build) -> None:
    it = world(Membership, role)
    Negocio.objects.filter(pk=it.mine.pk).update(active=role == "client")
    assert it.client.get(reverse("admin:index")).context["app_list"] == []
    for model in MODELS:
        assert it.client.get(page(model, "changelist")).status_code == FORBIDDEN


def test_the_staff_of_one_kind_has_no_page_of_another(world: Build) -> None:
    for model in MODELS:
        if kind_of(model) not in (None, "citas"):
            it = world(Membership, "admin")
            assert it.client.get(page(model, "changelist")).status_code == FORBIDDEN
            assert it.client.get(page(model, "add")).status_code == FORBIDDEN
