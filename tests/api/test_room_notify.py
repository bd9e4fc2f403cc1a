"""Does POST /api/notify answer as the old marketplace did, and store the event for its room (wire.md, 5)?"""

from ipaddress import ip_network
from typing import Any

import pytest
from django.test import Client

from notifications.models import Event
from tests.api.callers import BackEnd, Caller, back_end

pytestmark = pytest.mark.django_db(transaction=True)

PATH = "/api/notify"
SENT = (200, {"status": "success", "message": "Notification sent"})
BAD = (400, "Invalid request body")
NOBODY = (400, "Must specify user_id or room")


@pytest.fixture
def shop() -> BackEnd:
    Event.objects.all().delete()
    return back_end("tienda", "marketplace")


TARGETS: list[tuple[dict[str, Any], str]] = [
    ({"room": "order-123"}, "room:order-123"),
    ({"user_id": 7}, "room:user-7"),
    ({"user_id": "7"}, "room:user-7"),
    ({"user_id": "a-b", "room": ""}, "room:user-a-b"),
    ({"user_id": 7, "room": "seller-3"}, "room:seller-3"),
    ({"user_id": None, "room": "broadcast"}, "room:broadcast"),
]


# A flush of the database for each case would take the longest, so the cases of a table share one.
def test_an_event_is_stored_for_its_room(shop: BackEnd) -> None:
    data = {"order_id": 123, "total_amount": 15.5, "status": "paid", "products_count": 2}
    for target, topic in TARGETS:
        assert shop.post(PATH, {"event": "order_created", "data": data} | target) == SENT
        assert shop.told()[-2:] == [(topic, "order_created", data), ("events", "order_created", data)]


def test_any_data_pass_unchanged(shop: BackEnd) -> None:
    anything: list[Any] = [{}, [], [1, None, {"a": "ñ"}], "text", 0, 1.5, True, None, {"a": {"b": [[]]}}]
    for data in anything:
        assert shop.post(PATH, {"event": "e", "data": data, "room": "r"}) == SENT
        assert shop.told()[-1] == ("events", "e", data)


WRONG: list[tuple[Any, tuple[int, str]]] = [
    (b"", BAD),
    (b"{nope", BAD),
    (b"[]", BAD),
    (b"null", BAD),
    ({"event": 5, "data": {}, "room": "r"}, BAD),
    ({"event": "e", "data": {}, "room": 5}, BAD),
    ({"event": "e", "data": {}, "user_id": {}}, BAD),
    ({"event": "e", "data": {}, "user_id": True}, BAD),
    ({"event": "e", "data": {}, "user_id": 1.5}, BAD),
    ({"event": "e" * 101, "data": {}, "room": "r"}, BAD),
    ({"event": "e", "data": {}, "room": "r" * 201}, BAD),
    ({"event": "e", "data": "\0", "room": "r"}, BAD),
    ({"event": "e", "data": {}, "room": "\0"}, BAD),
    ({"data": {}, "room": "r"}, BAD),
    ({}, NOBODY),
    ({"event": "e", "data": {}}, NOBODY),
    ({"event": "e", "data": {}, "room": "", "user_id": None}, NOBODY),
    ({"event": "e", "data": {}, "user_id": ""}, NOBODY),
    ({"event": "e", "data": {}, "user_id": 0}, NOBODY),
    ({"event": "e", "data": "x" * 200_000, "room": "r"}, (413, "Request body too large")),
]


def test_what_is_wrong_is_answered_in_its_words_and_nothing_is_stored(shop: BackEnd) -> None:
    for body, answer in WRONG:
        assert shop.post(PATH, body) == answer, body
    assert shop.told() == []


def test_other_methods_are_refused_in_its_words(shop: BackEnd) -> None:
    for method in ("get", "put", "patch", "delete"):
        answer = getattr(Client(), method)(PATH, headers={"Host": "localhost"})
        assert (answer.status_code, answer.content.decode()) == (405, "Method not allowed")


def test_a_caller_without_a_key_is_refused_and_one_of_another_negocio_too(shop: BackEnd) -> None:
    body = {"event": "e", "data": {}, "room": "r"}
    assert Caller({"Host": "tienda.example"}).post(PATH, body)[0] in (400, 401)
    assert Caller({"Host": "localhost"}).post(PATH, body) == (
        401,
        {"error": "a service key or token is needed"},
    )
    assert back_end("fila", "citas").post(PATH, body) == (403, {"error": "not for this negocio"})
    assert shop.told() == []


def test_a_trusted_network_needs_no_key(shop: BackEnd, settings: Any) -> None:
    settings.NOTIFY_TRUSTED_NETWORKS = (ip_network("127.0.0.0/8"),)
    settings.DEFAULT_NEGOCIO = {"marketplace": "tienda"}
    neighbour = Caller({"Host": "localhost"})
    assert neighbour.post(PATH, {"event": "e", "data": {}, "room": "broadcast"}) == SENT
    assert len(shop.told()) == 2
