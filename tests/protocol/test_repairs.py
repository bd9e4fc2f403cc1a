"""Are the frames of dialect 4 those of wire.md, section 4, and is the table of events kept?"""

import json
from typing import Any

import pytest

from realtime.protocol.commands import Ignored
from realtime.protocol.dialects import dialects, of_frame
from realtime.protocol.errors import INVALID_JSON
from realtime.protocol.listeners import Listener
from realtime.protocol.messages import NOTHING, Rendering
from tests.protocol.passings import passing
from tests.protocol.states import AS_OF, state

DIALECT = dialects()["repairs"]
# wire.md, the metrics in `data`, in its order.
CREATED = ["orders_overview", "orders_by_status", "orders_recent", "orders_count_total", "orders_count_active"]
FULL = [
    "orders_overview", "orders_revenue", "orders_by_status", "orders_recent", "orders_top_services",
    "users_overview", "users_top_clients", "users_top_technicians",
]  # fmt: skip
METRICS = [
    "orders_overview", "orders_revenue", "orders_by_status", "orders_recent", "orders_top_services",
    "orders_count_total", "orders_count_active", "orders_revenue_total", "users_overview", "users_top_clients",
    "users_top_technicians", "users_count_clients", "users_count_technicians", "users_count_active_technicians",
]  # fmt: skip
EVERYTHING: dict[str, Any] = {name: {"of": name} for name in METRICS}


def told(rendering: Rendering) -> list[tuple[str, list[str]]]:
    """(event, metrics) of each frame."""
    documents = [json.loads(frame) for frame in rendering.frames]
    assert all(document["timestamp"] == AS_OF for document in documents)
    assert all(document["data"] == {name: {"of": name} for name in document["data"]} for document in documents)
    return [(document["event"], list(document["data"])) for document in documents]


def test_a_frame_to_the_letter() -> None:
    figures = {"users_overview": {"totalClients": 2, "totalTechnicians": 1, "activeTechnicians": 1}}
    assert DIALECT.state(state(figures, causes=("REPAIR_ORDER_UPDATED",))).frames == (
        b'{"event":"REPAIR_ORDER_UPDATED","data":{"users_overview":'
        b'{"totalClients":2,"totalTechnicians":1,"activeTechnicians":1}},"timestamp":"2025-11-10T10:30:00.250Z"}',
    )


def test_a_snapshot_is_the_eight_that_the_page_loads() -> None:
    assert told(DIALECT.state(state(EVERYTHING, full=True))) == [("DASHBOARD_FULL_UPDATE", FULL)]


@pytest.mark.parametrize(
    ("event", "metrics"),
    [
        ("REPAIR_ORDER_CREATED", CREATED),
        ("USER_CREATED", ["users_overview", "users_count_clients"]),
        ("TECHNICIAN_CREATED", ["users_overview", "users_count_technicians", "users_count_active_technicians"]),
        ("DASHBOARD_FULL_UPDATE", FULL),
        ("ANYTHING_ELSE", FULL),
        ("", FULL),
    ],
)
def test_each_event_carries_its_metrics_whole(event: str, metrics: list[str]) -> None:
    """Also those that are as before; an unknown type keeps its name."""
    assert DIALECT.state(state(EVERYTHING, changed=[], causes=(event,))).later == frozenset()
    assert told(DIALECT.state(state(EVERYTHING, changed=[], causes=(event,)))) == [(event, metrics)]


@pytest.mark.parametrize("event", ["REPAIR_ORDER_UPDATED", "REPAIR_ORDER_DELETED", "REPAIR_ORDER_COMPLETED"])
def test_new_events_carry_what_changed_whatever_it_is(event: str) -> None:
    changed = ["orders_revenue", "users_top_clients"]
    assert told(DIALECT.state(state(EVERYTHING, changed=changed, causes=(event,)))) == [(event, changed)]
    assert DIALECT.state(state(EVERYTHING, changed=[], causes=(event,))) == NOTHING


def test_a_change_without_an_event_is_an_update() -> None:
    assert told(DIALECT.state(state(EVERYTHING, changed=["users_overview"]))) == [
        ("REPAIR_ORDER_UPDATED", ["users_overview"])
    ]


def test_of_several_new_events_the_most_telling_names_the_frame() -> None:
    causes = ("REPAIR_ORDER_UPDATED", "REPAIR_ORDER_DELETED", "REPAIR_ORDER_COMPLETED")
    assert told(DIALECT.state(state(EVERYTHING, changed=["orders_revenue"], causes=causes))) == [
        ("REPAIR_ORDER_COMPLETED", ["orders_revenue"])
    ]


def test_what_a_creation_also_moves_waits_for_the_end_of_the_burst() -> None:
    changed = [*CREATED, "orders_revenue", "users_top_clients"]
    rendering = DIALECT.state(state(EVERYTHING, changed=changed, causes=("REPAIR_ORDER_CREATED",)))
    assert told(rendering) == [("REPAIR_ORDER_CREATED", CREATED)]
    assert rendering.later == {"orders_revenue", "users_top_clients"}


def test_the_rest_of_a_burst_is_one_update() -> None:
    rest = {"orders_revenue": {"of": "orders_revenue"}, "users_top_clients": {"of": "users_top_clients"}}
    rendering = DIALECT.state(state(rest, settled=True))
    assert told(rendering) == [("REPAIR_ORDER_UPDATED", ["orders_revenue", "users_top_clients"])]
    assert rendering.later == frozenset()


def test_one_frame_for_each_event_type_of_a_burst() -> None:
    causes = ("REPAIR_ORDER_CREATED", "USER_CREATED", "REPAIR_ORDER_CREATED", "REPAIR_ORDER_UPDATED")
    rendering = DIALECT.state(state(EVERYTHING, changed=["orders_overview", "orders_revenue"], causes=causes))
    assert told(rendering) == [
        ("REPAIR_ORDER_CREATED", CREATED),
        ("USER_CREATED", ["users_overview", "users_count_clients"]),
    ]
    assert rendering.later == {"orders_revenue"}


def test_metrics_that_were_not_computed_are_left_out() -> None:
    """As with a team's own API, of which one path fails."""
    assert told(DIALECT.state(state({"users_overview": {"of": "users_overview"}}, full=True))) == [
        ("DASHBOARD_FULL_UPDATE", ["users_overview"])
    ]


def test_nothing_is_ticked() -> None:
    assert DIALECT.state(state(EVERYTHING, ticked=True)) == NOTHING


def test_lists_keep_the_order_that_the_kind_gave_them() -> None:
    figures = {"users_top_clients": {"topClients": [{"name": "Zoe"}, {"name": "Ana"}]}}
    (frame,) = DIALECT.state(state(figures)).frames
    assert b'{"topClients":[{"name":"Zoe"},{"name":"Ana"}]}' in (frame if isinstance(frame, bytes) else frame.encode())


@pytest.mark.parametrize("document", [{}, {"type": "subscribe"}, {"event": "DASHBOARD_UPDATE"}])
def test_it_never_sends_so_nothing_is_recognised_or_read(document: dict[str, Any]) -> None:
    assert of_frame(document) is None
    assert DIALECT.read(document) == Ignored()


def test_no_answer_no_error_nothing_passed_on() -> None:
    assert DIALECT.failure(INVALID_JSON) is None
    assert DIALECT.answer("subscribed", 1, {}) is None
    assert DIALECT.passing(passing("123/stats", "nueva_cita", {})) is None


def test_a_client_that_reopens_its_socket_is_spared_what_it_has() -> None:
    assert DIALECT.spares_repeats
    assert DIALECT.own_topics(Listener()) == ("stats",)
