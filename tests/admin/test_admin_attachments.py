"""Does the admin show attached tables, and what is wrong with them, to who looks after the platform and nobody else?"""

import pytest
from django.test import Client

from dashboards.models import AttachedNegocio, Attachment, Membership
from tests.admin.browsing import page
from tests.admin.rows import a_negocio, a_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def attachment(db: None) -> Attachment:
    made = Attachment.objects.create(kind="citas", schema="theirs", layout="citas", error="citas has no column fecha")
    AttachedNegocio.objects.create(attachment=made, negocio=a_negocio("citas", "gallina"))
    return made


def test_the_platforms_admin_sees_what_is_wrong(platform: Client, attachment: Attachment) -> None:
    for there in (page(Attachment, "changelist"), page(Attachment, "change", attachment.pk)):
        shown = platform.get(there)
        assert shown.status_code == 200
        assert "citas has no column fecha" in shown.content.decode()
    assert "gallina" in platform.get(page(Attachment, "change", attachment.pk)).content.decode()


def test_nobody_edits_it(platform: Client, attachment: Attachment) -> None:
    assert platform.get(page(Attachment, "add")).status_code == 403
    assert platform.post(page(Attachment, "change", attachment.pk), {"schema": "x"}).status_code == 403
    assert platform.post(page(Attachment, "delete", attachment.pk), {"post": "yes"}).status_code == 403


def test_a_negocios_own_admin_does_not_see_it(attachment: Attachment) -> None:
    person = a_user("gallina", is_staff=True)
    Membership.objects.create(negocio=attachment.negocios.get().negocio, user=person, role="admin")
    client = Client()
    client.force_login(person)
    for there in (page(Attachment, "changelist"), page(Attachment, "change", attachment.pk)):
        assert client.get(there).status_code == 403
    assert "Tablas conectadas" not in client.get("/admin/").content.decode()
