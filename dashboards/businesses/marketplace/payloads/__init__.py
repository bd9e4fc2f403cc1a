"""Which typed payloads does the marketplace's wire have? The thirteen of wire.md, section 5, as JSON-ready documents.

They serve those who publish; nothing that another program sends in is refused for not being one of them.
"""

from dashboards.businesses.marketplace.payloads.catalogue import (
    CategoryPayload,
    InventoryPayload,
    ProductPayload,
    SubCategoryPayload,
)
from dashboards.businesses.marketplace.payloads.document import Payload
from dashboards.businesses.marketplace.payloads.messages import MessagePayload, NotificationPayload
from dashboards.businesses.marketplace.payloads.people import AdminPayload, ClientPayload, SellerPayload
from dashboards.businesses.marketplace.payloads.sales import (
    CartPayload,
    DeliveryPayload,
    OrderPayload,
    PaymentMethodPayload,
)

__all__ = [
    "AdminPayload",
    "CartPayload",
    "CategoryPayload",
    "ClientPayload",
    "DeliveryPayload",
    "InventoryPayload",
    "MessagePayload",
    "NotificationPayload",
    "OrderPayload",
    "Payload",
    "PaymentMethodPayload",
    "ProductPayload",
    "SellerPayload",
    "SubCategoryPayload",
]
