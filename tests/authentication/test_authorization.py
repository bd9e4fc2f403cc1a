"""What may a principal do where? Nothing that isn't said, and nothing in a negocio that it doesn't hold."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.kinds import kinds
from dashboards.topics import user_topic
from realtime.authentication.principal import NOBODY, Principal, Standing
from realtime.authorization import RULES, Action, may, question_of
from realtime.rooms import Room
from realtime.tenancy import Tenant
from tests.authentication.tokens import tenant

TENANTS = {kind: tenant(f"our-{kind}", number, kind) for number, kind in enumerate(kinds(), 1)}
TOPICS = [(TENANTS[kind.name], topic) for kind in kinds().values() for topic in kind.topics]
CITAS = TENANTS["citas"]
ADMIN, STAFF, CLIENT = (
    Principal(user="7", holds={each.code: standing for each in TENANTS.values()})
    for standing in (Standing.ADMIN, Standing.STAFF, Standing.CLIENT)
)
READER = Principal(user="", holds={each.code: Standing.CLIENT for each in TENANTS.values()}, anonymous=True)

every_topic = pytest.mark.parametrize(
    ("tenant_", "topic"), TOPICS, ids=[f"{each.kind}-{topic.name}" for each, topic in TOPICS]
)


def room(of: Tenant, topic: str) -> Room:
    return Room(of.id, of.code, topic)


@every_topic
def test_who_may_read_is_what_the_topic_says(tenant_: Tenant, topic: Any) -> None:
    if topic.name == "user" or topic.guard is not None:
        return
    where = room(tenant_, topic.name)
    allowed = [may(each, Action.READ, where, tenant_) for each in (ADMIN, STAFF, CLIENT, READER, NOBODY)]
    assert allowed == [True, True, topic.public, topic.public, False]
    lets_anybody = replace(tenant_, anonymous_read=True)
    readable = topic.public or topic.state or topic.open
    assert [may(each, Action.READ, where, lets_anybody) for each in (CLIENT, READER, NOBODY)] == [
        readable,
        readable,
        False,
    ]


@every_topic
def test_only_staff_publishes_and_only_the_known_are_present_or_speak(tenant_: Tenant, topic: Any) -> None:
    if topic.name == "user" or topic.guard is not None:
        return
    where = room(tenant_, topic.name)
    people = (ADMIN, STAFF, CLIENT, READER, NOBODY)
    assert [may(each, Action.PUBLISH, where, tenant_) for each in people] == [True, True, False, False, False]
    for action in (Action.PRESENCE, Action.PASS_ON):
        assert [may(each, action, where, tenant_) for each in people] == [True, True, topic.public, False, False]


def test_what_one_user_is_told_only_that_user_reads() -> None:
    own = room(CITAS, user_topic("7"))
    assert [may(each, Action.READ, own, CITAS) for each in (ADMIN, STAFF, CLIENT)] == [True] * 3
    for topic in (user_topic("8"), "user", "user:", "user:7:", "user: 7", "user:07", user_topic("7") + "\x00"):
        for each in (ADMIN, STAFF, CLIENT, READER, NOBODY):
            assert not may(each, Action.READ, room(CITAS, topic), CITAS), topic


FAMILIES = [(tenant_, topic) for tenant_, topic in TOPICS if topic.guard is not None]


@pytest.mark.parametrize(("tenant_", "topic"), FAMILIES, ids=[topic.name for _, topic in FAMILIES])
def test_who_reads_of_a_family_of_topics_its_guard_says(tenant_: Tenant, topic: Any) -> None:
    for each in (ADMIN, CLIENT):
        assert not may(each, Action.READ, room(tenant_, topic.name), tenant_)
        assert not may(each, Action.READ, room(tenant_, f"{topic.name}:"), tenant_)
        where = room(tenant_, f"{topic.name}:order-7")
        assert may(each, Action.READ, where, tenant_), "user 7's own"
    assert not may(READER, Action.READ, room(tenant_, f"{topic.name}:order-7"), tenant_)
    assert not may(CLIENT, Action.READ, room(tenant_, f"{topic.name}:order-8"), tenant_)


@pytest.mark.parametrize(("tenant_", "topic"), FAMILIES, ids=[topic.name for _, topic in FAMILIES])
def test_where_a_back_end_decides_nothing_but_its_yes_opens_a_room(tenant_: Tenant, topic: Any) -> None:
    asked = replace(tenant_, backend_url="http://shop.example/api/")
    order, own = room(asked, f"{topic.name}:order-7"), room(asked, f"{topic.name}:user-7")
    assert question_of(CLIENT, order, asked) == "http://shop.example/api/orders/7/can_access?user_id=7"
    assert question_of(CLIENT, order, tenant_) is None
    assert question_of(CLIENT, room(asked, "stats"), asked) is None
    for each in (ADMIN, CLIENT):
        for action in (Action.READ, Action.PASS_ON):
            assert [may(each, action, order, asked, verdict) for verdict in (True, False, None)] == [True, False, False]
            assert [may(each, action, own, asked, verdict) for verdict in (True, False, None)] == [True, False, True]
    for nobody in (READER, NOBODY):
        assert not may(nobody, Action.READ, order, asked, True)
    stranger = Principal(user="7", holds={"elsewhere": Standing.ADMIN})
    assert not may(stranger, Action.READ, order, asked, True)
    assert not may(CLIENT, Action.READ, room(asked, "events"), asked, True)


@pytest.mark.parametrize(("tenant_", "topic"), FAMILIES, ids=[topic.name for _, topic in FAMILIES])
def test_a_room_that_cannot_be_written_down_is_refused(tenant_: Tenant, topic: Any) -> None:
    for name, allowed in (
        ("o" * (200 - len(f"{topic.name}:")), True),
        ("o" * 200, False),
        ("a\0", False),
        ("a\n", False),
    ):
        assert may(ADMIN, Action.READ, room(tenant_, f"{topic.name}:{name}"), tenant_) is allowed


def test_an_anonymous_reader_is_no_user_with_an_empty_name() -> None:
    assert not may(READER, Action.READ, room(CITAS, user_topic("")), CITAS)


@pytest.mark.parametrize(
    "topic",
    ["", "Stats", "stats ", " stats", "stats:", "stats:x", "events:7", "stats/x", "none", "*", "stats\x00", ":"],
)
def test_a_topic_that_there_is_not_is_refused(topic: str) -> None:
    for action in Action:
        assert not may(ADMIN, action, room(CITAS, topic), CITAS)


def test_what_does_not_fit_together_is_refused() -> None:
    where = room(CITAS, "stats")
    assert may(ADMIN, Action.READ, where, CITAS)
    other = TENANTS["repairs"]
    for tenant_ in (None, other, tenant(CITAS.code, 99), tenant("other", CITAS.id), tenant(CITAS.code, CITAS.id, "x")):
        assert not may(ADMIN, Action.READ, where, tenant_)
    assert not may(None, Action.READ, where, CITAS)
    assert not may(ADMIN, Action.READ, None, CITAS)
    for action in (None, "read", 7):
        assert not may(ADMIN, action, where, CITAS)  # type: ignore[arg-type]  # what nobody should ask


def test_every_action_has_a_rule() -> None:
    assert RULES.keys() == set(Action)


CODES = st.sampled_from([each.code for each in TENANTS.values()] + ["elsewhere", ""])
PRINCIPALS = st.builds(
    Principal, user=st.sampled_from(["", "7", "8"]), holds=st.dictionaries(CODES, st.sampled_from(list(Standing))),
    role=st.sampled_from(["", "Admin", "admin_sistema"]), anonymous=st.booleans(),
)  # fmt: skip
NAMES = st.sampled_from(["stats", "events", "user", "agenda", "user:7", "user:8", "user:", "stats:x"]) | st.text()


@given(PRINCIPALS, st.sampled_from(list(Action)), st.sampled_from(list(TENANTS.values())), NAMES)
def test_nobody_may_anything_in_a_negocio_that_it_does_not_hold(
    principal: Principal, action: Action, where: Tenant, topic: str
) -> None:
    allowed = may(principal, action, room(where, topic), where)
    if where.code not in principal.holds:
        assert not allowed
    if allowed:
        assert topic.partition(":")[0] in {each.name for each in kinds()[where.kind].topics}
        assert not (principal.anonymous and action is not Action.READ)
        assert action is not Action.READ or not topic.startswith("user") or topic == user_topic(principal.user)


@given(PRINCIPALS, st.sampled_from(list(Action)), NAMES)
def test_a_room_of_one_negocio_is_never_read_through_another(principal: Principal, action: Action, topic: str) -> None:
    ours, theirs = TENANTS["citas"], TENANTS["repairs"]
    assert not may(principal, action, room(ours, topic), theirs)
    assert not may(principal, action, Room(ours.id, theirs.code, topic), ours)
    assert not may(principal, action, Room(theirs.id, ours.code, topic), ours)
