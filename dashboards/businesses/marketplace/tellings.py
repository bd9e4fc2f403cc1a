"""What are people of a marketplace told, and in which rooms? The data are those of wire.md, section 5."""

from typing import Any

from dashboards.businesses.marketplace.instants import instant
from dashboards.businesses.marketplace.models import Known, Message, Order, Product
from dashboards.businesses.marketplace.payloads import MessagePayload, ProductPayload
from dashboards.businesses.marketplace.payloads.document import link
from dashboards.kinds import Telling
from dashboards.metrics import number
from dashboards.topics import user_topic

ROOM = "room"  # the topic of all rooms that clients join by name
ADMINS = "admins"
ADMIN_STATS, SELLER_STATS = "ADMIN_STATS_UPDATED", "SELLER_STATS_UPDATED"
CREATED, UPDATED, DELETED = "created", "updated", "deleted"


def room_topic(name: str) -> str:
    """The topic of a room that clients call `order-12`."""
    return f"{ROOM}:{name}"


def user_topics(user: str) -> tuple[str, str]:
    """What reaches one user by the id of its tokens: its own topic, and the room that others may have joined too."""
    return user_topic(user), room_topic(f"user-{user}")


def seller_topic(seller_id: int | str) -> str:
    return room_topic(f"seller-{seller_id}")


def order_created(order: Order) -> Telling:
    """A new order, to its own room, its client's and its sellers'."""
    data = {
        "order_id": order.wire_id,
        "total_amount": number(order.total_amount),
        "status": order.status,
        "delivery_type": order.delivery_type,
        "products_count": len(order.lines.all()),
    }
    return Telling("order_created", data, topics=order_topics(order), key=_fact(order, CREATED))


# An update has no name of its own: what happens twice, such as a status that comes back, is told twice.
def order_updated(order: Order) -> Telling:
    """An order that is not what it was, to the same rooms."""
    data = {
        "order_id": order.wire_id,
        "status": order.status,
        "total_amount": number(order.total_amount),
        "order_date": instant(order.order_date),
    }
    return Telling("order_updated", data, topics=order_topics(order))


def order_topics(order: Order) -> tuple[str, ...]:
    """`room:order-12`, `room:client-3`, `room:seller-7`, …: who has to do with the order."""
    client = link(order, "client")
    names = [f"order-{order.wire_id}"] + ([] if client is None else [f"client-{client}"])
    return (*map(room_topic, names), *map(seller_topic, sellers_of(order)))


def sellers_of(order: Order) -> list[int]:
    """The wire ids of those whose products the order contains; prefetch the lines for many orders."""
    return sorted({line.product.seller.wire_id for line in order.lines.all()})


def product_updated(product: Product) -> Telling:
    """A product that is not what it was, to its seller."""
    seller_id = link(product, "seller")
    data = {
        "product_id": product.wire_id,
        "seller_id": seller_id,
        "product_name": product.name,
        "price": number(product.price),
        "stock": product.stock,
        "status": product.status,
    }
    return Telling("product_updated", data, topics=_seller_topics(seller_id))


def inventory_updated(product: Product) -> Telling:
    """More or fewer pieces of a product, to its seller."""
    seller_id = link(product, "seller")
    data = {
        "product_id": product.wire_id,
        "inventory_id": link(product, "inventory"),
        "seller_id": seller_id,
        "stock": product.stock,
    }
    return Telling("inventory_updated", data, topics=_seller_topics(seller_id))


def catalogue_created(product: Product) -> Telling:
    """PRODUCT_CREATED, to the administrators and its seller."""
    data = {"product": ProductPayload.of(product).document()}
    return Telling("PRODUCT_CREATED", data, topics=_catalogue_topics(product), key=_fact(product, CREATED))


def catalogue_updated(product: Product) -> Telling:
    """PRODUCT_UPDATED, to the same."""
    data = {"product": ProductPayload.of(product).document()}
    return Telling("PRODUCT_UPDATED", data, topics=_catalogue_topics(product))


def catalogue_deleted(product: Product) -> Telling:
    """PRODUCT_DELETED, to the same."""
    data = {"product_id": product.wire_id, "seller_id": link(product, "seller")}
    return Telling("PRODUCT_DELETED", data, topics=_catalogue_topics(product), key=_fact(product, DELETED))


def admin_stats_updated(order: Order, action: str) -> Telling:
    """The figures of the marketplace moved by an order, to the administrators."""
    data = {"metadata": _metadata(order, action)}
    return Telling(ADMIN_STATS, data, topics=(room_topic(ADMINS),))


def seller_stats_updated(seller_id: int, order: Order | None, action: str) -> Telling:
    """The figures of a seller moved by an order, to that seller; of an order that is gone there is nothing to say."""
    data = {"seller_id": str(seller_id), "metadata": _metadata(order, action)}
    return Telling(SELLER_STATS, data, topics=(seller_topic(seller_id),))


def new_message(message: Message) -> Telling | None:
    """A message, to the room that it names or else to its one reader alone; None where it names neither."""
    if not (message.room or message.recipient):
        return None
    data = MessagePayload.of(message).document()
    key = _fact(message, CREATED)
    if message.room:
        return Telling("new_message", data, message.content, topics=(room_topic(message.room),), key=key)
    return Telling("new_message", data, message.content, user=message.recipient, key=key)


def _metadata(order: Order | None, action: str) -> dict[str, Any]:
    if order is None:
        return {"order_id": None, "status": None, "action": action}
    return {"order_id": order.wire_id, "status": order.status, "action": action}


def _fact(row: Known, what: str) -> str:
    return f"{row._meta.db_table}/{row.pk}/{what}"


def _seller_topics(seller_id: int | None) -> tuple[str, ...]:
    return () if seller_id is None else (seller_topic(seller_id),)


def _catalogue_topics(product: Product) -> tuple[str, ...]:
    return (room_topic(ADMINS), *_seller_topics(link(product, "seller")))
