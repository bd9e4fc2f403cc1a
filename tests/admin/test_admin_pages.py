"""Do the admin pages of the kinds' rows do what those who use them need?"""

from collections.abc import Callable

import pytest
from django.contrib import admin
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dashboards.admin.owned import kind_of
from dashboards.businesses.citas.models import Cita, Estacion, Horario, Servicio
from dashboards.kinds import kinds
from dashboards.models import Membership, Negocio
from notifications.models import ServiceKey
from tests.admin.browsing import every_model, may_see, page, posted
from tests.admin.conftest import World
from tests.admin.rows import a_negocio, a_row, a_user

Build = Callable[..., World]
pytestmark = pytest.mark.django_db


def queries_of_the_list(client: Client, model: type[Model]) -> int:
    client.get(page(model, "changelist"))  # content types are looked up once and kept
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert client.get(page(model, "changelist")).status_code == 200
    return len(queries)


@every_model
def test_a_list_costs_the_same_whatever_its_length(model: type[Model], platform: Client, world: Build) -> None:
    it = world(model, "admin")
    clients = [platform, it.client] if may_see(model, "admin") else [platform]
    before = [queries_of_the_list(client, model) for client in clients]
    for _ in range(15):
        if model is not Negocio:
            a_row(model, it.mine, "gallina")
        negocio = a_negocio(kind_of(model) or "citas", "gallina")
        Membership.objects.create(negocio=negocio, user=a_user("gallina"))
    assert [queries_of_the_list(client, model) for client in clients] == before


@every_model
def test_the_platforms_admin_opens_every_page(model: type[Model], platform: Client, world: Build) -> None:
    it = world(model, "staff")
    assert platform.get(page(model, "changelist")).status_code == 200
    # A service key is shown once, where it is made: by its command.
    assert platform.get(page(model, "add")).status_code == (403 if model is ServiceKey else 200)
    for there in ("change", "delete", "history"):
        assert platform.get(page(model, there, it.theirs.pk)).status_code == 200
    form = platform.get(page(model, "change", it.theirs.pk))
    saved = platform.post(page(model, "change", it.theirs.pk), posted(form))
    assert saved.status_code == 302, saved.context["errors"]


def test_every_model_of_every_kind_has_a_page() -> None:
    registered = {kind_of(model) for model in admin.site._registry}
    assert registered >= kinds().keys()
    assert {Cita, Estacion, Horario, Servicio, Membership, Negocio} <= admin.site._registry.keys()


def test_the_site_is_called_pulso(platform: Client) -> None:
    assert "Pulso" in platform.get("/admin/").content.decode()


def test_staff_books_a_cita_without_choosing_a_negocio(world: Build) -> None:
    it = world(Cita, "staff")
    form = it.client.get(page(Cita, "add"))
    assert form.context["adminform"].form["negocio"].is_hidden
    filled = posted(form) | {"fecha": "2025-11-10", "hora_inicio": "10:30", "cliente_nombre": "Camila"}
    assert it.client.post(page(Cita, "add"), filled).status_code == 302
    assert Cita.objects.get(cliente_nombre="Camila").negocio == it.mine


def test_staff_of_two_negocios_chooses_between_them_and_cannot_mix_them(world: Build) -> None:
    it = world(Cita, "staff")
    second = a_negocio("citas", "gallina")
    Membership.objects.create(negocio=second, user_id=it.client.session["_auth_user_id"], role="staff")
    servicio = a_row(Servicio, second, "gallina")
    form = it.client.get(page(Cita, "add"))
    assert set(form.context["adminform"].form.fields["negocio"].queryset) == {it.mine, second}
    filled = posted(form) | {"fecha": "2025-11-10", "hora_inicio": "10:30", "servicio": servicio.pk}
    mixed = it.client.post(page(Cita, "add"), filled | {"negocio": it.mine.pk})
    assert mixed.context["adminform"].form.errors == {"servicio": ["No pertenece a este negocio."]}
    assert it.client.post(page(Cita, "add"), filled | {"negocio": second.pk}).status_code == 302


def test_the_platforms_admin_cannot_mix_negocios_either(platform: Client, world: Build) -> None:
    it = world(Cita, "staff")
    form = platform.get(page(Cita, "change", it.ours.pk))
    theirs = it.theirs.estacion_id
    answer = platform.post(page(Cita, "change", it.ours.pk), posted(form) | {"estacion": theirs})
    assert answer.context["adminform"].form.errors == {"estacion": ["No pertenece a este negocio."]}


def test_a_row_never_changes_its_negocio(platform: Client, world: Build) -> None:
    it = world(Cita, "staff")
    form = platform.get(page(Cita, "change", it.ours.pk))
    platform.post(page(Cita, "change", it.ours.pk), posted(form) | {"negocio": it.other.pk})
    it.ours.refresh_from_db()
    assert it.ours.negocio == it.mine


def test_an_inline_row_belongs_to_the_negocio_of_its_page(world: Build) -> None:
    it = world(Estacion, "staff")
    there = page(Estacion, "change", it.ours.pk)
    row = {"dia": "1", "abre": "09:00", "cierra": "18:00", "id": "", "estacion": it.ours.pk}
    filled = posted(it.client.get(there)) | {f"horarios-0-{name}": value for name, value in row.items()}
    assert it.client.post(there, filled | {"horarios-TOTAL_FORMS": "1"}).status_code == 302
    assert Horario.objects.get(estacion=it.ours).negocio == it.mine


def test_an_action_marks_the_chosen_citas(world: Build) -> None:
    it = world(Cita, "staff")
    assert it.ours.estado == "pendiente"
    it.client.post(page(Cita, "changelist"), {"action": "atendida", "_selected_action": [it.ours.pk]})
    it.ours.refresh_from_db()
    it.theirs.refresh_from_db()
    assert (it.ours.estado, it.theirs.estado) == ("atendida", "pendiente")


def test_a_filter_offers_what_is_ours(world: Build) -> None:
    it = world(Cita, "staff")
    cl = it.client.get(page(Cita, "changelist")).context["cl"]
    offered = {spec.field_path: spec.lookup_choices for spec in cl.filter_specs if hasattr(spec, "lookup_choices")}
    ours = set(Servicio.objects.filter(negocio=it.mine).values_list("pk", flat=True))
    assert {key for key, _ in offered["servicio"]} == ours
    assert "negocio" not in offered  # there is only one
