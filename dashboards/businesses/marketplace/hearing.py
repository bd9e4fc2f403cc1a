"""What do a marketplace's back-ends publish on Redis (wire.md, 5)? Events for rooms, and the feed of statistics."""

from collections.abc import Mapping
from typing import Any

from dashboards.businesses.marketplace.tellings import (
    ADMIN_STATS,
    ADMINS,
    SELLER_STATS,
    room_topic,
    seller_topic,
    user_topics,
)
from dashboards.instants import moment
from dashboards.kinds import Hearing, Telling

ROOMS, FEED = "ws:room:", "events"
# As the journal keeps them.
MOST_EVENT, MOST_TOPIC = 100, 200


def telling_of(channel: str, document: Any) -> Telling | None:
    """What a message tells; None where it isn't of a form that wire.md has."""
    if not isinstance(document, dict):
        return None
    return _feed(document) if channel == FEED else _event(channel.removeprefix(ROOMS), document)


def _event(room: str, document: Mapping[str, Any]) -> Telling | None:
    event, to = document.get("event"), document.get("to")
    if not (isinstance(event, str) and 0 < len(event) <= MOST_EVENT) or not _is_room(room):
        return None
    topics = user_topics(str(to)) if room == f"user-{to}" else (room_topic(room),)
    return Telling(event, document.get("data"), topics=topics, at=moment(document.get("timestamp")))


def _feed(document: Mapping[str, Any]) -> Telling | None:
    type, seller, metadata = document.get("type"), document.get("seller_id"), document.get("metadata")
    data: dict[str, Any] = {"metadata": metadata if isinstance(metadata, dict) else {}}
    if isinstance(seller, str | int) and not isinstance(seller, bool):
        data = {"seller_id": str(seller), **data}
    at = moment(document.get("timestamp"))
    if type == ADMIN_STATS:
        return Telling(type, data, topics=(room_topic(ADMINS),), at=at)
    if type == SELLER_STATS and _is_room(data.get("seller_id", "")):
        return Telling(type, data, topics=(seller_topic(data["seller_id"]),), at=at)
    return None


def _is_room(name: str) -> bool:
    return 0 < len(name) <= MOST_TOPIC - len(seller_topic("")) and name.isprintable()


HEARING = Hearing(channels=(FEED,), patterns=(f"{ROOMS}*",), telling=telling_of)
