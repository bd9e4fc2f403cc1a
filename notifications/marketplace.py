"""How does code in this process tell a marketplace's people something? Stored in the caller's transaction.

    send_order_update(7, order)
    send_product_update("seller-3", product)
    broadcast("broadcast", "promocion", {"titulo": "2x1"}, negocio="tienda")

Rows say whose they are; else `negocio` (a row or a code) does, else DEFAULT_NEGOCIO.
"""

from collections.abc import Mapping
from typing import Any

from django.conf import settings

from dashboards.businesses.marketplace.models import Order, Product
from dashboards.businesses.marketplace.payloads import OrderPayload, Payload, ProductPayload
from dashboards.businesses.marketplace.tellings import order_updated, product_updated, room_topic, user_topics
from dashboards.kinds import Telling
from dashboards.models import Negocio, Owned
from notifications import journal
from notifications.signals import told

KIND = "marketplace"
# As the journal keeps them.
MOST_EVENT, MOST_TOPIC = 100, 200


class NoMarketplace(LookupError):
    """It isn't said which negocio is meant, or there is no such marketplace."""

    def __init__(self, negocio: object) -> None:
        self.negocio = negocio
        super().__init__(f"there is no marketplace {negocio!r}; name one, or set DEFAULT_NEGOCIO={KIND}:CODE")


class CannotBeTold(ValueError):
    """A room or event has no name, or one that can't be kept."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"{name!r} is no name of a room or event")


def send_order_update(
    user: int | str, order: "Order | OrderPayload | Mapping[str, Any]", negocio: Negocio | str | None = None
) -> None:
    """`order_updated` to one user, by the id of its tokens. A mapping is told as it is."""
    _tell(_negocio_id(order, negocio), "order_updated", _order_data(order), user_topics(str(user)))


def send_product_update(
    room: str, product: "Product | ProductPayload | Mapping[str, Any]", negocio: Negocio | str | None = None
) -> None:
    """`product_updated` to the members of a room. A mapping is told as it is."""
    _tell(_negocio_id(product, negocio), "product_updated", _product_data(product), (room_topic(room),))


def broadcast(room: str, event: str, data: Any, negocio: Negocio | str | None = None) -> None:
    """Any event, with any JSON or typed payload, to the members of a room; `broadcast` is everybody's."""
    _tell(_negocio_id(data, negocio), event, _document(data), (room_topic(room),))


def _tell(negocio_id: int, event: str, data: Any, topics: tuple[str, ...]) -> None:
    for name, most in ((event, MOST_EVENT), *((topic, MOST_TOPIC) for topic in topics)):
        if not name or name.endswith((":", "-")) or len(name) > most or not name.isprintable():
            raise CannotBeTold(name)
    journal.store(negocio_id, [Telling(event, data, topics=topics)])
    told.send(sender=KIND)


def _order_data(order: "Order | OrderPayload | Mapping[str, Any]") -> Any:
    if isinstance(order, Order):
        return order_updated(order).data
    if isinstance(order, OrderPayload):
        return {
            "order_id": order.id_order, "status": order.status, "total_amount": order.total_amount,
            "order_date": order.order_date,
        }  # fmt: skip
    return dict(order)


def _product_data(product: "Product | ProductPayload | Mapping[str, Any]") -> Any:
    if isinstance(product, Product):
        return product_updated(product).data
    if isinstance(product, ProductPayload):
        return {
            "product_id": product.id_product, "seller_id": product.id_seller, "product_name": product.product_name,
            "price": product.price, "stock": product.stock,
        }  # fmt: skip
    return dict(product)


def _document(data: Any) -> Any:
    return data.document() if isinstance(data, Payload) else data


def _negocio_id(subject: Any, negocio: Negocio | str | None) -> int:
    own = subject.negocio_id if isinstance(subject, Owned) else None
    if own is not None and negocio is None:
        return int(own)
    if isinstance(negocio, Negocio):
        id: int | None = negocio.pk if negocio.kind == KIND else None
    else:
        code = negocio or settings.DEFAULT_NEGOCIO.get(KIND, "")
        id = Negocio.objects.filter(code=code, kind=KIND).values_list("pk", flat=True).first()
    if id is None or own not in (None, id):
        raise NoMarketplace(negocio)
    return id
