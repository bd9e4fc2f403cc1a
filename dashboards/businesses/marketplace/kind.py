"""What is the kind `marketplace`, to the core?"""

from collections.abc import Mapping

from django.db.models import Model

from dashboards.businesses.marketplace.demo import DEMO
from dashboards.businesses.marketplace.events import EVENTS
from dashboards.businesses.marketplace.hearing import HEARING
from dashboards.businesses.marketplace.joining import is_own, may_join, question
from dashboards.businesses.marketplace.metrics import METRICS
from dashboards.businesses.marketplace.models import (
    Cart,
    Category,
    Client,
    Delivery,
    Inventory,
    Message,
    Order,
    PaymentMethod,
    Product,
    ProductOrder,
    Seller,
    SubCategory,
)
from dashboards.businesses.marketplace.tellings import ROOM
from dashboards.kinds import Kind, Topic

NOTHING: frozenset[str] = frozenset()

# A write that cascades or sets null is a change of its own in each table, so a model answers for its own rows only.
MOVES: Mapping[type[Model], frozenset[str]] = {
    Order: frozenset({"admin_stats", "orders_recent", "top_products", "top_sellers", "seller_stats"}),
    ProductOrder: frozenset({"orders_recent", "top_products", "top_sellers", "seller_stats"}),
    Product: frozenset({"admin_stats", "top_products", "top_sellers", "low_stock", "seller_stats"}),
    Seller: frozenset({"admin_stats", "top_products", "top_sellers", "low_stock", "seller_stats"}),
    Client: frozenset({"orders_recent"}),
    Message: NOTHING,
    Cart: NOTHING,
    Category: NOTHING,
    SubCategory: NOTHING,
    Inventory: NOTHING,
    PaymentMethod: NOTHING,
    Delivery: NOTHING,
}

KIND = Kind(
    name="marketplace",
    label="Tienda en línea",
    metrics=METRICS,
    moves=MOVES,
    topics=(
        Topic("stats", state=True),
        Topic("events", state=False),
        Topic("user", state=False),
        # Every `room:<name>`. Who may join which one, the claims or the team's back-end say, not membership.
        Topic(ROOM, state=False, guard=may_join, own=is_own, question=question),
    ),
    page="marketplace/page.html",
    events=EVENTS,
    demo=DEMO,
    hears=HEARING,
)
