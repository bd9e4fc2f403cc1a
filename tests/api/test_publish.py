"""Does POST /api/publish store what may be told, once, and say of every item what became of it?"""

from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dashboards.models import Membership, Negocio
from notifications import journal
from notifications.models import Event, Fact
from realtime.tenancy import tenancy
from tests.acceptance.clients import token
from tests.api.callers import BackEnd, Caller, back_end

pytestmark = pytest.mark.django_db(transaction=True)

PATH = "/api/publish"
STORED, DUPLICATE = {"status": "stored"}, {"status": "duplicate"}
ITEM = {"type": "aviso", "data": {"n": 1}}


@pytest.fixture(autouse=True)
def nothing_told() -> None:
    Event.objects.all().delete()
    Fact.objects.all().delete()


@pytest.fixture
def lot() -> BackEnd:
    return back_end("lote", "parking")


def test_an_item_is_told_the_staff(lot: BackEnd) -> None:
    assert lot.post(PATH, ITEM | {"message": "Hola"}) == (200, {"results": [STORED]})
    assert lot.told() == [("events", "aviso", {"n": 1})]
    assert Event.objects.get().message == "Hola"


def test_an_item_is_told_in_its_topic_or_its_user_alone(lot: BackEnd) -> None:
    items = [ITEM | {"topic": "tickets"}, ITEM | {"user": 7}, ITEM | {"user": "ana", "type": "otro"}]
    assert lot.post(PATH, items) == (200, {"results": [STORED] * 3})
    assert [topic for topic, _, _ in lot.told()] == ["tickets", "events", "user:7", "user:ana"]


def test_a_room_is_a_topic_too() -> None:
    shop = back_end("tienda", "marketplace")
    for topic in ("room.order-7", "room:order-7"):
        assert shop.post(PATH, ITEM | {"topic": topic}) == (200, {"results": [STORED]})
    assert [topic for topic, _, _ in shop.told()] == ["room:order-7", "events"] * 2
    assert shop.post(PATH, ITEM | {"topic": "room"})[1]["results"][0]["status"] == "error"


WRONG: list[tuple[Any, str, Any]] = [
    ({"data": {}}, "type", None),
    ({"type": "", "data": {}}, "type", ""),
    ({"type": 5, "data": {}}, "type", 5),
    ({"type": "a" * 101, "data": {}}, "type", "a" * 101),
    ({"type": "a"}, "data", None),
    ({"type": "a", "data": [1]}, "data", [1]),
    (ITEM | {"message": 5}, "message", 5),
    (ITEM | {"topic": "nope"}, "topic", "nope"),
    (ITEM | {"topic": 5}, "topic", 5),
    (ITEM | {"topic": "stats"}, "topic", "stats"),
    (ITEM | {"topic": "tickets.7"}, "topic", "tickets.7"),
    (ITEM | {"topic": "user"}, "topic", "user"),
    (ITEM | {"topic": "user:7"}, "topic", "user:7"),
    (ITEM | {"topic": "alerts", "user": 7}, "topic", "alerts"),
    (ITEM | {"user": [7]}, "user", [7]),
    (ITEM | {"user": True}, "user", True),
    (ITEM | {"key": {}}, "key", {}),
    (ITEM | {"key": ""}, "key", ""),
    (ITEM | {"negocio": 1.5}, "negocio", 1.5),
    (ITEM | {"type": "a\0"}, "type", "a\0"),
    ({"type": "a", "data": {"x": "\0"}}, "data", {"x": "\0"}),
    ({"type": "a", "data": {"x": "y" * 200_000}}, "data", None),
    (7, "", 7),
]


def test_what_is_wrong_is_named_and_the_others_are_stored(lot: BackEnd) -> None:
    batch = [each for wrong, _, _ in WRONG for each in (ITEM, wrong)]
    status, answer = lot.post(PATH, batch)
    assert (status, answer["results"][::2]) == (200, [STORED] * len(WRONG))
    for result, (_, field, value) in zip(answer["results"][1::2], WRONG, strict=True):
        assert (result["status"], result["field"]) == ("error", field), result
        assert result["value"] == value or str(value)[:50] in result["value"]
        assert result["error"]
    assert len(lot.told()) == len(WRONG)


def test_backslashes_are_no_nul(lot: BackEnd) -> None:
    assert lot.post(PATH, {"type": "a", "data": {"x": "\\u0000"}})[1] == {"results": [STORED]}


def test_the_same_key_within_a_day_is_stored_once(lot: BackEnd) -> None:
    item = ITEM | {"key": "pedido-5"}
    assert lot.post(PATH, [item, item])[1] == {"results": [STORED, DUPLICATE]}
    assert lot.post(PATH, item)[1] == {"results": [DUPLICATE]}
    _pass(hours=23)
    assert lot.post(PATH, item)[1] == {"results": [DUPLICATE]}
    _pass(hours=1)
    assert lot.post(PATH, item)[1] == {"results": [STORED]}
    assert back_end("otro", "parking").post(PATH, item)[1] == {"results": [STORED]}


