"""What is answered to notifications that no database or dialect can hold?"""

import json

import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboards.models import Negocio
from notifications import journal
from notifications.models import Event
from notifications.service_keys import new_key
from realtime.sequencer import of_message, to_messages
from realtime.tenancy import tenancy
from tests.api.callers import back_end

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


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
FIELDS = ("event", "room", "user_id", "type", "message", "data", "negocio", "topic", "user", "key", "timestamp")
DOCUMENT = st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=5), JSON, max_size=6)
# What is nearly right gets furthest.
RIGHT = st.fixed_dictionaries({"event": st.text(), "type": st.text(min_size=1), "message": st.text(min_size=1)})
NEARLY = st.tuples(RIGHT, DOCUMENT).map(lambda both: {"data": {}, "room": "r"} | both[0] | both[1])
BODY = (JSON | DOCUMENT | NEARLY | st.lists(DOCUMENT | NEARLY | JSON, max_size=4)).map(lambda d: json.dumps(d).encode())


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("path", "kind"), [("/api/publish", "parking"), ("/api/notify", "marketplace"), ("/notify", "tourism")]
)
def test_any_document_is_answered_and_what_is_stored_can_be_told(path: str, kind: str) -> None:
    Event.objects.all().delete()
    team = back_end("any", kind)

    @settings(deadline=None, max_examples=40, database=None)
    @given(BODY | st.binary(max_size=50))
    def check(body: bytes) -> None:
        status, answer = team.post(path, body)
        assert status in (200, 400, 403), answer

    check()
    while numbered := journal.number():
        for event in numbered:
            ((_, message),) = to_messages([event])
            of_message(message, "any/events", event.topic)
