"""Are the frames of dialect 2 those of wire.md, section 2, in both forms?"""

import json
from collections.abc import Iterable
from typing import Any

import pytest

from realtime.protocol.commands import Authenticate, Fetch, Ignored, Malformed
from realtime.protocol.dialects import Dialect, dialects, of_frame, of_kind
from realtime.protocol.errors import FORBIDDEN, INVALID_JSON, UNAVAILABLE, CloseCode
from realtime.protocol.listeners import Listener
from realtime.protocol.messages import NOTHING, Event
from tests.protocol.states import AS_OF, NEXT_DUE, state

FIELD = dialects()["parking"]
DOCUMENTED = FIELD.heard({"action": "subscribe"})
DASHBOARD = {
    "espacios_disponibles": 2, "espacios_ocupados": 8, "total_espacios": 10, "dinero_recaudado_hoy": 15.5,
    "dinero_recaudado_mes": 120, "vehiculos_activos": 6,
}  # fmt: skip
STATS = {"espacios_total": 10, "espacios_libres": 2, "espacios_ocupados": 8, "ingresos_dia": 15.5}
BOTH = {"dashboard": DASHBOARD, "stats": STATS}
DASHBOARD_FRAME = (
    b'{"type":"dashboard_update","data":{"espacios_disponibles":2,"espacios_ocupados":8,"total_espacios":10,'
    b'"dinero_recaudado_hoy":15.5,"dinero_recaudado_mes":120,"vehiculos_activos":6,'
    b'"timestamp":"2025-11-10T10:30:00.250Z"}}'
)
STATS_FRAME = (
    b'{"type":"stats_update","data":{"espacios_total":10,"espacios_libres":2,"espacios_ocupados":8,'
    b'"ingresos_dia":15.5,"timestamp":"2025-11-10T10:30:00.250Z"}}'
)
FIELD_EVENTS = ["espacio_ocupado", "espacio_liberado"]
# Each with the filter that lets it pass.
DOCUMENTED_EVENTS = {
    "parking_update": "parking_updates",
    "new_ticket": "new_tickets",
    "payment_completed": "payments",
    "system_alert": "alerts",
}
FILTERS = [*DOCUMENTED_EVENTS.values(), "stats"]
every_moment = pytest.mark.parametrize(
    "marks", [{"full": True}, {"ticked": True, "next_due": NEXT_DUE, "changed": ()}, {"causes": ("new_ticket",)}]
)


def event(type: str, data: Any = None, topic: str = "parking") -> Event:
    return Event(f"lote/{topic}", topic, 3, type, "hola", {"n": 1} if data is None else data, AS_OF)


def subscribed(*filters: str, to: Dialect = FIELD) -> Dialect:
    return to.heard({"action": "subscribe", "filters": list(filters)})


def unsubscribed(*filters: str, to: Dialect = FIELD) -> Dialect:
    return to.heard({"action": "unsubscribe", "filters": list(filters)})


def passed(dialect: Dialect) -> set[str]:
    """The filters whose frames the client gets."""
    told = {filter for type, filter in DOCUMENTED_EVENTS.items() if dialect.event(event(type)) is not None}
    return told | ({"stats"} if dialect.state(state(BOTH)).frames else set())


# -- Forms --------------------------------------------------------------------------------------------


def test_a_silent_client_of_a_parking_lot_speaks_the_fields_form() -> None:
    assert of_kind("parking") is FIELD
    assert FIELD.state(state(BOTH)).frames == (DASHBOARD_FRAME,)


@pytest.mark.parametrize("request_", ["get_dashboard", "get_espacios_por_seccion", "", None, 7])
def test_who_sends_no_action_keeps_its_form(request_: Any) -> None:
    for dialect in (FIELD, DOCUMENTED, subscribed("alerts")):
        assert dialect.heard({"type": request_}) is dialect


@pytest.mark.parametrize("action", ["auth", "subscribe", "unsubscribe", "algo"])
def test_an_action_makes_it_the_documented_form_for_good(action: str) -> None:
    dialect = FIELD.heard({"action": action})
    assert dialect == DOCUMENTED
    assert dialect.heard({"type": "get_dashboard"}).state(state(BOTH)).frames == (STATS_FRAME,)


def test_clients_that_chose_the_same_share_their_frames() -> None:
    """The hub encodes once for each renderer."""
    assert len({subscribed("alerts"), subscribed("alerts"), subscribed("stats"), FIELD, DOCUMENTED}) == 4


