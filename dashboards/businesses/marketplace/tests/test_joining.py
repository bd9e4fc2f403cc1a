"""Who may join which room of a marketplace, by claims, by the old rules, and what is its back-end asked?"""

from typing import Any

import pytest

from dashboards.businesses.marketplace.joining import is_own, may_join, question
from dashboards.kinds import Claims


def claims(user: str = "7", role: str = "", seller: str = "", client: str = "", admin: bool = False) -> Claims:
    return Claims(user, role, seller, client, staff=admin, admin=admin)


CLIENT = claims("7", "client", client="3")
SELLER = claims("8", "seller", seller="9")
ADMIN = claims("1", "admin", admin=True)
PEOPLE = {"client": CLIENT, "seller": SELLER, "admin": ADMIN}

# Room -> who may join it; wire.md's rules, and the old ones.
RULES: list[tuple[str, set[str], set[str]]] = [
    ("order-7", {"client", "admin"}, {"client", "seller", "admin"}),
    ("order-8", {"seller", "admin"}, {"client", "seller", "admin"}),
    ("order-07", {"admin"}, {"client", "seller", "admin"}),
    ("order-", set(), {"client", "seller", "admin"}),
    ("seller-9", {"seller", "admin"}, {"seller", "admin"}),
    ("seller-8", {"admin"}, {"seller", "admin"}),
    ("seller-", set(), {"seller", "admin"}),
    ("client-3", {"client", "admin"}, {"client", "seller", "admin"}),
    ("client-7", {"client", "admin"}, {"client", "seller", "admin"}),
    ("client-9", {"admin"}, {"client", "seller", "admin"}),
    ("user-7", {"client", "admin"}, {"client", "seller", "admin"}),
    ("user-3", {"admin"}, {"client", "seller", "admin"}),
    ("admins", {"admin"}, {"client", "seller", "admin"}),
    ("admin", {"admin"}, {"client", "seller", "admin"}),
    ("sellers", {"seller"}, {"client", "seller", "admin"}),
    ("clients", {"client"}, {"client", "seller", "admin"}),
    ("broadcast", {"client", "seller", "admin"}, {"client", "seller", "admin"}),
    ("ofertas", {"client", "seller", "admin"}, {"client", "seller", "admin"}),
    ("Order-7", {"client", "seller", "admin"}, {"client", "seller", "admin"}),
    ("orders-7", {"client", "seller", "admin"}, {"client", "seller", "admin"}),
]


@pytest.mark.parametrize(("room", "now", "before"), RULES)
def test_claims_decide_strictly_or_as_they_did(settings: Any, room: str, now: set[str], before: set[str]) -> None:
    assert {name for name, who in PEOPLE.items() if may_join(who, room)} == now
    settings.MARKETPLACE_LEGACY_ROOMS = True
    assert {name for name, who in PEOPLE.items() if may_join(who, room)} == before


@pytest.mark.parametrize("room", ["seller-", "client-", "order-", "user-"])
def test_who_is_nobody_is_not_in_the_room_of_nobody(room: str) -> None:
    assert not may_join(claims(user=""), room)
    assert not is_own(claims(user=""), room)


@pytest.mark.parametrize(
    ("who", "rooms"),
    [
        (CLIENT, {"clients", "client-3", "client-7", "user-7", "broadcast"}),
        (SELLER, {"sellers", "seller-9", "client-8", "user-8", "broadcast"}),
        (ADMIN, {"admins", "admin", "client-1", "user-1", "broadcast"}),
    ],
)
def test_a_role_has_rooms_that_need_no_asking(who: Claims, rooms: set[str]) -> None:
    everything = {room for room, _, _ in RULES} | {"client-8", "client-1", "user-8", "user-1", "order-1"}
    assert {room for room in everything if is_own(who, room)} == rooms


@pytest.mark.parametrize(
    ("room", "path"),
    [
        ("order-123", "/orders/123/can_access?user_id=7"),
        ("seller-5", "/sellers/5/can_access?user_id=7"),
        ("client-3", "/ws/can_join?room=client-3&user_id=7"),
        ("admins", "/ws/can_join?room=admins&user_id=7"),
        ("order-a/b?c#d e", "/orders/a%2Fb%3Fc%23d%20e/can_access?user_id=7"),
        ("x&user_id=1", "/ws/can_join?room=x%26user_id%3D1&user_id=7"),
        ("order-..", "/ws/can_join?room=order-..&user_id=7"),
        ("order-", "/ws/can_join?room=order-&user_id=7"),
        ("ñ", "/ws/can_join?room=%C3%B1&user_id=7"),
    ],
)
def test_the_back_end_is_asked_for_order_seller_or_room(room: str, path: str) -> None:
    assert question(room, "7") == path


def test_a_user_id_is_only_ever_a_value() -> None:
    assert question("order-1", "7&user_id=8#") == "/orders/1/can_access?user_id=7%26user_id%3D8%23"