def _pass(hours: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE facts SET expires_at = expires_at - make_interval(hours => %s)", [hours])


def test_a_request_with_the_same_idempotency_key_is_stored_once(lot: BackEnd) -> None:
    batch = [ITEM, ITEM, ITEM | {"topic": "nope"}]
    key = {"Idempotency-Key": "a3f1"}
    first, second = lot.post(PATH, batch, **key)[1]["results"], lot.post(PATH, batch, **key)[1]["results"]
    assert (first[:2], second[:2]) == ([STORED, STORED], [DUPLICATE, DUPLICATE])
    assert first[2] == second[2]
    assert len(lot.told()) == 2
    # What was wrong can be mended and sent again.
    assert lot.post(PATH, [ITEM, ITEM, ITEM], **key)[1] == {"results": [DUPLICATE, DUPLICATE, STORED]}
    assert lot.post(PATH, batch[:1], **{"Idempotency-Key": "b" * 4_000})[1] == {"results": [STORED]}


def test_a_thousand_items_are_two_statements_and_one_more_is_refused(lot: BackEnd) -> None:
    batch = [ITEM | {"key": str(number)} for number in range(1_000)]
    with CaptureQueriesContext(connection) as queries:
        status, answer = lot.post(PATH, batch)
    assert (status, answer["results"]) == (200, [STORED] * 1_000)
    storing = [query["sql"] for query in queries if "INSERT" in query["sql"] or "store_events" in query["sql"]]
    assert len(storing) == 2, "the facts, and the events"
    assert lot.post(PATH, [*batch, ITEM]) == (413, {"error": "at most 1000 items at once, these are 1001"})
    assert len(lot.told()) == 1_000


def test_what_is_no_item_is_a_bad_body(lot: BackEnd) -> None:
    for body in (b"", b"nope", b"7", b'"x"', b"null", b"[]", b"{}{}", b"\xff", b'{"a":NaN}'):
        assert lot.post(PATH, body) == (400, {"error": "the body is neither an item nor a list of items"})


def test_a_body_over_the_bound_is_refused(lot: BackEnd) -> None:
    items = [{"type": "a", "data": {"x": "y" * 100_000}}] * 30
    assert lot.post(PATH, items) == (413, {"error": "Request body too large"})
    assert lot.told() == []


def test_nothing_is_acknowledged_that_is_not_stored(lot: BackEnd, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: Any, **__: Any) -> None:
        raise OperationalError("the server is away")

    monkeypatch.setattr(journal, "store_all", away)
    assert lot.post(PATH, ITEM) == (503, {"error": "temporarily unavailable"})


def test_who_proves_nothing_is_refused(lot: BackEnd) -> None:
    nobody = Caller({"Host": "localhost"})
    assert nobody.post(PATH, ITEM)[0] == 401
    assert nobody.post(PATH, ITEM, Authorization="Bearer pulso_wrong")[0] == 401
    assert nobody.post(PATH, ITEM, Authorization=f"Bearer {token('lote', role='cliente')}")[0] == 403
    assert nobody.post(PATH, ITEM, Authorization=f"Bearer {token('lote', role='negocio')}")[0] == 200


def test_a_key_speaks_for_its_own_negocio_only(lot: BackEnd) -> None:
    other = back_end("ajeno", "parking")
    for code in ("ajeno", "nadie"):
        assert lot.post(PATH, ITEM | {"negocio": code}) == (403, {"error": "not for this negocio"})
    assert lot.post(PATH, ITEM, Host="localhost")[0] == 200
    status, answer = lot.post(PATH, [ITEM | {"negocio": "ajeno"}, ITEM | {"negocio": "lote"}])
    refused = {"status": "error", "field": "negocio", "value": "ajeno", "error": "not for this negocio"}
    assert (status, answer) == (200, {"results": [refused, STORED]})
    assert other.told() == []


def test_a_token_of_several_negocios_names_one(lot: BackEnd) -> None:
    other = back_end("ajeno", "parking")
    Membership.objects.create(negocio=Negocio.objects.get(code="lote"), external_user_id="9", role="staff")
    Membership.objects.create(negocio=Negocio.objects.get(code="ajeno"), external_user_id="9", role="admin")
    tenancy.forget()
    speaker = Caller({"Host": "localhost", "Authorization": f"Bearer {token('', user='9', negocio_id=None)}"})
    assert speaker.post(PATH, ITEM)[0] == 403
    items = [ITEM | {"negocio": "lote"}, ITEM | {"negocio": "ajeno"}, ITEM]
    results = speaker.post(PATH, items)[1]["results"]
    assert (results[:2], results[2]["field"], results[2]["error"]) == ([STORED] * 2, "negocio", "say which one")
    assert len(lot.told()) == len(other.told()) == 1


def test_only_post_is_answered(lot: BackEnd) -> None:
    answer = Client().get(PATH, headers={"Host": "localhost"})
    assert (answer.status_code, answer.json()) == (405, {"error": "Method not allowed"})