# -- Frames in ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "document",
    [
        {"type": "get_dashboard"},
        {"type": "get_espacios_por_seccion"},
        {"type": "get_espacios_disponibles"},
        {"type": "get_tickets_activos"},
        {"action": "auth", "token": "x"},
        {"action": "auth"},
        {"action": "subscribe", "filters": ["stats"]},
        {"action": "subscribe", "filters": ["algo"]},
        {"action": "unsubscribe", "filters": []},
    ],
)
def test_requests_and_actions_are_recognised(document: dict[str, Any]) -> None:
    assert of_frame(document) is FIELD


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"type": "ping"},
        {"type": ["get_dashboard"]},
        {"action": "algo"},
        {"action": ["auth"]},
        {"v": 1, "type": "get_dashboard"},
        {"type": "subscribe", "channel": "estadisticas:1"},
        {"type": "system_message", "data": {"action": "auth", "token": "x"}},
    ],
)
def test_what_others_say_is_not(document: dict[str, Any]) -> None:
    assert not FIELD.recognises(document)


@pytest.mark.parametrize(
    ("type", "topic"),
    [
        ("get_dashboard", "stats"),
        ("get_espacios_por_seccion", "plano"),
        ("get_espacios_disponibles", "plano"),
        ("get_tickets_activos", "plano"),
    ],
)
def test_a_request_asks_for_the_state_of_a_topic(type: str, topic: str) -> None:
    assert FIELD.read({"type": type}) == DOCUMENTED.read({"type": type}) == Fetch(topic, type)


@pytest.mark.parametrize(("token", "read"), [("abc", "abc"), ("", ""), (None, ""), (7, ""), (["x"], "")])
def test_an_auth_action_brings_a_token(token: Any, read: str) -> None:
    assert FIELD.read({"action": "auth", "token": token}) == Authenticate(read)
    assert FIELD.read({"action": "auth"}) == Authenticate("")


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"type": "ping"}, "unknown type: ping"),
        ({"type": "x" * 5_000}, "unknown type: " + "x" * 80),
        ({"type": {}}, "unknown type"),
        ({}, "unknown type"),
        ({"action": "algo"}, "unknown type: algo"),
        ({"action": "subscribe", "filters": "stats"}, "bad field: filters must be a list of texts"),
        ({"action": "unsubscribe", "filters": ["stats", 7]}, "bad field: filters must be a list of texts"),
        ({"action": "subscribe", "filters": None}, "bad field: filters must be a list of texts"),
        ({"action": "subscribe", "filters": ["stats", "algo"]}, "bad field: unknown filter algo"),
    ],
)
def test_what_is_not_understood_is_an_error(document: dict[str, Any], message: str) -> None:
    command = FIELD.read(document)
    assert isinstance(command, Malformed)
    frame = FIELD.failure(command.failure, command.detail)
    assert frame == json.dumps({"type": "error", "data": {"message": message}}, separators=(",", ":")).encode()


# -- Filters ------------------------------------------------------------------------------------------


def test_everything_is_told_until_something_is_chosen() -> None:
    for document in ({"action": "auth"}, {"action": "subscribe"}, {"action": "subscribe", "filters": []}):
        assert passed(FIELD.heard(document)) == set(FILTERS)


@pytest.mark.parametrize("filter", FILTERS)
def test_the_first_subscription_narrows_and_the_next_adds(filter: str) -> None:
    narrowed = subscribed(filter)
    assert passed(narrowed) == {filter}
    assert passed(subscribed("alerts", to=narrowed)) == {filter, "alerts"}
    assert passed(unsubscribed(filter, to=narrowed)) == set()


@pytest.mark.parametrize("filter", FILTERS)
def test_who_unsubscribes_first_gets_all_the_rest(filter: str) -> None:
    rest = unsubscribed(filter)
    assert passed(rest) == set(FILTERS) - {filter}
    assert passed(subscribed(filter, to=rest)) == set(FILTERS), "and may think better of it"


def test_new_tickets_have_two_names() -> None:
    assert passed(subscribed("tickets")) == {"new_tickets"} == passed(subscribed("new_tickets"))
    assert passed(unsubscribed("tickets")) == set(FILTERS) - {"new_tickets"}


def test_an_unknown_filter_changes_nothing_and_the_known_ones_count() -> None:
    assert passed(subscribed("algo")) == set(FILTERS)
    assert passed(subscribed("algo", "payments")) == {"payments"}


@pytest.mark.parametrize("filters", ["stats", None, 7, {"stats": 1}, [["stats"]], ["stats", 1]])
def test_filters_that_are_no_list_of_texts_change_nothing(filters: Any) -> None:
    assert passed(FIELD.heard({"action": "subscribe", "filters": filters})) == set(FILTERS)


