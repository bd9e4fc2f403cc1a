"""Which row change of a marketplace is which event?"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db.models import Prefetch

from dashboards.businesses.marketplace.history import rows_of
from dashboards.businesses.marketplace.models import Message, Order, Product, ProductOrder
from dashboards.businesses.marketplace.tellings import (
    CREATED,
    DELETED,
    UPDATED,
    admin_stats_updated,
    catalogue_created,
    catalogue_deleted,
    catalogue_updated,
    inventory_updated,
    new_message,
    order_created,
    order_updated,
    product_updated,
    seller_stats_updated,
    sellers_of,
)
from dashboards.kinds import EventRule, RowChange, Telling

State = Mapping[str, Any] | None
Tell = Callable[[Sequence[RowChange]], Sequence[Telling]]

OF_PRODUCT = ("seller", "inventory", "category", "sub_category")


def _entered(old: State, new: State) -> bool:
    """An update that moved the row here from another negocio: to this one it is new."""
    return old is None


def _left(old: State, new: State) -> bool:
    return new is None


def _stayed(old: State, new: State) -> bool:
    return old is not None and new is not None


def _restocked(old: State, new: State) -> bool:
    return old is not None and new is not None and bool(old["stock"] != new["stock"])


def _edited(old: State, new: State) -> bool:
    """An update of more than the stock: what sells is told as inventory, not each time as another product."""
    if old is None or new is None:
        return False
    return not _restocked(old, new) or {**old, "stock": None} != {**new, "stock": None}


def _orders(changes: Sequence[RowChange]) -> list[Order]:
    """With client and lines; these with product and seller in one statement, so that none of them can be half gone."""
    return rows_of(Order, changes, "client", Prefetch("lines", ProductOrder.objects.select_related("product__seller")))


def _of_orders(tell: Callable[[Order], Telling]) -> Tell:
    return lambda changes: [tell(order) for order in _orders(changes)]


def _of_products(tell: Callable[[Product], Telling]) -> Tell:
    return lambda changes: [tell(product) for product in rows_of(Product, changes, *OF_PRODUCT)]


def _admin_feed(action: str) -> Tell:
    return lambda changes: [admin_stats_updated(order, action) for order in rows_of(Order, changes)]


def _sellers_of_updated(changes: Sequence[RowChange]) -> Sequence[Telling]:
    return [
        seller_stats_updated(seller_id, order, UPDATED) for order in _orders(changes) for seller_id in sellers_of(order)
    ]


def _sellers_of_lines(action: str) -> Tell:
    """The feed of those whose products came to an order or went: once for each seller and order of the statement."""

    def tell(changes: Sequence[RowChange]) -> Sequence[Telling]:
        order_of = _now(Order, {_state(change)["order_id"] for change in changes})
        seller_of = _now(Product, {_state(change)["product_id"] for change in changes})
        concerned = dict.fromkeys(
            (seller_of[product].seller.wire_id, order)
            for product, order in ((_state(change)["product_id"], _state(change)["order_id"]) for change in changes)
            if product in seller_of
        )
        return [seller_stats_updated(seller_id, order_of.get(order), action) for seller_id, order in concerned]

    return tell


def _state(change: RowChange) -> Mapping[str, Any]:
    return change.new or change.old or {}


def _now(model: Any, keys: set[int]) -> dict[int, Any]:
    rows = model.objects.filter(pk__in=keys)
    return {row.pk: row for row in (rows.select_related("seller") if model is Product else rows)}


def _messages(changes: Sequence[RowChange]) -> Sequence[Telling]:
    """A message that was taken back meanwhile is told nobody."""
    messages = Message.objects.filter(pk__in=[change.key for change in changes]).order_by("pk")
    return [telling for message in messages if (telling := new_message(message)) is not None]


EVENTS = (
    EventRule("order_created", Order, "insert", tell=_of_orders(order_created)),
    EventRule("order_created", Order, "update", _entered, _of_orders(order_created)),
    EventRule("order_updated", Order, "update", _stayed, _of_orders(order_updated)),
    EventRule("PRODUCT_CREATED", Product, "insert", tell=_of_products(catalogue_created)),
    EventRule("PRODUCT_CREATED", Product, "update", _entered, _of_products(catalogue_created)),
    EventRule("product_updated", Product, "update", _edited, _of_products(product_updated)),
    EventRule("PRODUCT_UPDATED", Product, "update", _edited, _of_products(catalogue_updated)),
    EventRule("inventory_updated", Product, "update", _restocked, _of_products(inventory_updated)),
    EventRule("PRODUCT_DELETED", Product, "update", _left, _of_products(catalogue_deleted)),
    EventRule("PRODUCT_DELETED", Product, "delete", tell=_of_products(catalogue_deleted)),
    EventRule("ADMIN_STATS_UPDATED", Order, "insert", tell=_admin_feed(CREATED)),
    EventRule("ADMIN_STATS_UPDATED", Order, "update", _entered, _admin_feed(CREATED)),
    EventRule("ADMIN_STATS_UPDATED", Order, "update", _stayed, _admin_feed(UPDATED)),
    EventRule("ADMIN_STATS_UPDATED", Order, "update", _left, _admin_feed(DELETED)),
    EventRule("ADMIN_STATS_UPDATED", Order, "delete", tell=_admin_feed(DELETED)),
    # Of an order that is new or gone the lines say whose it is, since they may be written after it and go before it.
    EventRule("SELLER_STATS_UPDATED", Order, "update", _stayed, _sellers_of_updated),
    EventRule("SELLER_STATS_UPDATED", ProductOrder, "insert", tell=_sellers_of_lines(CREATED)),
    EventRule("SELLER_STATS_UPDATED", ProductOrder, "update", _entered, _sellers_of_lines(CREATED)),
    EventRule("SELLER_STATS_UPDATED", ProductOrder, "update", _stayed, _sellers_of_lines(UPDATED)),
    EventRule("SELLER_STATS_UPDATED", ProductOrder, "update", _left, _sellers_of_lines(DELETED)),
    EventRule("SELLER_STATS_UPDATED", ProductOrder, "delete", tell=_sellers_of_lines(DELETED)),
    EventRule("new_message", Message, "insert", tell=_messages),
)
