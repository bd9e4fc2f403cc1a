"""Can negocios, their keys and their people be managed, and only by those who may?"""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.contrib.messages import get_messages
from django.test import Client

from dashboards.businesses.citas.models import Cita
from dashboards.models import Membership, Negocio, NegocioKey
from tests.admin.browsing import page, posted
from tests.admin.conftest import World
from tests.admin.rows import a_negocio, a_user

Build = Callable[..., World]
pytestmark = pytest.mark.django_db


def save_with_key(client: Client, negocio: Negocio, secret: str) -> Any:
    there = page(Negocio, "change", negocio.pk)
    place = NegocioKey.objects.filter(negocio=negocio).count()
    key = {"id": "", "negocio": negocio.pk, "name": "nueva", "secret": secret, "active": "on"}
    filled = posted(client.get(there)) | {f"keys-{place}-{name}": value for name, value in key.items()}
    return client.post(there, filled | {"keys-TOTAL_FORMS": place + 1})


def test_a_secret_is_entered_once_and_never_shown_again(world: Build) -> None:
    it = world(Negocio, "admin")
    secret = "s" * 40
    assert save_with_key(it.client, it.mine, secret).status_code == 302
    for there in (page(Negocio, "change", it.mine.pk), page(Negocio, "history", it.mine.pk)):
        assert secret not in it.client.get(there).content.decode()
    key = NegocioKey.objects.get(negocio=it.mine, name="nueva")
    place = list(NegocioKey.objects.filter(negocio=it.mine).order_by("pk")).index(key)
    there = page(Negocio, "change", it.mine.pk)
    changed = posted(it.client.get(there)) | {f"keys-{place}-secret": "x" * 40, f"keys-{place}-name": "vieja"}
    assert it.client.post(there, changed).status_code == 302
    key.refresh_from_db()
    assert (key.name, key.secret) == ("vieja", secret)
    assert not LogEntry.objects.filter(change_message__contains=secret).exists()


@pytest.mark.parametrize(("secret", "warned"), [("k" * 31, True), ("ñ" * 16, False), ("k" * 32, False)])
def test_a_short_key_is_taken_with_a_warning(world: Build, secret: str, warned: bool) -> None:
    it = world(Negocio, "admin")
    response = save_with_key(it.client, it.mine, secret)
    assert NegocioKey.objects.filter(negocio=it.mine, secret=secret).exists()
    assert any("32 bytes" in str(message) for message in get_messages(response.wsgi_request)) is warned


def test_a_negocios_admin_names_it_but_never_turns_it_into_another(world: Build) -> None:
    it = world(Negocio, "admin")
    there = page(Negocio, "change", it.mine.pk)
    before = Negocio.objects.values("code", "kind", "hosts", "active", "external_admin_id").get(pk=it.mine.pk)
    wanted = {
        "name": "Otro nombre", "time_zone": "America/Guayaquil", "code": "hijacked", "kind": "repairs",
        "hosts": "evil.example.org", "external_admin_id": "1", "anonymous_read": "on",
    }  # fmt: skip
    assert it.client.post(there, posted(it.client.get(there)) | wanted).status_code == 302
    it.mine.refresh_from_db()
    assert (it.mine.name, it.mine.time_zone) == ("Otro nombre", "America/Guayaquil")
    assert Negocio.objects.values(*before).get(pk=it.mine.pk) == before
    assert it.mine.anonymous_read is False


@pytest.mark.parametrize("zone", ["America/Nowhere", "America", "", "../etc/passwd", "UTC\0"])
def test_a_time_zone_that_nobody_knows_is_refused(world: Build, zone: str) -> None:
    it = world(Negocio, "admin")
    there = page(Negocio, "change", it.mine.pk)
    answer = it.client.post(there, posted(it.client.get(there)) | {"time_zone": zone})
    assert "time_zone" in answer.context["adminform"].form.errors


def test_a_negocios_admin_tends_its_people_and_cannot_reach_anyone_elses(world: Build) -> None:
    it = world(Membership, "admin")
    stranger = a_user("zorro")
    filled = posted(it.client.get(page(Membership, "add")))
    outsider = it.client.post(page(Membership, "add"), filled | {"user": stranger.pk})
    assert "user" in outsider.context["adminform"].form.errors
    external = it.client.post(page(Membership, "add"), filled | {"external_user_id": "77", "role": "client"})
    assert external.status_code == 302
    assert Membership.objects.get(external_user_id="77").negocio == it.mine
    both = it.client.post(page(Membership, "add"), filled)
    assert "uno de los dos" in both.content.decode()


def test_a_staff_member_has_no_page_of_negocios_or_people(world: Build) -> None:
    it = world(Negocio, "staff")
    for model in (Negocio, Membership, get_user_model()):
        assert it.client.get(page(model, "changelist")).status_code == 403


def test_the_platforms_admin_makes_a_negocio_of_a_kind_that_exists(platform: Client) -> None:
    filled = posted(platform.get(page(Negocio, "add"))) | {"code": "nuevo", "name": "Nuevo"}
    refused = platform.post(page(Negocio, "add"), filled | {"kind": "panaderia"})
    assert "kind" in refused.context["adminform"].form.errors
    assert platform.post(page(Negocio, "add"), filled | {"kind": "citas"}).status_code == 302
    assert Negocio.objects.get(code="nuevo").kind == "citas"


def test_deleting_a_negocio_says_how_much_goes_with_it(platform: Client, world: Build) -> None:
    it = world(Cita, "staff")
    response = platform.get(page(Negocio, "delete", it.mine.pk))
    sizes = dict(response.context["model_count"])
    assert (sizes["negocios"], sizes["citas"]) == (1, Cita.objects.filter(negocio=it.mine).count())
    assert platform.post(page(Negocio, "delete", it.mine.pk), {"post": "yes"}).status_code == 302
    assert not Cita.objects.filter(negocio=it.mine).exists()
    assert Cita.objects.filter(negocio=it.other).exists()


def test_autocomplete_of_negocios_offers_the_asking_kind(platform: Client) -> None:
    wanted, other = a_negocio("citas", "lista"), a_negocio("repairs", "lista")
    asked = {"app_label": "citas", "model_name": "cita", "field_name": "negocio", "term": "lista"}
    found = {row["id"] for row in platform.get("/admin/autocomplete/", asked).json()["results"]}
    assert str(wanted.pk) in found
    assert str(other.pk) not in found


def test_a_secret_cannot_be_asked_for_by_a_lookup(world: Build) -> None:
    it = world(Membership, "admin")
    for query in ("?negocio__keys__secret__startswith=a", "?user__password__startswith=p"):
        assert it.client.get(page(Membership, "changelist") + query).status_code in (302, 400)


def test_the_token_of_a_negocios_api_is_entered_and_never_shown(platform: Client, world: Build) -> None:
    it = world(Negocio, "admin")
    there = page(Negocio, "change", it.mine.pk)
    secret, address = "t0ken-secreto", "https://api.example/v1"

    def save(**fields: str) -> tuple[str, str]:
        assert platform.post(there, posted(platform.get(there)) | fields).status_code == 302
        it.mine.refresh_from_db()
        return it.mine.rest_api_url, it.mine.rest_api_token

    assert save(rest_api_url=address, rest_api_token=secret) == (address, secret)
    for client in (platform, it.client):
        assert secret not in client.get(there).content.decode()
    assert save(rest_api_token="") == (address, secret), "what is left empty stays"
    assert save(rest_api_url="", rest_api_token="") == ("", ""), "it goes with its URL"
    assert platform.post(there, posted(platform.get(there)) | {"rest_api_url": "ftp://a"}).status_code == 200