def test_what_is_asked_for_is_answered_whatever_was_chosen() -> None:
    assert subscribed("alerts").fetched("get_dashboard", state(BOTH, full=True)) == STATS_FRAME


# -- Frames out ---------------------------------------------------------------------------------------


@every_moment
def test_figures_are_one_frame_of_the_form(marks: dict[str, Any]) -> None:
    for dialect, frame in ((FIELD, DASHBOARD_FRAME), (DOCUMENTED, STATS_FRAME)):
        rendering = dialect.state(state(BOTH, **marks))
        assert (rendering.frames, rendering.later) == ((frame,), frozenset())


@pytest.mark.parametrize("changed", [(), ("stats",)])
def test_what_changed_nothing_of_its_form_is_not_told(changed: Iterable[str]) -> None:
    assert FIELD.state(state(BOTH, changed=list(changed))) == NOTHING
    assert DOCUMENTED.state(state(BOTH, changed=["dashboard"])) == NOTHING


@every_moment
def test_the_lists_are_never_pushed(marks: dict[str, Any]) -> None:
    lists: dict[str, Any] = {
        "espacios_por_seccion": [],
        "espacios_disponibles": [],
        "tickets_activos": [],
        "ocupacion": {},
    }
    for dialect in (FIELD, DOCUMENTED):
        assert dialect.state(state(lists, **marks)) == NOTHING


@pytest.mark.parametrize("name", ["espacios_por_seccion", "espacios_disponibles", "tickets_activos"])
@pytest.mark.parametrize("figure", [[], [{"id": 5, "estado": True}]])
def test_a_list_that_is_asked_for_is_sent_as_it_is(name: str, figure: Any) -> None:
    expected = json.dumps({"type": name, "data": figure}, separators=(",", ":")).encode()
    for dialect in (FIELD, DOCUMENTED):
        assert dialect.fetched(f"get_{name}", state({name: figure, "ocupacion": {}}, full=True)) == expected


def test_the_dashboard_that_is_asked_for_is_the_forms() -> None:
    assert FIELD.fetched("get_dashboard", state(BOTH, full=True)) == DASHBOARD_FRAME
    assert DOCUMENTED.fetched("get_dashboard", state(BOTH, full=True)) == STATS_FRAME


def test_what_cannot_be_told_is_an_error() -> None:
    assert FIELD.fetched("get_tickets_activos", state({}, full=True)) == FIELD.failure(
        UNAVAILABLE, "get_tickets_activos"
    )


@pytest.mark.parametrize(
    ("dialect", "told"), [(FIELD, FIELD_EVENTS), (DOCUMENTED, list(DOCUMENTED_EVENTS))], ids=["field", "documented"]
)
def test_each_form_is_told_its_own_events_and_no_others(dialect: Dialect, told: list[str]) -> None:
    for type in (*FIELD_EVENTS, *DOCUMENTED_EVENTS, "promocion", "dashboard_update", "stats_update", "error"):
        expected = f'{{"type":"{type}","data":{{"n":1}}}}'.encode() if type in told else None
        assert dialect.event(event(type)) == expected


@pytest.mark.parametrize("data", ["texto", [1], 7])
def test_the_data_of_an_event_are_an_object_whatever_was_posted(data: Any) -> None:
    assert DOCUMENTED.event(event("system_alert", data)) == b'{"type":"system_alert","data":{}}'


def test_errors_are_one_message_in_both_forms() -> None:
    for dialect in (FIELD, DOCUMENTED):
        assert dialect.failure(INVALID_JSON) == b'{"type":"error","data":{"message":"invalid json"}}'
        assert dialect.failure(FORBIDDEN, "get_dashboard", id=3) == (
            b'{"type":"error","data":{"message":"forbidden: get_dashboard"}}'
        )


def test_nothing_is_acknowledged() -> None:
    assert DOCUMENTED.answer("authenticated", None, {"user": "7"}) is None
    assert DOCUMENTED.read({"action": "subscribe", "filters": ["stats", "tickets"]}) == Ignored()


# -- Topics and tokens --------------------------------------------------------------------------------


def test_each_event_reaches_a_client_by_one_topic() -> None:
    """All that is told is told in `events` too."""
    topics = FIELD.own_topics(Listener("7"))
    assert topics == ("stats", "parking", "tickets", "payments", "alerts", "user")
    assert DOCUMENTED.own_topics(Listener("7")) == topics


def test_a_bad_token_is_explained_and_4401() -> None:
    for dialect in (FIELD, DOCUMENTED):
        assert (dialect.authenticates_in_band, dialect.says_why, dialect.asks) == (True, True, False)
        assert (dialect.unauthorized, dialect.closes_on_expiry) == (CloseCode.UNAUTHORIZED, False)
