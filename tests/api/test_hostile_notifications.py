"""What is answered to notifications that no database or dialect can hold?"""

import pytest
from django.test import Client

from dashboards.models import Negocio
from notifications.models import Event
from notifications.service_keys import new_key
from realtime.tenancy import tenancy

DEEP = '{"type":"a","message":"m","data":' + '{"a":' * 400 + "1" + "}" * 400 + "}"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "body",
    [
        r'{"type":"a\u0000","message":"m"}',
        r'{"type":"a","message":"m","data":{"x":"\u0000"}}',
        r'{"type":"\ud800","message":"m"}',
        r'{"type":"a","message":"m","data":{"x":"\ud800"}}',
        '{"type":"a","message":"m","data":{"x":NaN}}',
        DEEP,
    ],
)
def test_it_is_a_bad_body_and_nothing_is_stored(body: str) -> None:
    negocio = Negocio.objects.create(code="hostile", name="hostile", kind="tourism")
    tenancy.forget()
    headers = {"X-API-Key": new_key(negocio, "key"), "Host": "localhost"}
    answer = Client().post("/notify", body.encode(), content_type="application/json", headers=headers)
    assert (answer.status_code, answer.content.decode()) == (400, "JSON inválido")
    assert not Event.objects.filter(negocio_id=negocio.pk).exists()
