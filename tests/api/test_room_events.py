"""Does GET /api/rooms/<negocio>/<topic>/events give what was missed: all of it or nothing, as on a socket?"""

from typing import Any

import pytest
from django.test import Client

from dashboards.kinds import Telling
from dashboards.models import Negocio
from notifications import journal
from notifications.models import Event
from tests.acceptance.clients import token

pytestmark = pytest.mark.django_db(transaction=True)

CODE = "rutas"
TOLD = 30


@pytest.fixture
def negocio() -> Negocio:
    negocio = Negocio.objects.create(code=CODE, name=CODE, kind="tourism")
    journal.store_all([(negocio.pk, Telling("test", {"n": n}, "hola" if n == 1 else "")) for n in range(1, TOLD + 1)])
    journal.number()
    return negocio


def ask(topic: str = "events", code: str = CODE, bearer: str | None = None, **query: Any) -> Any:
    headers = {"Authorization": f"Bearer {bearer or token(CODE)}"}
    return Client().get(f"/api/rooms/{code}/{topic}/events", query, headers=headers)


def seqs(answer: Any) -> list[int]:
    return [event["seq"] for event in answer.json()["events"]]


def test_what_was_missed_comes_oldest_first(negocio: Negocio) -> None:
    newest = ask(limit=2).json()
    assert (newest["room"], newest["seq"], newest["recovered"]) == ("rutas/events", TOLD, False)
    assert [event["seq"] for event in newest["events"]] == [TOLD - 1, TOLD]
    assert seqs(ask()) == list(range(1, TOLD + 1))
    for since, limit in ((0, 100), (7, 100), (7, 5), (TOLD, 100), (0, TOLD)):
        answer = ask(since=since, epoch=newest["epoch"], limit=limit)
        assert answer.json()["recovered"] is True
        assert answer.json()["seq"] == TOLD
        assert seqs(answer) == list(range(since + 1, min(TOLD, since + limit) + 1))
    first, second = ask(since=0, limit=2).json()["events"]
    assert first.pop("ts").endswith("Z")
    assert first == {"seq": 1, "type": "test", "message": "hola", "data": {"n": 1}}
    assert "message" not in second


def test_never_a_silent_partial(negocio: Negocio) -> None:
    nothing = {"recovered": False, "events": []}
    assert ask(since=3, epoch="another").json().items() >= nothing.items()
    assert ask(since=TOLD + 1).json().items() >= nothing.items()
    Event.objects.filter(topic="events", seq__in=[1, 2, 20]).delete()
    assert ask(since=1).json().items() >= nothing.items()
    assert seqs(ask(since=2, limit=17)) == list(range(3, 20))
    assert ask(since=2, limit=18).json().items() >= nothing.items(), "one in the middle is gone"
    assert seqs(ask(since=20)) == list(range(21, TOLD + 1))
    Event.objects.all().delete()
    assert ask(since=TOLD).json()["recovered"] is True, "nothing was missed"
    assert ask(since=TOLD - 1).json().items() >= nothing.items()
    assert ask().json().items() >= {"seq": TOLD, "events": []}.items()


def test_who_may_not_read_the_room_learns_nothing(negocio: Negocio) -> None:
    Negocio.objects.create(code="otra", name="otra", kind="tourism")
    for topic, code, bearer in (
        ("events", "otra", None),
        ("events", "none", None),
        ("none", CODE, None),
        ("user:8", CODE, None),
    ):
        answer = ask(topic, code, bearer)
        assert (answer.status_code, answer.json()) == (404, {"detail": "no such room"})
    assert Client().get(f"/api/rooms/{CODE}/events/events").status_code == 401
    assert ask(bearer="x").status_code == 401


def test_the_callers_own_room_is_called_user(negocio: Negocio) -> None:
    journal.store_all([(negocio.pk, Telling("test", {}, user="7")), (negocio.pk, Telling("test", {}, user="8"))])
    journal.number()
    answer = ask("user").json()
    assert (answer["room"], len(answer["events"])) == ("rutas/user:7", 1)


def test_a_room_of_figures_has_no_events() -> None:
    Negocio.objects.create(code="citas", name="citas", kind="citas")
    answer = ask("stats", "citas", token("citas"))
    assert (answer.status_code, answer.json()) == (404, {"detail": "this room carries no events"})


WRONG = [
    *[("since", value, "a whole number of 0 or more") for value in ("-1", "x", "1.5", "", "9" * 19, "²")],
    *[("limit", value, "a whole number from 1 to 1000") for value in ("0", "1001", "-1", "x", "")],
    *[("epoch", value, "an epoch") for value in ("", "e\n", "e" * 101)],
]


def test_a_bad_parameter_is_named_with_its_value(negocio: Negocio) -> None:
    for name, value, expected in WRONG:
        answer = ask(**{name: value})
        assert answer.status_code == 400
        assert answer.json() == {name: f"{value[:20]!r} is not {expected}"}
