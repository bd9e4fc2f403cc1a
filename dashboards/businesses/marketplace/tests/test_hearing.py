"""What of that which a back-end publishes on Redis is told, and where?"""

import datetime as dt
from typing import Any

import pytest

from dashboards.businesses.marketplace.hearing import telling_of
from dashboards.kinds import Telling

AT = "2026-01-02T03:04:05+00:00"
MOMENT = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
METADATA = {"order_id": 5, "status": "paid", "action": "created"}


def test_an_event_is_told_in_the_room_of_its_channel() -> None:
    document = {"event": "order_updated", "data": [1, None], "to": "order-5", "timestamp": AT}
    expected = Telling("order_updated", [1, None], topics=("room:order-5",), at=MOMENT)
    assert telling_of("ws:room:order-5", document) == expected
    assert telling_of("ws:room:order-5", {"event": "x"}) == Telling("x", None, topics=("room:order-5",))


@pytest.mark.parametrize("to", ["7", 7])
def test_one_to_a_user_reaches_its_topic_too(to: object) -> None:
    heard = telling_of("ws:room:user-7", {"event": "x", "data": {}, "to": to})
    assert heard is not None
    assert heard.topics == ("user:7", "room:user-7")
    other = telling_of("ws:room:user-7", {"event": "x", "data": {}, "to": "user-7"})
    assert other is not None
    assert other.topics == ("room:user-7",)


def test_the_feed_is_told_to_whom_it_concerns() -> None:
    admins = {"type": "ADMIN_STATS_UPDATED", "timestamp": AT, "metadata": METADATA}
    expected = Telling("ADMIN_STATS_UPDATED", {"metadata": METADATA}, topics=("room:admins",), at=MOMENT)
    assert telling_of("events", admins) == expected
    seller = {"type": "SELLER_STATS_UPDATED", "seller_id": 9, "timestamp": AT, "metadata": METADATA}
    data = {"seller_id": "9", "metadata": METADATA}
    expected = Telling("SELLER_STATS_UPDATED", data, topics=("room:seller-9",), at=MOMENT)
    assert telling_of("events", seller) == expected
    bare = telling_of("events", {"type": "ADMIN_STATS_UPDATED"})
    assert bare is not None
    assert bare.data == {"metadata": {}}


@pytest.mark.parametrize(
    ("channel", "document"),
    [
        ("ws:room:order-5", None),
        ("ws:room:order-5", []),
        ("ws:room:order-5", {}),
        ("ws:room:order-5", {"event": ""}),
        ("ws:room:order-5", {"event": 7}),
        ("ws:room:order-5", {"event": "e" * 101}),
        ("ws:room:", {"event": "x"}),
        ("ws:room:" + "r" * 200, {"event": "x"}),
        ("ws:room:a\0", {"event": "x"}),
        ("events", {"type": "ORDERS_UPDATED"}),
        ("events", {"type": ["ADMIN_STATS_UPDATED"]}),
        ("events", {"type": "SELLER_STATS_UPDATED"}),
        ("events", {"type": "SELLER_STATS_UPDATED", "seller_id": True}),
        ("events", {"type": "SELLER_STATS_UPDATED", "seller_id": ""}),
        ("events", {"event": "order_updated", "data": {}}),
    ],
)
def test_what_has_another_form_is_told_nobody(channel: str, document: Any) -> None:
    assert telling_of(channel, document) is None
