"""Can a negocio's admin say when its people are told, and tell them something?"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from dashboards.models import Membership, Negocio
from notifications.models import AlertRule, Event, Notice
from tests.admin.browsing import page, posted
from tests.admin.conftest import World
from tests.admin.rows import a_negocio, a_user

Build = Callable[..., World]
pytestmark = pytest.mark.django_db


@pytest.fixture
def lot() -> Negocio:
    return a_negocio("parking", "lote")


@pytest.fixture
def admin(lot: Negocio) -> Client:
    """Logged in as the lot's own admin."""
    client, person = Client(), a_user("ana", is_staff=True)
    Membership.objects.create(negocio=lot, user=person, role="admin")
    client.force_login(person)
    return client


def new_rule(client: Client, url: str | None = None, **fields: Any) -> Any:
    """The answer to a filled form for a new rule."""
    form = client.get(url or page(AlertRule, "add"))
    return client.post(page(AlertRule, "add"), posted(form) | fields)


def errors(answer: Any) -> dict[str, Any]:
    found: dict[str, Any] = answer.context["adminform"].form.errors
    return found


def test_the_kinds_rules_are_listed_and_one_click_from_ones_own(admin: Client, lot: Negocio) -> None:
    listed = admin.get(page(AlertRule, "changelist"))
    (declared,) = listed.context["declared"]
    assert declared["condition"] == "stats.espacios_ocupados % espacios_total >= 95"
    assert declared["url"].replace("&", "&amp;") in listed.content.decode()
    assert new_rule(admin, declared["url"], threshold="80").status_code == 302
    rule = AlertRule.objects.get()
    assert (rule.negocio, rule.kind, rule.name, rule.threshold) == (lot, "", "ocupacion", Decimal(80))
    assert rule.alert.topics == ("alerts",)
    assert rule.alert.active


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("metric", "ganancias"),
        ("field", "espacios_azules"),
        ("total", "espacios_azules"),
        ("topics", "stats"),
        ("message", "{plata}"),
    ],
)
def test_what_no_figure_has_is_refused_by_field_and_value(admin: Client, field: str, value: str) -> None:
    url = admin.get(page(AlertRule, "changelist")).context["declared"][0]["url"]
    refused = errors(new_rule(admin, url, **{field: value}))
    assert refused.keys() == {field}
    assert f"«{value}»" in refused[field][0]
    assert not AlertRule.objects.exists()


@pytest.mark.parametrize(("field", "value"), [("threshold", "mucho"), ("hysteresis", "-1"), ("name", "Con Espacio")])
def test_what_is_no_value_is_refused(admin: Client, field: str, value: str) -> None:
    url = admin.get(page(AlertRule, "changelist")).context["declared"][0]["url"]
    assert errors(new_rule(admin, url, **{field: value})).keys() == {field}


def test_a_name_is_given_once(admin: Client) -> None:
    url = admin.get(page(AlertRule, "changelist")).context["declared"][0]["url"]
    assert new_rule(admin, url).status_code == 302
    assert "__all__" in errors(new_rule(admin, url))


def test_a_negocios_admin_makes_no_rule_for_a_whole_kind(admin: Client) -> None:
    url = admin.get(page(AlertRule, "changelist")).context["declared"][0]["url"]
    assert "kind" not in admin.get(url).context["adminform"].form.fields
    refused = new_rule(admin, url, negocio="", kind="parking")
    assert errors(refused).keys() == {"negocio"}
    assert not AlertRule.objects.exists()


def test_the_platforms_admin_makes_rules_for_a_kind(platform: Client, lot: Negocio) -> None:
    declared = {each["name"]: each["url"] for each in platform.get(page(AlertRule, "changelist")).context["declared"]}
    assert len(declared) > 1
    url = declared["Parqueadero: ocupacion"]
    assert "__all__" in errors(new_rule(platform, url))  # of whom?
    assert "__all__" in errors(new_rule(platform, url, kind="parking", negocio=lot.pk))
    assert errors(new_rule(platform, url, kind="citas")).keys() >= {"field", "total"}
    assert new_rule(platform, url, kind="parking").status_code == 302
    rule = AlertRule.objects.get()
    assert (rule.negocio, rule.kind) == (None, "parking")
    form = platform.get(page(AlertRule, "change", rule.pk))
    assert platform.post(page(AlertRule, "change", rule.pk), posted(form) | {"threshold": "70"}).status_code == 302
    rule.refresh_from_db()
    assert (rule.kind, rule.threshold) == ("parking", Decimal(70))


def test_a_kinds_rule_is_out_of_a_negocios_reach(admin: Client, platform: Client) -> None:
    declared = platform.get(page(AlertRule, "changelist")).context["declared"]
    (url,) = [each["url"] for each in declared if each["name"] == "Parqueadero: ocupacion"]
    new_rule(platform, url, kind="parking")
    rule = AlertRule.objects.get()
    assert list(admin.get(page(AlertRule, "changelist")).context["cl"].queryset) == []
    assert admin.get(page(AlertRule, "change", rule.pk)).status_code in (302, 403)


def test_a_notice_is_told_once_and_says_who_wrote_it(admin: Client, lot: Negocio) -> None:
    form = admin.get(page(Notice, "add"))
    filled = posted(form) | {"message": "Ascensor en mantenimiento", "level": "warning"}
    assert admin.post(page(Notice, "add"), filled).status_code == 302
    notice = Notice.objects.get()
    assert notice.created_by is not None
    assert notice.created_by.username.startswith("ana")
    topics = Event.objects.filter(negocio_id=lot.pk, type="system_alert").values_list("topic", flat=True)
    assert sorted(topics) == ["alerts", "events"]
    changed = admin.post(page(Notice, "change", notice.pk), filled | {"message": "Otra cosa"})
    assert changed.status_code == 302
    notice.refresh_from_db()
    assert (notice.message, Event.objects.count()) == ("Ascensor en mantenimiento", 2)


def test_a_notice_for_another_negocio_is_told_to_nobody(admin: Client) -> None:
    other = a_negocio("parking", "otro")
    form = admin.get(page(Notice, "add"))
    admin.post(page(Notice, "add"), posted(form) | {"message": "Hola", "negocio": other.pk})
    assert not Notice.objects.exists()
    assert not Event.objects.exists()
